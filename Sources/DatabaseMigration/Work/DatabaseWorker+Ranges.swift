import JobContract
import PostgresClient

/// Large tables, cut into ranges that several workers copy at once.
///
/// A table's ranges are copied first, and then read back. The sums of both must agree: the hash of a table is the sum
/// of its rows' hashes, however the table is cut.
extension DatabaseWorker {
    /// Copies a range in one transaction with its record.
    ///
    /// - Returns: `nil` if an earlier attempt has copied it and the source holds something else now.
    func copyRange(_ range: TableRange, of table: TableContents, adopted: String?, _ reading: Reading) async throws
        -> TableHash?
    {
        let width = table.widestRow
        try context.memory.hold(width, interrupt: sessions.interrupt)
        defer {
            context.memory.letGo(of: width)
            if width >= MemoryBudget.wideRow { closeAfterWideRows(of: reading.site) }
        }
        reading.range = range
        return try await beginningAgain([table], reading) {
            try await copyRangeWithin(range, of: table, adopted: adopted, reading)
        }
    }

    private func copyRangeWithin(_ range: TableRange, of table: TableContents, adopted: String?, _ reading: Reading)
        async throws -> TableHash?
    {
        let clock = ContinuousClock.now
        let site = reading.site
        let areWide = table.widestRow >= MemoryBudget.wideRow
        if let adopted {
            let source = try areWide ? sourceForWideRows(of: site) : source(of: site)
            let hash = try CopyStream.hash(
                table, range, at: source, isSnapshot: true, counter: counter(.sent))
            return hash.description == adopted ? hash : nil
        }
        let target = try staging(of: site)
        let step = StagingDatabase.Step.range(table.name, range)
        do {
            try target.execute("BEGIN; " + StagingDatabase.claim(step, epoch: epoch))
        } catch {
            guard error.state == .uniqueViolation else { throw error }
            // Another pod of this attempt has copied the range, and died or was lost before it could answer.
            try target.execute("ROLLBACK")
            guard let hash = try StagingDatabase.steps(at: target)[step.kind]?[step.name].flatMap({ TableHash($0) })
            else { throw error }
            guard reading.work?.opened?.isRenewed != true else {
                throw OutdatedReading(
                    reason: "another pod has read a part of \(table.name) by an older snapshot, and was lost")
            }
            return hash
        }
        try target.send(table.copyIn(isFrozen: false))
        let hash = try await send(table, reading, areWide: areWide, into: target).hashes[table.name] ?? TableHash()
        try CopyStream.expectEnd(at: target)
        var batch = SQLBatch()
        batch.append("recording \(table.name)", StagingDatabase.record(step, value: hash.description, epoch: epoch))
        batch.append("committing", "COMMIT")
        try batch.run(on: target)
        report(
            .copiedRange(
                database: site.database, table: table.name, blocks: range.label, rows: hash.base.rows,
                bytes: hash.base.bytes,
                seconds: clock.secondsUntilNow))
        return hash
    }

    /// Reads a range of the target's own blocks back, once all ranges are copied.
    func verifyRange(_ range: TableRange, of table: TableContents, at site: CopySite) throws -> TableHash {
        try context.memory.whileHolding(table.widestRow, interrupt: sessions.interrupt) {
            defer { if table.widestRow >= MemoryBudget.wideRow { closeAfterWideRows(of: site) } }
            return try CopyStream.hash(table, range, at: staging(of: site), counter: counter(.found))
        }
    }

    /// Compares what was sent with what was found, and records the table as done.
    func settle(_ table: TableContents, _ sums: TableSums, at site: CopySite) throws -> TableHash {
        let value = try record(of: sums.found, wanted: sums.sent, table: table, database: site.database)
        var batch = SQLBatch()
        batch.append("recording \(table.name)", StagingDatabase.record(.table(table.name), value: value, epoch: epoch))
        try batch.run(on: staging(of: site))
        report(
            .copied(
                database: site.database, table: table.name, rows: sums.sent.base.rows, bytes: sums.sent.base.bytes,
                seconds: sums.copySeconds + sums.verifySeconds, verifySeconds: sums.verifySeconds))
        return sums.sent
    }
}
