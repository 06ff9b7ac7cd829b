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
    /// What makes room: databases that have a final name now, or were left behind under another.
    let asides: [SetAside]
    let control: ControlDatabase
    let sessions: Sessions
    let report: EventSink

    /// - Parameter isStill: asked inside the transaction, after the last rename: a session in the way can hold a rename
    ///   for seconds, in which the source could be written to.
    /// - Throws: ``OutcomeUnknown`` if the connection broke after COMMIT was sent and nobody could be asked since.
    func run(isolation: isolated (any Actor)? = #isolation, isStill: () async throws -> Bool) async throws -> Outcome {
        let connection = control.connection
        var stamps: [Stamp] = []
        do {
            try connection.execute("BEGIN")
            // Locked against a newer attempt until the commit, then checked.
            do {
                try connection.execute("LOCK TABLE rehome.attempt IN SHARE MODE; \(control.epochCheck)")
            } catch {
                throw error.state == .divisionByZero ? MigrationFailure.superseded(at: connection.place) : error
            }
            let now = try connection.query("SELECT \(SQL.timestamp("now()"))").text
            for aside in asides { try run(aside.sql, doing: "setting \(aside.name) aside") }
            for item in items {
                var stamp = item.stamp
                stamp.publishedAt = now
                stamps.append(stamp)
                try publish(item, stamp: stamp)
            }
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
            // Whatever it says: a connection can be ended after the commit and before the answer.
            guard try wasCommitted(backend: connection.backendPID) else { throw error }
            report(.answerLost)
        }
        return .published(stamps)
    }

    private func publish(_ item: Item, stamp: Stamp) throws {
        let comment = try DatabaseMark.published(stamp).comment()
        let sql: SQL = """
            ALTER DATABASE \(item.staging) RENAME TO \(item.final);
            SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = \(literal: item.final.text);
            COMMENT ON DATABASE \(item.final) IS \(literal: comment)
            """
        let results = try run(sql, doing: "publishing \(item.final)")
        // The rename holds the database's lock, so this is what is published, not what was sealed once.
        guard results.dropLast().last?.value == item.seal else {
            throw MigrationFailure(
                .retry, "publishing \(item.final): the staging database \(item.staging) no longer bears its seal",
                advice: "Another attempt has begun it anew. The next one looks at it again.")
        }
    }

    @discardableResult
    private func run(_ sql: SQL, doing: String) throws -> [QueryResult] {
        do {
            return try control.connection.execute(sql)
        } catch {
            var failure = MigrationFailure(error)
            failure.message = "\(doing): \(failure.message)"
            if error.state == .objectInUse { failure.advice = "Stop the program that is connected to it at the target." }
            throw failure
        }
    }

    /// Finds out what became of a COMMIT whose answer never came.
    ///
    /// The backend may still be at work on it, so its end is awaited before the stamps are believed.
    ///
    /// - Throws: ``OutcomeUnknown`` for every failure to find out, whatever its kind.
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
                        guard case .published(let stamp)? = DatabaseMark(comment: facts.first { $0.name == item.final }?.comment) else { return false }
                        return stamp.attempt == item.stamp.attempt
                    }
                }
                try connection.execute("SELECT pg_catalog.pg_sleep(0.25)")
            } catch {
                // A target that restarts may be back in a moment; else the next attempt finds out.
                Pause.milliseconds(250)
            }
        }
        throw OutcomeUnknown()
    }
}

/// COMMIT was sent and nobody could be asked what became of it: the fence must stay.
struct OutcomeUnknown: Error {}
