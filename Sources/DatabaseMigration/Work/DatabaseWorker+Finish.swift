import JobContract
import PostgresClient

extension DatabaseWorker {
    /// Makes everything that needs the rows, except what may exist only after the last round. Then compares the schema
    /// with the source's, and hands the database over to a follower.
    func finish(_ database: OpenedDatabase, _ follower: DatabaseFollower, _ copied: DatabaseFollower.Copied)
        async throws
        -> WorkQueue.Outcome
    {
        let clock = ContinuousClock.now
        meter?.begins("making what has changed meanwhile")
        let rows = try await follower.catchUp(copied)
        let source = try source(of: database)
        let staging = try staging(of: database)
        let sequences = try source.readingWithoutLocks {
            try SequenceValue.read(database.catalog.sequences, from: source)
        }
        do {
            meter?.begins("making constraints, triggers and what else needs all rows")
            try makeEntries(of: database, at: staging)
            meter?.begins("trying foreign keys")
            try DanglingReferences.look(for: database, at: staging)
        } catch let failure as MigrationFailure where failure.cause?.state == .foreignKeyViolation {
            throw DanglingReferences.explained(failure, at: source)
        }
        // A materialized view may show where a sequence stands.
        try SequenceValue.set(sequences, at: staging)
        meter?.begins("filling materialized views")
        try fillMaterializedViews(of: database, at: staging)
        meter?.begins("analysing the rest")
        try analyzeTheRest(of: database, at: staging)
        meter?.begins("comparing the schema")
        let (schemas, lost) = try await SchemaCheck(sessions: sessions, programs: programs, rights: context.rights).run(
            database, stages: [.beforeRounds], versions: (source.majorVersion, staging.majorVersion),
            maintenance: maintenance())
        if !lost.isEmpty { report(.leftOut(database: database.name, objects: lost)) }
        try await follower.finished(sequences: sequences, schemas: schemas, leftOut: lost)
        report(.copiedDatabase(database: database.name, rows: rows, seconds: clock.secondsUntilNow))
        return .following(follower)
    }

    private func fillMaterializedViews(of database: OpenedDatabase, at staging: Connection) throws {
        var batch = SQLBatch()
        for view in database.catalog.materializedViews {
            batch.append("materialized view \(view)", "REFRESH MATERIALIZED VIEW \(view)")
        }
        do {
            try batch.run(on: staging)
        } catch let failure as MigrationFailure where failure.advice == nil {
            var failure = failure
            failure.advice = failure.cause.flatMap { PathDependence.advice(onRefresh: $0) }
            throw failure
        }
    }

    private static let entriesPerTransaction = 300

    /// Makes the entries that may exist before the last round, in the dump's order. Of an index that was built ahead,
    /// it makes what is left, such as the constraint.
    ///
    /// Each entry is recorded in the transaction that makes it, so that a later attempt goes on after it.
    private func makeEntries(of database: OpenedDatabase, at staging: Connection) throws {
        let built = database.separateIndexes()
        let described = Set(database.separateStatistics().values.joined())
        var batch = SQLBatch()
        var count = 0
        for (position, entry) in database.postData.entries.enumerated()
        where database.stages[position] == .beforeRounds && !described.contains(position) {
            guard database.adopted(.entry(entry.key)) == nil else { continue }
            for statement in Self.remaining(entry, isBuilt: built[position] != nil, in: database) {
                batch.append(entry.title, statement)
            }
            batch.append(
                "recording \(entry.title)", StagingDatabase.record(.entry(entry.key), value: "made", epoch: epoch))
            count += 1
            guard count >= Self.entriesPerTransaction else { continue }
            try batch.run(on: staging)
            count = 0
        }
        try batch.run(on: staging)
    }

    /// The statements of an entry that are still to be run.
    private static func remaining(_ entry: SchemaScript.Entry, isBuilt: Bool, in database: OpenedDatabase) -> [SQL] {
        guard isBuilt, let (table, kind) = entry.indexedTable() else { return entry.allStatements.map(\.sql) }
        let rest = entry.statements.dropFirst().map(\.sql)
        guard case .constraint(let name) = kind, let constraint = database.constraint(name, of: table) else {
            return rest
        }
        return [constraint.adoption] + rest
    }

    /// Analyses what was not analysed on its own. Left out are the catalogs, whose statistics come with the template
    /// database, partitions, which are analysed with their root, and tables with foreign tables as partitions or
    /// children, for which the target would connect to foreign servers.
    ///
    /// ANALYZE runs alone in its transaction, so it lets go of each table's lock before it goes on to the next
    /// (PostgreSQL manual, ANALYZE).
    private func analyzeTheRest(of database: OpenedDatabase, at staging: Connection) throws {
        let done = Set(database.tablesAnalyzedAlone().map { database.catalog.tables[$0].name })
        let found = try staging.query(
            """
            WITH RECURSIVE foreign_parts (parent) AS (
                SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'f'
                UNION SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN foreign_parts f ON f.parent = i.inhrelid)
            SELECT n.nspname, c.relname, c.oid IN (SELECT parent FROM foreign_parts) FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_(toast|temp)'
              AND n.nspname NOT IN ('pg_catalog', 'information_schema', \(literal: StagingDatabase.stateSchema.text))
              AND (NOT c.relispartition OR EXISTS (
                    SELECT FROM pg_catalog.pg_inherits i JOIN foreign_parts f ON f.parent = i.inhparent WHERE i.inhrelid = c.oid))
            ORDER BY 1, 2
            """
        ).rows.map { (table: $0.relation(0), hasForeignParts: $0.isTrue(2)) }
        let tables = found.filter { !$0.hasForeignParts && !done.contains($0.table) }.map(\.table)
        if !tables.isEmpty { try staging.execute("ANALYZE \(list: tables)") }
        let left = found.filter(\.hasForeignParts).map(\.table.description)
        guard !left.isEmpty else { return }
        report(
            .finding(
                .warning(
                    "\(database.name): no statistics are gathered of \(left.joined(separator: ", ")) as a whole, which have foreign tables as parts",
                    "ANALYZE would connect to the foreign servers: run it where they can be reached.")))
    }
}
