import JobContract
import PostgresClient

extension DatabaseWorker {
    /// Copies and verifies tables in one transaction; those that an earlier attempt has proved are only hashed again at
    /// the source.
    func copy(_ tables: [TableContents], of database: OpenedDatabase) throws -> [RelationName: TableHash] {
        if case .sealed = database.adopted { return try recheck(tables, of: database) }
        var hashes: [RelationName: TableHash] = [:]
        var missing: [TableContents] = []
        var proved: [TableContents] = []
        for table in tables {
            if table.isUnlogged || database.adopted.value(of: .table(table.name)) == nil { missing.append(table) } else { proved.append(table) }
        }
        for (name, hash) in try recheck(proved, of: database) {
            if database.adopted.value(of: .table(name)) == hash.description {
                hashes[name] = hash
            } else if let table = proved.first(where: { $0.name == name }) {
                missing.append(table)
            }
        }
        guard !missing.isEmpty else { return hashes }
        return try hashes.merging(transfer(missing, at: database.site)) { _, new in new }
    }

    /// Hashes tables at the source without copying them.
    private func recheck(_ tables: [TableContents], of database: OpenedDatabase) throws -> [RelationName: TableHash] {
        let source = try source(of: database)
        var hashes: [RelationName: TableHash] = [:]
        for table in tables {
            let clock = ContinuousClock.now
            hashes[table.name] = try CopyStream.hash(table, at: source)
            report(.rechecked(
                database: database.name, table: table.name, rows: hashes[table.name]?.base.rows ?? 0, seconds: clock.secondsUntilNow))
        }
        return hashes
    }

    /// TRUNCATE, the rows, their verification and the state's record of both are one transaction: a table is done
    /// together with its rows, or not at all.
    func transfer(_ tables: [TableContents], at site: CopySite) throws -> [RelationName: TableHash] {
        let source = try source(of: site)
        let target = try staging(of: site)
        try source.send(tables.map { $0.copyOut() }.joined(separator: "; "))
        // One round trip for the way in and the reading back of all of them.
        try target.send(
            (["BEGIN", "TRUNCATE \(list: tables.map(\.scope))"] as [SQL] + tables.map { $0.copyIn(isFrozen: true) }
                + tables.map { $0.copyOut() })
                .joined(separator: "; "))
        var copied: [RelationName: TableHash] = [:]
        var records: [RelationName: String] = [:]
        var clock = ContinuousClock.now
        var seconds: [RelationName: Double] = [:]
        for table in tables {
            try CopyStream.expect(.out, at: source, for: table)
            try CopyStream.expect(.in, at: target, for: table)
            var pump = CopyPump(table: table)
            copied[table.name] = try pump.run(from: source, into: target)
            seconds[table.name] = clock.secondsUntilNow
            clock = .now
        }
        try CopyStream.expectEnd(at: source)
        for table in tables {
            clock = .now
            try CopyStream.expect(.out, at: target, for: table)
            let found = try CopyPump.hash(table, from: target)
            // A COPY that the server broke off ends like one that is done; its result tells.
            try CopyStream.expectResult(at: target, for: table)
            records[table.name] = try record(of: found, wanted: copied[table.name] ?? TableHash(), table: table, database: site.database)
            let verifySeconds = clock.secondsUntilNow
            report(.copied(
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

    /// Compares a table with what was sent.
    ///
    /// - Returns: what the state says of the table.
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/mismatch``.
    func record(of found: TableHash, wanted: TableHash, table: TableContents, database: DatabaseName) throws -> String {
        if found == wanted { return wanted.description }
        guard changes.acceptsGeneratedColumns, found.base == wanted.base else {
            throw Self.mismatch(table, of: database, wanted: wanted, found: found)
        }
        // What was accepted proves nothing to an attempt that accepts nothing: no hash reads like this.
        return "accepted"
    }

    private static func mismatch(
        _ table: TableContents, of database: DatabaseName, wanted: TableHash, found: TableHash
    ) -> MigrationFailure {
        let isOnlyGenerated = wanted.base == found.base
        let what = isOnlyGenerated
            ? "the generated columns \(table.generatedColumns.map(\.description).joined(separator: ", ")) differ, the columns that they are computed from are equal"
            : "\(wanted.base.rows) rows (\(wanted.base.bytes) bytes) were sent, and what the target holds hashes differently (\(found.base.rows) rows, \(found.base.bytes) bytes)"
        return MigrationFailure(
            .mismatch, "\(database).\(table.name): \(what)",
            advice: isOnlyGenerated
                ? "The server computes them anew; another version or collation does so differently. Nothing was published. "
                    + "If that is well, set spec.migration.acceptGeneratedDifferences."
                : "Nothing was published. Run the Job again; if it happens again, look for a trigger, a proxy or failing hardware between the servers.")
    }

    func copyLargeObjects(of database: OpenedDatabase) throws -> ContentHash {
        let identifiers = database.catalog.largeObjects
        let source = try source(of: database)
        let proved = database.adopted.value(of: .largeObjects)
        var isSealed = false
        if case .sealed = database.adopted { isSealed = true }
        if isSealed || proved != nil {
            let hash = try LargeObjects.hash(identifiers, at: source)
            if isSealed || hash.description == proved { return hash }
        }
        let target = try staging(of: database)
        let incomplete = StagingDatabase.record(.largeObjects, value: "incomplete", epoch: epoch)
        try LargeObjects.removeAll(at: target, recording: incomplete)
        try target.execute("BEGIN")
        let hash = try LargeObjects.copy(identifiers, from: source, into: target)
        let found = try LargeObjects.hash(identifiers, at: target)
        guard hash == found else {
            throw MigrationFailure(.mismatch, "\(database.name): large objects differ after the copy", advice: "Nothing was published. Run the Job again.")
        }
        try target.execute("\(incomplete); COMMIT")
        let complete = StagingDatabase.record(.largeObjects, value: hash.description, epoch: epoch)
        try LargeObjects.copyComments(from: source, to: target) { isLast in isLast ? complete : incomplete }
        return hash
    }
}
