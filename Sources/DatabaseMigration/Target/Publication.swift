import JobContract
import PostgresClient

/// Gives all staging databases their final names in one transaction.
struct Publication {
    /// One database that is to appear.
    struct Item {
        var staging: DatabaseName
        var final: DatabaseName
        /// The comment that the staging database must bear.
        var seal: ByteText
        var stamp: Stamp
    }

    /// What became of the transaction.
    enum Outcome {
        /// All of it, with these stamps.
        case published([Stamp])
        /// The source had moved at the last look; nothing was changed.
        case sourceMoved
    }

    let items: [Item]
    /// The databases that are renamed to make room: most bear the final name of one that is to appear.
    let asides: [SetAsideDatabase]
    let control: ControlDatabase
    let sessions: Sessions
    let report: EventSink

    /// Publishes, if the source still holds what was copied.
    ///
    /// - Parameter isStill: asked inside the transaction, after the last rename. A session in the way can delay a
    ///   rename for seconds, in which the source could be written to.
    /// - Throws: ``OutcomeUnknown`` if the connection broke after COMMIT was sent and nobody could be asked since;
    ///   ``MigrationFailure`` if a newer attempt has begun, a rename fails, or a seal is gone.
    func run(isolation: isolated (any Actor)? = #isolation, isStill: () async throws -> Bool) async throws -> Outcome {
        let connection = control.connection
        var stamps: [Stamp] = []
        do {
            try begin()
            let now = try connection.query("SELECT \(SQL.timestamp("now()"))").text
            stamps = items.map { item in
                var stamp = item.stamp
                stamp.publishedAt = now
                return stamp
            }
            try rename(stamps)
            guard try await isStill() else {
                try connection.execute("ROLLBACK")
                return .sourceMoved
            }
        } catch {
            _ = try? connection.execute("ROLLBACK")
            throw error
        }
        do {
            try connection.execute("COMMIT")
        } catch {
            // The error is not conclusive: a connection can break after the commit and before the answer.
            guard try wasCommitted(backend: connection.backendPID) else { throw error }
            report(.answerLost)
        }
        return .published(stamps)
    }

    /// Begins the transaction. No newer attempt can begin until it ends; if one has begun already, this fails.
    private func begin() throws {
        do {
            try control.connection.execute("BEGIN")
            try control.connection.execute("LOCK TABLE rehome.attempt IN SHARE MODE; \(control.epochCheck)")
        } catch {
            throw error.state == .divisionByZero ? MigrationFailure.superseded(at: control.connection.place) : error
        }
    }

    /// Sets aside what is in the way and gives the staging databases their names, all in one message.
    private func rename(_ stamps: [Stamp]) throws {
        var statements: [(doing: String, sql: SQL)] = asides.flatMap { aside in
            aside.statements.map { ("setting \(aside.name) aside", $0) }
        }
        statements += items.map { ("publishing \($0.final)", "ALTER DATABASE \($0.staging) RENAME TO \($0.final)") }
        let look = statements.count
        statements.append(
            (
                "reading seals",
                """
                SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database d
                WHERE d.datname = ANY (\(array: items.map(\.final.text)))
                """
            ))
        for (item, stamp) in zip(items, stamps) {
            statements.append(
                (
                    "publishing \(item.final)",
                    "COMMENT ON DATABASE \(item.final) IS \(literal: try DatabaseMark.published(stamp).comment())"
                ))
        }
        let results: [QueryResult]
        do {
            results = try control.connection.execute(statements.map(\.sql).joined(separator: "; "))
        } catch {
            var failure = MigrationFailure(error)
            if let index = error.statementIndex, statements.indices.contains(index) {
                failure.message = "\(statements[index].doing): \(failure.message)"
            }
            if error.state == .objectInUse {
                failure.advice = "Stop the program that is connected to it at the target."
            }
            throw failure
        }
        // The renames hold the databases' locks, so these seals are still true at the commit.
        let seals = Dictionary(
            (results.indices.contains(look) ? results[look].rows : []).map { ($0.name(0) as DatabaseName, $0[1]) },
            uniquingKeysWith: { first, _ in first })
        for item in items where seals[item.final] != item.seal {
            throw MigrationFailure(
                .retry, "publishing \(item.final): the staging database \(item.staging) no longer bears its seal",
                advice: "Another attempt has begun it anew. The next one looks at it again.")
        }
    }

    /// Finds out whether a COMMIT whose answer never came has happened.
    ///
    /// The backend may still be working on it, so the stamps are read after it has ended.
    ///
    /// - Throws: ``OutcomeUnknown`` for any error on the way.
    private func wasCommitted(backend: Int) throws(OutcomeUnknown) -> Bool {
        let sessions = sessions.forRetreat()
        while !sessions.interrupt.isRaised {
            do {
                let connection = try sessions.openTarget(DatabaseName(sessions.target.database))
                let isAtWork = try connection.query(
                    """
                    SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = \(backend)
                                   AND state <> 'idle' AND application_name = \(literal: sessions.applicationName) AND datname = \(literal: control.name.text))
                    """
                ).isTrue
                if !isAtWork {
                    let facts = try DatabaseFacts.read(connection)
                    return items.allSatisfy { item in
                        guard
                            case .published(let stamp)? = DatabaseMark(
                                comment: facts.first { $0.name == item.final }?.comment)
                        else { return false }
                        return stamp.attempt == item.stamp.attempt
                    }
                }
                try connection.execute("SELECT pg_catalog.pg_sleep(0.25)")
            } catch {
                // A target that restarts may be back in a moment. If not, the next attempt finds out.
                Pause.milliseconds(250)
            }
        }
        throw OutcomeUnknown()
    }
}

/// COMMIT was sent, and its outcome could not be found out, so the fence must stay.
struct OutcomeUnknown: Error {}
