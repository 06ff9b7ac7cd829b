import JobContract
import PostgresClient
import Synchronization

/// The result of one round of one database.
struct Round: Sendable {
    /// Rows removed and added, and bytes of those added.
    var rows = 0
    var bytes = 0
    /// Blocks of the source in which changes were looked for.
    var blocks = 0
    /// Tables that were copied again as a whole.
    var replaced: [RelationName] = []
    /// Tables that could not be brought over, since somebody was truncating or rewriting them.
    var behind: [RelationName] = []

    enum Outcome: Sendable {
        case done(Round)
        /// Another session at the source was in the way. The target has not changed, and the older snapshot is still
        /// held.
        case postponed(String)
        /// The source's schema has changed: the database has to be begun again.
        case schemaChanged(String)
    }
}

extension DatabaseFollower {
    /// How often a round is tried. A try is lost if the source replaces a table's file while the table is read.
    private static let tries = 3

    /// Brings the target from the snapshot that is held to a new one, which is held from then on.
    ///
    /// - Parameters:
    ///   - marks: of the source, in the order in which they were taken.
    ///   - log: what was logged until some time after ``takeSnapshot(marks:deadline:)``; `nil` if the log was not read.
    ///   - deadline: given for the last round, for which the source is fenced, so that nothing may be left for later.
    func round(marks: [TransactionMark], log: LoggedChanges?, deadline: FenceDeadline? = nil) async throws
        -> Round.Outcome
    {
        guard !isBetweenSnapshots else {
            throw MigrationFailure(
                .retry, "database \(name): a round failed after the target had taken its rows",
                advice: "Nothing was published. The next attempt compares what is copied.")
        }
        try warmUp()
        // Stillness is proved from the fence on, so transactions before the last round do not count.
        if deadline == nil { ownTransactions = [] }
        context.roundProgress.begin("looking for changes", in: name)
        let (clock, rested) = (ContinuousClock.now, SourcePace.rests?.seconds ?? 0)
        defer {
            context.roundProgress.end(name)
            let seconds = clock.secondsUntilNow
            let work = max(0, seconds - (SourcePace.rests?.seconds ?? 0) + rested)
            age.withLock { $0.lastTry = .init(end: .now, seconds: seconds, work: work) }
        }
        do {
            for _ in 0..<Self.tries {
                if let outcome = try await tryRound(marks: marks, log: log, deadline: deadline) { return outcome }
            }
            return .postponed("tables are truncated or rewritten faster than they are read")
        } catch let error as PostgresError
            where error.kind == .statementFailed && (error.place == older?.place || error.state == .queryCanceled)
            && !isBetweenSnapshots
        {
            try abandon()
            // Its transaction may have failed.
            blockReader = nil
            switch error.state?.errorClass {
            case "57" where error.state == .queryCanceled && deadline?.hasPassed == true:
                return .postponed("the last round took too long")
            // A lock that somebody keeps, or that others wait for.
            case "55", "40": return .postponed(error.message)
            case "57" where error.state == .queryCanceled && deadline == nil: return .postponed(error.message)
            // A relation or a column that is not there any more.
            case "42" where error.state != .insufficientPrivilege: return .schemaChanged(error.message)
            default: throw error
            }
        } catch let failure as MigrationFailure where failure.isOfLock || failure.isOfChangedSchema {
            try abandon()
            if failure.isOfLock { secondsForLocks = min(2 * secondsForLocks, ClientPrograms.mostSecondsForLocks) }
            return failure.isOfLock ? .postponed(failure.message) : .schemaChanged(failure.message)
        }
    }

    /// Takes the snapshot of the next round ahead of it, so that the log can be read once for all databases.
    ///
    /// - Returns: the mark from which on the log is wanted; `nil` if this database's round does without the log.
    func takeSnapshot(marks: [TransactionMark], deadline: FenceDeadline?) throws -> TransactionMark? {
        dropSnapshot()
        guard !isBetweenSnapshots, context.keepsSpares || deadline != nil, knownFiles != nil, let snapshot,
            let mark = TransactionMark.latest(of: marks, before: snapshot)
        else { return nil }
        try warmUp()
        guard let spare else { return nil }
        do { taken = try openSnapshot(in: spare, limit: Self.limit(deadline)) } catch {
            // The round then takes its snapshot in a new session.
            self.spare = nil
            return nil
        }
        return mark
    }

    /// Gives up a snapshot that was taken ahead for a round which never ran.
    func dropSnapshot() {
        guard taken != nil else { return }
        taken = nil
        do { try spare?.execute("ROLLBACK") } catch { spare = nil }
    }

    /// A snapshot that is taken, and when it was.
    struct TakenSnapshot {
        var snapshot: Snapshot
        var moment: ContinuousClock.Instant
    }

    static func limit(_ deadline: FenceDeadline?) -> SQL {
        "SET LOCAL statement_timeout = \(deadline?.milliseconds ?? 0)"
    }

    private func openSnapshot(in connection: Connection, limit: SQL) throws -> TakenSnapshot {
        let moment = ContinuousClock.now
        let results = try connection.execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \(limit); \(Snapshot.query(version: connection.majorVersion)); SAVEPOINT look"
        )
        guard results.count == 4, let snapshot = Snapshot(results[2].text) else {
            throw MigrationFailure(
                .internalError, "\(connection.place): the server describes a snapshot in a way that is not known")
        }
        return TakenSnapshot(snapshot: snapshot, moment: moment)
    }

    /// - Returns: `nil` if nothing was brought over and the round has to be tried again: a file changed while it was
    ///   read, or the database had to be unsealed first.
    private func tryRound(marks: [TransactionMark], log: LoggedChanges?, deadline: FenceDeadline?) async throws
        -> Round.Outcome?
    {
        guard let snapshot, let older, let newer = spare, staging != nil || sealed != nil || isCopying else {
            throw MigrationFailure(.internalError, "database \(name): a round without a snapshot")
        }
        let limit = Self.limit(deadline)
        let mark = TransactionMark.latest(of: marks, before: snapshot)
        // The log tells of the snapshot that was taken ahead, and not of a later one.
        let logged = taken == nil ? nil : knownFiles.flatMap { log?.blocks(in: $0.database, since: mark) }
        try older.execute("SAVEPOINT look; \(limit)")
        let next: TakenSnapshot
        if let taken {
            next = taken
            self.taken = nil
            if deadline != nil { try newer.execute(limit) }
        } else {
            next = try openSnapshot(in: newer, limit: limit)
        }
        let looked = try look(since: snapshot, at: older, newer, logged: logged)
        let known = try looked.hasOnlyRowChanges ? knownFiles : readKnownFiles(at: newer)
        let areCatalogsUnchanged =
            try looked.hasOnlyRowChanges || catalogs?.areUnchanged(looked.catalogs, of: countedCatalogs) == true
            || catalogs?.canTell == true
                && CatalogVersions.arePermanentUnchanged(
                    of: countedCatalogs, since: snapshot, older: older, newer: newer)
        if !areCatalogsUnchanged,
            try await !hasSameSchema(newer) || TableLayout(reading: older) != TableLayout(reading: newer)
        {
            try abandon()
            return .schemaChanged("the source's schema has changed")
        }
        let (places, blocks) = try places(
            in: looked.files, logged: logged, since: mark, limit: limit, sparesCache: deadline == nil)
        let search = ChangeSearch(
            older: older, newer: newer, snapshot: snapshot, mark: mark, limit: RoundPlan.limit)
        let sequencesNow = isCopying ? [] : try SequenceValue.read(database.catalog.sequences, from: newer)
        let plan = RoundPlan(
            try search.run(places), tables: tables, views: views, files: looked.files, referenced: referenced,
            sequences: zip(sequences, sequencesNow).filter { $0 != $1 }.map(\.1))
        // A sealed database is unsealed only if there is something to bring over.
        if sealed != nil,
            try !plan.work.isEmpty || objectsMayDiffer(looked.largeObjects, mayHaveComments: !areCatalogsUnchanged)
                || extensionSettings.haveChanged(at: newer)
        {
            try abandon()
            guard try unseal() else {
                return .schemaChanged("the source was written to after what comes last had been made at the target")
            }
            return nil
        }
        let moved =
            try isCopying
            ? keep(plan, files: looked.files, limit: limit, older: older, newer: newer)
            : bringOver(plan, isLogged: logged != nil, limit: limit, older: older, newer: newer)
        guard let moved else {
            try abandon()
            return nil
        }
        isBetweenSnapshots = true
        if !areLargeObjectsCopied {
            if let result = looked.largeObjects { objectVersions = LargeObjectVersions(result) }
        } else if let staging {
            try followLargeObjects(
                looked.largeObjects, mayHaveComments: !areCatalogsUnchanged, isLast: deadline != nil, newer: newer,
                staging: staging)
        }
        if !isCopying {
            take(over: plan, moved, files: looked.files)
            sequences = sequencesNow
        }
        remember(looked, known)
        try newer.execute("ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look")
        if isCopying { exportedSnapshot = try newer.query("SELECT pg_catalog.pg_export_snapshot()").text }
        try older.execute("ROLLBACK")
        // Of what has not been read, nobody knows yet how much is changed.
        let isAllRead = tables.allSatisfy(\.isCopied)
        age.withLock { age in
            let seconds = age.taken.duration(to: next.moment) / .seconds(1)
            age.rowsPerSecond = isAllRead ? Double(moved.rows) / max(1, seconds) : nil
            age.taken = next.moment
        }
        (self.older, spare, self.snapshot) = (newer, older, next.snapshot)
        isBetweenSnapshots = false
        if !context.keepsSpares, deadline == nil { (spare, blockReader) = (nil, nil) }
        return .done(
            Round(
                rows: moved.rows, bytes: moved.bytes, blocks: blocks,
                replaced: isCopying ? [] : plan.work.replaced.map { tables[$0].name },
                behind: isCopying ? [] : tables.filter { !$0.isCurrent }.map(\.name)))
    }

    /// - Parameter isLogged: whether the log has told what has changed. If nothing is to be brought over then, the
    ///   files need no comparison.
    /// - Returns: `nil` if a file that was read has been replaced meanwhile.
    private func bringOver(_ plan: RoundPlan, isLogged: Bool, limit: SQL, older: Connection, newer: Connection) throws
        -> RoundTransaction.Moved?
    {
        if isLogged, plan.work.isEmpty { return RoundTransaction.Moved() }
        let areFilesTheSame = { try self.haveFiles(plan.partsRead, at: newer) }
        guard !plan.work.isEmpty, let staging else { return try areFilesTheSame() ? RoundTransaction.Moved() : nil }
        return try transaction(limit: limit, older: older, newer: newer, staging: staging)
            .run(plan.work, prepared: &prepared, mayCommit: areFilesTheSame)
    }

    /// Whether relations still have their files. The tables of those that have not are no longer current.
    func haveFiles(_ parts: [FollowedTable.Part], at connection: Connection) throws -> Bool {
        let moved = try SourceFiles.changed(parts, at: connection)
        for position in tables.indices where tables[position].parts.contains(where: { moved.contains($0.oid) }) {
            tables[position].isCurrent = false
        }
        return moved.isEmpty
    }

    func transaction(limit: SQL, older: Connection, newer: Connection, staging: Connection) -> RoundTransaction {
        RoundTransaction(
            database: name, tables: tables, older: older, newer: newer, staging: staging, changes: changes,
            memory: context.memory, interrupt: sessions.interrupt, epoch: context.epoch, referenced: referenced,
            limit: limit, progress: context.roundProgress)
    }

    private func take(over plan: RoundPlan, _ moved: RoundTransaction.Moved, files: SourceFiles) {
        for (position, hash) in moved.hashes { tables[position].hash = hash }
        for position in plan.work.replaced {
            tables[position].parts = tables[position].parts.map { part in files[part.oid]?.part ?? part }
            tables[position].isCurrent = true
        }
        for position in plan.behind { tables[position].isCurrent = false }
        views = views.map { files[$0.oid]?.part ?? $0 }
    }

    /// Gives up the newer snapshot and keeps the older one.
    func abandon() throws(PostgresError) {
        taken = nil
        for connection in [older, spare, staging] { try connection?.stopStatement() }
        try spare?.execute("ROLLBACK")
        try staging?.execute("ROLLBACK")
        try older?.execute("ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look")
    }
}
