import JobContract
import PostgresClient

extension DatabaseWorker {
    /// Copies and verifies tables in one transaction; those that an earlier attempt has proved are only hashed again at
    /// the source.
    func copy(_ tables: [TableContents], of database: OpenedDatabase, _ reading: Reading) async throws -> [RelationName:
        TableHash]
    {
        var hashes: [RelationName: TableHash] = [:]
        var missing: [TableContents] = []
        var proved: [TableContents] = []
        for table in tables {
            if table.isUnlogged || database.adopted(.table(table.name)) == nil {
                missing.append(table)
            } else {
                proved.append(table)
            }
        }
        for (name, hash) in try recheck(proved, of: database) {
            if database.adopted(.table(name)) == hash.description {
                hashes[name] = hash
            } else if let table = proved.first(where: { $0.name == name }) {
                missing.append(table)
            }
        }
        guard !missing.isEmpty else { return hashes }
        return try await hashes.merging(transfer(missing, reading)) { _, new in new }
    }

    /// Hashes tables at the source without copying them.
    private func recheck(_ tables: [TableContents], of database: OpenedDatabase) throws -> [RelationName: TableHash] {
        let source = try source(of: database)
        var hashes: [RelationName: TableHash] = [:]
        for table in tables {
            let clock = ContinuousClock.now
            hashes[table.name] = try context.memory.whileHolding(table.widestRow, interrupt: sessions.interrupt) {
                try CopyStream.hash(
                    table, at: table.widestRow >= MemoryBudget.wideRow ? sourceForWideRows(of: database.site) : source,
                    isSnapshot: true, counter: counter(.sent))
            }
            report(
                .rechecked(
                    database: database.name, table: table.name, rows: hashes[table.name]?.base.rows ?? 0,
                    seconds: clock.secondsUntilNow))
        }
        return hashes
    }

    /// TRUNCATE, the rows, their verification and the record in the state are one transaction, so a table is recorded
    /// as done only together with its rows.
    ///
    /// A table that was read by several snapshots is settled at once (``DatabaseFollower/settle(_:copied:copiesAgain:)``).
    func transfer(_ tables: [TableContents], _ reading: Reading) async throws -> [RelationName: TableHash] {
        let width = tables.map(\.widestRow).max() ?? 0
        try context.memory.hold(width, interrupt: sessions.interrupt)
        defer {
            context.memory.letGo(of: width)
            if width >= MemoryBudget.wideRow { closeAfterWideRows(of: reading.site) }
        }
        while true {
            let inPieces = tables.first { reading.pieces(of: $0).count > 1 }?.name
            if let inPieces { try await reading.work?.follower?.prepareToKeep(inPieces) }
            var copied = try await beginningAgain(tables, reading) {
                try await transferWithin(tables, reading, areWide: width >= MemoryBudget.wideRow)
            }
            guard let inPieces, let follower = reading.work?.follower, let hash = copied[inPieces] else {
                return copied
            }
            copied[inPieces] = try await follower.settle(inPieces, copied: hash, copiesAgain: false)
            if copied[inPieces] != nil { return copied }
            try await readOnceMore(tables, reading)
            guard try await rest(reading, seconds: 0) else { throw CancellationError() }
        }
    }

    /// Forgets what has been read of a table, which is then read by one snapshot.
    private func readOnceMore(_ tables: [TableContents], _ reading: Reading) async throws {
        for table in tables { try await reading.work?.follower?.forget(table.name) }
        reading.beginAgain()
        if let work = reading.work { await work.queue.readsWithoutPause(work.item) }
    }

    /// Copies tables in one transaction, and begins it again for as long as another session at the source keeps a lock
    /// on them.
    func beginningAgain<Result>(_ tables: [TableContents], _ reading: Reading, _ body: () async throws -> Result)
        async throws -> Result
    {
        var wasTold = false
        while true {
            do { return try await body() } catch let error as PostgresError
                where LockPatience.isExhausted(error)
                && error.place == sessions.sourceParameters(reading.site.database).place
            {
                let site = reading.site
                let target = try staging(of: site)
                try target.stopStatement()
                try target.execute("ROLLBACK")
                // Wide rows are read in another session, which is gone.
                let source = try source(of: site)
                try source.stopStatement()
                if source.isTransactionFailed { try source.releaseLocks(after: error) }
                if !wasTold,
                    let lock = try source.readingWithoutLocks({
                        try LockPatience.holder(of: tables.map(\.name), at: source)
                    })
                {
                    report(
                        .finding(
                            .note(
                                "\(site.database).\(lock.table) is locked by \(lock.holder), and the copy waits for it")
                        ))
                    wasTold = true
                }
                if reading.wasPaused {
                    // The follower has brought up a part of what is now read once more.
                    guard reading.isOfWholeTable else {
                        throw OutdatedReading(reason: "\(tables[0].name) was locked while a part of it was read")
                    }
                    try await readOnceMore(tables, reading)
                }
                guard try await rest(reading, seconds: LockPatience.pause) else { throw error }
            }
        }
    }

    private func transferWithin(_ tables: [TableContents], _ reading: Reading, areWide: Bool) async throws
        -> [RelationName:
        TableHash]
    {
        let site = reading.site
        let target = try staging(of: site)
        // The statements that take the rows and those that read them back go in one round trip.
        try target.send(
            (["BEGIN"] + Self.emptying(tables, at: site) + [site.values.toRead].compactMap { $0 }
                + tables.map { $0.copyOut() }).joined(separator: "; "))
        var records: [RelationName: String] = [:]
        // The source's session is released here, with its buffer, before the rows are read back.
        let (copied, seconds) =
            if tables.count == 1 {
                try await send(tables[0], reading, areWide: areWide, into: target)
            } else {
                try send(tables, from: areWide ? sourceForWideRows(of: site) : source(of: site), into: target)
            }
        meter?.allSent()
        var clock = ContinuousClock.now
        for table in tables {
            clock = .now
            try CopyStream.expect(.out, at: target, for: table.name)
            let found = try CopyPump.hash(table, from: target, counter: counter(.found))
            // A COPY that the server broke off ends like one that is done; its result tells.
            try CopyStream.expectResult(at: target, for: table.name)
            records[table.name] = try record(
                of: found, wanted: copied[table.name] ?? TableHash(), table: table, database: site.database)
            let verifySeconds = clock.secondsUntilNow
            report(
                .copied(
                    database: site.database, table: table.name, rows: found.base.rows, bytes: found.base.bytes,
                    seconds: (seconds[table.name] ?? 0) + verifySeconds, verifySeconds: verifySeconds))
        }
        try CopyStream.expectEnd(at: target)
        var batch = SQLBatch()
        for (name, value) in records.sorted(by: { $0.key < $1.key }) {
            batch.append("recording \(name)", StagingDatabase.record(.table(name), value: value, epoch: epoch))
        }
        batch.append("committing", "COMMIT")
        try batch.run(on: target)
        return copied
    }

    /// Empties tables and takes their rows.
    private static func emptying(_ tables: [TableContents], at site: CopySite) -> [SQL] {
        let isReferenced = tables.contains { site.referenced.contains($0.name) }
        guard isReferenced else {
            return ["TRUNCATE \(list: tables.map(\.scope))"] + tables.map { $0.copyIn(isFrozen: true) }
        }
        return tables.map { "DELETE FROM \($0.scope)" } + tables.map { $0.copyIn(isFrozen: false) }
    }

    /// Sends tables into the COPYs that the target has begun.
    private func send(
        _ tables: [TableContents], from source: Connection, into target: Connection
    ) throws -> (hashes: [RelationName: TableHash], seconds: [RelationName: Double]) {
        try source.send(CopyStream.releasingLocks(tables.map { $0.copyOut() }.joined(separator: "; ")))
        var hashes: [RelationName: TableHash] = [:]
        var seconds: [RelationName: Double] = [:]
        for table in tables {
            let clock = ContinuousClock.now
            try CopyStream.expect(.out, at: source, for: table.name)
            try CopyStream.expect(.in, at: target, for: table.name)
            var pump = CopyPump(table: table, counter: counter(.sent))
            hashes[table.name] = try pump.run(from: source, into: target)
            seconds[table.name] = clock.secondsUntilNow
        }
        try CopyStream.expectEnd(at: source)
        return (hashes, seconds)
    }

    /// Compares a table with what was sent.
    ///
    /// - Returns: what the state records of the table.
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/mismatch``.
    func record(of found: TableHash, wanted: TableHash, table: TableContents, database: DatabaseName) throws -> String {
        guard found == wanted || changes.acceptsGeneratedColumns && found.base == wanted.base else {
            throw Self.mismatch(table, of: database, wanted: wanted, found: found)
        }
        return changes.proof(of: wanted, table)
    }

    private static func mismatch(
        _ table: TableContents, of database: DatabaseName, wanted: TableHash, found: TableHash
    ) -> MigrationFailure {
        let isOnlyGenerated = wanted.base == found.base
        let what =
            isOnlyGenerated
            ? "the generated columns \(table.generatedColumns.map(\.description).joined(separator: ", ")) differ, the columns that they are computed from are equal"
            : "\(wanted.base.rows) rows (\(wanted.base.bytes) bytes) were sent, and what the target holds hashes differently (\(found.base.rows) rows, \(found.base.bytes) bytes)"
        return MigrationFailure(
            .mismatch, "\(database).\(table.name): \(what)",
            advice: isOnlyGenerated
                ? "The server computes them anew; another version or collation does so differently. Nothing was published. "
                    + "If that is well, set spec.migration.acceptGeneratedDifferences."
                : "Nothing was published. Run the Job again; if it happens again, look for a trigger, a proxy or failing hardware between the servers."
        )
    }

    func copyLargeObjects(of database: OpenedDatabase) throws -> ContentHash {
        let source = try source(of: database)
        // The snapshot may be a later one than that of the catalog.
        let identifiers = try LargeObjects.identifiers(at: source)
        if let proved = database.adopted(.largeObjects) {
            let hash = try LargeObjects.hash(identifiers, at: source)
            if hash.description == proved { return hash }
        }
        return try LargeObjects.replaceAll(identifiers, from: source, into: staging(of: database), epoch: epoch)
    }
}
