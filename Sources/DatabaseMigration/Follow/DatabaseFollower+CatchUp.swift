import JobContract
import PostgresClient

/// Rounds of a database that is still being copied and indexed.
///
/// Its snapshot must not be held until the last index is built, since the source keeps every row version that it sees.
/// But while an index is built nobody may write into its table (PostgreSQL manual, "Explicit Locking"). So rounds bring
/// what has changed into temporary tables, and once everything is indexed all of it is made at once.
extension DatabaseFollower {
    /// Takes note of what has been copied so far.
    ///
    /// - Parameters:
    ///   - copied: what the tables hash to that are at the target as the held snapshot shows them.
    ///   - largeObjects: what the large objects hash to.
    func take(_ copied: [RelationName: TableHash], largeObjects: ContentHash) throws {
        if staging == nil {
            staging = try sessions.openStaging(database.staging.name, values: database.values)
            self.largeObjects = largeObjects
        }
        for position in tables.indices where !tables[position].isCopied {
            guard let hash = copied[tables[position].name] else { continue }
            tables[position].hash = hash
            tables[position].isCopied = true
        }
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
            guard !tables[position].isCopied || !tables[position].isCurrent else { continue }
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
    func catchUp(_ copied: [RelationName: TableHash], largeObjects: ContentHash) throws -> Int {
        try take(copied, largeObjects: largeObjects)
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
                    if tables[position].waiting != nil { work.waiting.append(position) }
                } else if !isMoving {
                    work.replaced.append(position)
                }
            }
            isDone = try work.isEmpty || make(work, older: older, staging: staging)
        }
        let disposal = tables.indices.filter { tables[$0].waiting != nil }.map {
            DeltaStatements(table: tables[$0], number: $0, waits: true).disposal
        }
        if !disposal.isEmpty { try staging.execute(disposal.joined(separator: "; ")) }
        for position in tables.indices { tables[position].waiting = nil }
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
