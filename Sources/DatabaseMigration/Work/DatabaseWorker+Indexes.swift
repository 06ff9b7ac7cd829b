import JobContract
import PostgresClient

/// Indexes and statistics of a filled table, made before its database is finished.
extension DatabaseWorker {
    /// Builds one index of a filled table, in one transaction with its record.
    ///
    /// The server may still be building it for a pod that has died. The claim then waits for that pod's transaction,
    /// and finds the step done if the transaction has committed.
    func build(_ index: IndexBuild, at site: CopySite) throws {
        let clock = ContinuousClock.now
        var batch = SQLBatch()
        batch.append("sort memory", IndexMemory.setting(for: index.definition, tableBytes: index.tableBytes))
        batch.append(index.title, index.definition.sql)
        guard try runOnce(batch, as: .index(index.key), named: index.title, at: site) else { return }
        report(.indexed(database: site.database, index: index.label, seconds: clock.secondsUntilNow))
    }

    /// Gathers the statistics of a filled and indexed table, so that the planner has them when Backstage begins.
    func analyze(_ place: Int, of database: OpenedDatabase) throws {
        let clock = ContinuousClock.now
        let table = database.catalog.tables[place]
        for position in database.separateStatistics()[place] ?? [] {
            let entry = database.postData.entries[position]
            guard database.adopted(.entry(entry.key)) == nil else { continue }
            var batch = SQLBatch()
            for statement in entry.statements { batch.append(entry.title, statement.sql) }
            _ = try runOnce(batch, as: .entry(entry.key), named: entry.title, at: database.site)
        }
        try staging(of: database).execute("ANALYZE \(table.name)")
        report(.analyzed(database: database.name, table: table.name, seconds: clock.secondsUntilNow))
    }

    /// Runs statements in one transaction with the record that they ran.
    ///
    /// - Returns: false if they had run before.
    private func runOnce(_ batch: SQLBatch, as step: StagingDatabase.Step, named title: String, at site: CopySite)
        throws -> Bool
    {
        let target = try staging(of: site)
        do {
            try target.execute("BEGIN; " + StagingDatabase.claim(step, epoch: epoch))
        } catch {
            guard error.state == .uniqueViolation else { throw error }
            try target.execute("ROLLBACK")
            return false
        }
        var batch = batch
        batch.append("recording \(title)", StagingDatabase.record(step, value: "built", epoch: epoch))
        batch.append("committing", "COMMIT")
        try batch.run(on: target)
        return true
    }
}
