import JobContract
import PostgresClient

/// Rounds of a database that is still being copied and indexed.
///
/// Its snapshot must not be held until the last index is built, since the source keeps every row version that it sees.
/// But while a table is filled or indexed nobody else may write into it (PostgreSQL manual, "Explicit Locking"). So
/// rounds bring what has changed into temporary tables, and it is made later: ``settle(_:copied:copiesAgain:)`` and
/// ``catchUp(_:)``.
extension DatabaseFollower {
    /// What has been copied of a database so far.
    struct Copied: Sendable {
        /// What the tables hash to that are at the target.
        var tables: [RelationName: TableHash] = [:]
        /// What has been read of other tables, by their places in the catalog.
        var ranges: [Int: [TableRange]] = [:]
        /// What the large objects hash to; `nil` if they are still to be copied.
        var largeObjects: ContentHash?
    }

    /// Takes note of what has been copied so far. All of it was read by the held snapshot, or has been brought up to it.
    func take(_ copied: Copied) throws {
        _ = try openedStaging()
        if let hash = copied.largeObjects, !areLargeObjectsCopied {
            (largeObjects, areLargeObjectsCopied) = (hash, true)
        }
        for position in tables.indices where !tables[position].isCopied {
            tables[position].rangesRead = copied.ranges[position] ?? []
            guard let hash = copied.tables[tables[position].name] else { continue }
            tables[position].hash = hash
            tables[position].isCopied = true
        }
    }

    private func openedStaging() throws -> Connection {
        if let staging { return staging }
        let connection = try sessions.openStaging(database.staging.name, values: database.values)
        staging = connection
        return connection
    }

    /// Makes the temporary tables for changes of a table that is going to be read in pieces. Once it is being filled,
    /// it is locked.
    func prepareToKeep(_ name: RelationName) throws {
        guard let position = tables.firstIndex(where: { $0.name == name }), tables[position].waiting == nil else {
            return
        }
        let statements = DeltaStatements(table: tables[position], number: position, waits: true)
        try openedStaging().execute(statements.creation.joined(separator: "; "))
        tables[position].waiting = .init()
    }

    /// Makes the changes of a table that has been read by several snapshots, before its indexes are built: a row may
    /// have moved from what was read early to what was read late, and then is at the target twice.
    ///
    /// - Parameters:
    ///   - hash: of what was read.
    ///   - copiesAgain: whether the table is copied again here, if that is necessary.
    /// - Returns: what the table hashes to then; `nil` if it was truncated or rewritten while it was read, or too much
    ///   of it was changed, so that it has to be copied from the beginning.
    func settle(_ name: RelationName, copied hash: TableHash, copiesAgain: Bool) throws -> TableHash? {
        guard let older, let staging,
            let position = tables.firstIndex(where: { $0.name == name }), !tables[position].isCopied
        else { return hash }
        // Pieces of two files are no table.
        _ = try haveFiles(tables[position].parts, at: older)
        var work = RoundTransaction.Work()
        switch (tables[position].isCurrent, copiesAgain) {
        case (true, _):
            guard !tables[position].rangesRead.isEmpty else {
                try dispose([position])
                return hash
            }
            tables[position].hash = hash
            if tables[position].waiting?.rows ?? 0 > 0 { work.waiting = [position] }
        case (false, true): work.replaced = [position]
        case (false, false):
            try forget(name)
            return nil
        }
        guard try work.isEmpty || make(work, older: older, staging: staging) else { return nil }
        tables[position].isCopied = true
        try dispose([position])
        return tables[position].hash
    }

    /// Whether a table was truncated or rewritten while it was copied, so that what was read is of no snapshot.
    func haveTablesChanged() throws -> Bool {
        guard let older else { return false }
        return try tables.contains { !$0.isCurrent }
            || !SourceFiles.changed(tables.flatMap(\.parts), at: older).isEmpty
    }

    /// Forgets what has been read of a table, which is copied from the beginning.
    func forget(_ name: RelationName) throws {
        guard let position = tables.firstIndex(where: { $0.name == name }) else { return }
        tables[position].rangesRead = []
        tables[position].isCurrent = true
        try dispose([position])
    }

    /// Drops what waits of some tables.
    private func dispose(_ positions: [Int]) throws {
        let waiting = positions.filter { tables[$0].waiting != nil }
        let statements = waiting.map { DeltaStatements(table: tables[$0], number: $0, waits: true).disposal }
        if !statements.isEmpty { try staging?.execute(statements.joined(separator: "; ")) }
        for position in waiting { tables[position].waiting = nil }
    }

    /// Keeps what a round has found at the target, to be made later.
    ///
    /// - Returns: `nil` if a file that was read has been replaced meanwhile.
    func keep(_ plan: RoundPlan, files: SourceFiles, limit: SQL, older: Connection, newer: Connection) throws
        -> RoundTransaction.Moved?
    {
        let areFilesTheSame = { try self.haveFiles(plan.partsRead, at: newer) }
        var moved = RoundTransaction.Moved()
        if let staging, !plan.work.deltas.isEmpty {
            let kept = try transaction(limit: limit, older: older, newer: newer, staging: staging)
                .keep(plan.work.deltas, mayCommit: areFilesTheSame)
            guard let kept else { return nil }
            for (position, changes) in kept {
                tables[position].waiting = (tables[position].waiting ?? .init()) + changes
                moved.rows += changes.rows
                moved.bytes += changes.new.base.bytes
            }
        } else {
            guard try areFilesTheSame() else { return nil }
        }
        for position in plan.work.replaced + plan.behind { tables[position].isCurrent = false }
        for position in tables.indices {
            // What waits is kept within the limits of a single round.
            if tables[position].waiting?.rows ?? 0 > RoundPlan.limit { tables[position].isCurrent = false }
            guard !tables[position].hasRows || !tables[position].isCurrent else { continue }
            // It is read by the newer snapshot.
            tables[position].parts = tables[position].parts.map { files[$0.oid]?.part ?? $0 }
        }
        views = views.map { files[$0.oid]?.part ?? $0 }
        return moved
    }

    /// Makes the changes that have waited, and copies again what could not be followed. Afterwards every table is as
    /// the held snapshot shows it, except for those that somebody is truncating or rewriting: the next round copies
    /// those.
    ///
    /// - Returns: how many rows there are.
    func catchUp(_ copied: Copied) throws -> Int {
        try take(copied)
        guard let older, let staging else {
            throw MigrationFailure(.internalError, "database \(name): finished without a snapshot")
        }
        if tables.contains(where: { $0.waiting != nil }) {
            let identities = try RowIdentity.read(at: staging)
            for position in tables.indices {
                tables[position].identity = identities[tables[position].name]?.byRow ?? .row(probe: nil)
            }
        }
        referenced = try DatabaseWorker.referencedTables(at: staging)
        context.roundProgress.begin("making what has changed meanwhile", in: name)
        defer { context.roundProgress.end(name) }
        var isDone = false
        while !isDone {
            // What was truncated or rewritten since the snapshot looks empty to it.
            let moved = try SourceFiles.changed(tables.flatMap(\.parts), at: older)
            var work = RoundTransaction.Work()
            for position in tables.indices {
                let isMoving = tables[position].parts.contains { moved.contains($0.oid) }
                if isMoving { tables[position].isCurrent = false }
                if tables[position].isCurrent {
                    if tables[position].waiting?.rows ?? 0 > 0 { work.waiting.append(position) }
                } else if !isMoving {
                    work.replaced.append(position)
                }
            }
            isDone = try work.isEmpty || make(work, older: older, staging: staging)
        }
        try dispose(Array(tables.indices))
        isCopying = false
        return tables.reduce(0) { $0 + $1.hash.base.rows }
    }

    /// - Returns: false if a table was truncated or rewritten while it was read, so that nothing was made.
    private func make(_ work: RoundTransaction.Work, older: Connection, staging: Connection) throws -> Bool {
        let parts = work.replaced.flatMap { tables[$0].parts }
        var isFirst = true
        let moved = try older.readingWithoutLocks {
            if !isFirst {
                try staging.stopStatement()
                try staging.execute("ROLLBACK")
            }
            isFirst = false
            return try transaction(limit: Self.limit(nil), older: older, newer: older, staging: staging)
                .run(work, prepared: &prepared) { try haveFiles(parts, at: older) }
        }
        guard let moved else { return false }
        for (position, hash) in moved.hashes { tables[position].hash = hash }
        for position in work.replaced { tables[position].isCurrent = true }
        return true
    }
}
