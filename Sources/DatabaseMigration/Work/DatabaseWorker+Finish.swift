import JobContract
import PostgresClient

extension DatabaseWorker {
    /// Makes everything that needs all rows, seals the staging database and compares its schema with the source's.
    func finish(
        _ database: OpenedDatabase, tables: [RelationName: TableHash], largeObjects: ContentHash
    ) async throws -> WorkQueue.Outcome {
        let clock = ContinuousClock.now
        let source = try source(of: database)
        let sequences = try SequenceValue.read(database.catalog.sequences, from: source)
        let fingerprint = Fingerprint.of(tables: tables, sequences: sequences, largeObjects: largeObjects)
        let seal = changes.sealed(fingerprint, of: database.catalog.tables)
        if case .sealed(let adopted) = database.adopted {
            guard adopted == seal else {
                report(.rebuilding(database: database.name, reason: "the source has changed since an earlier attempt sealed it"))
                return .stale
            }
        } else {
            try complete(database, sequences: sequences, seal: seal)
            try compareMaterializedViews(database, source: source)
        }
        try compareSequences(sequences, of: database)
        let (differences, schemas) = try await compareSchema(database)
        if !differences.isEmpty {
            // Sealed by an earlier attempt, it may be the source that has changed.
            if case .sealed = database.adopted {
                report(.rebuilding(database: database.name, reason: "the source's schema has changed since an earlier attempt sealed it"))
                return .stale
            }
            throw MigrationFailure(
                .mismatch, "the schema differs from the source's: \(differences.joined(separator: "; "))",
                advice: "Nothing was published. The staging database \(database.staging.name) is left for a look.")
        }
        let changed = try deliberateChanges(database, copied: tables)
        report(.sealed(database: database.name, fingerprint: fingerprint, seconds: clock.secondsUntilNow))
        return .sealed(
            SealedDatabase(
                facts: database.facts, staging: database.staging, fingerprint: fingerprint, seal: seal, sequences: sequences,
                tables: database.catalog.tables, owners: database.catalog.owners, rows: tables.mapValues(\.base.rows), rowVersions: database.rowVersions,
                changes: changed.changes, leftOut: database.leftOut, schemas: schemas,
                publishedFingerprint: Fingerprint.of(tables: changed.tables, sequences: sequences, largeObjects: largeObjects)))
    }

    private static let statementsPerTransaction = 500

    /// What was built ahead is completed, everything else made, in the dump's order. Then the seal.
    private func complete(
        _ database: OpenedDatabase, sequences: [SequenceValue], seal: String
    ) throws {
        let staging = try staging(of: database)
        let built = database.separateIndexes()
        let described = Set(database.separateStatistics().values.joined())
        var batch = SQLBatch()
        // Before there is a trigger that could note it.
        for (change, sql) in changes.made(to: database.catalog.tables) { batch.append("\(change)", sql) }
        var count = 0
        func append(_ title: String, _ sql: SQL) throws {
            batch.append(title, sql)
            count += 1
            guard count >= Self.statementsPerTransaction else { return }
            try runFinishing(&batch, at: staging)
            count = 0
        }
        for (position, entry) in database.postData.entries.enumerated() where !described.contains(position) && !isLast(entry) {
            for statement in Self.remaining(entry, isBuilt: built[position] != nil, in: database) { try append(entry.title, statement) }
        }
        for view in database.catalog.materializedViews { try append("materialized view \(view)", "REFRESH MATERIALIZED VIEW \(view)") }
        for sequence in sequences { try append("sequence \(sequence.name)", sequence.statement) }
        try runFinishing(&batch, at: staging)
        try analyzeTheRest(of: database, at: staging)
        try close(database, seal: seal)
    }

    /// Whether an entry is made after everything else: by an administrator, or because it would fire in what comes after it.
    private func isLast(_ entry: SchemaScript.Entry) -> Bool {
        entry.kind.isEventTriggers || context.rights.maker(of: entry) == .administrator
    }

    /// Takes the migration's own state away, makes what comes last, and seals the database.
    ///
    /// In one transaction where nothing comes last. Else an attempt that dies in between leaves a database that the next one
    /// begins again.
    private func close(_ database: OpenedDatabase, seal: String) throws {
        let staging = try staging(of: database)
        let last = database.postData.entries.filter(isLast)
        let leakproof = context.rights.ownerIsSuperuser || !context.rights.made.contains(.leakproof) ? [] : try LeakproofFunction.read(at: source(of: database))
        var batch = SQLBatch()
        batch.append("removing the migration's own state", StagingDatabase.removeState(epoch: epoch))
        if !last.isEmpty || !leakproof.isEmpty {
            try batch.run(on: staging)
            try markLeakproof(leakproof, of: database)
            for entry in last.filter({ !$0.kind.isEventTriggers }) + last.filter(\.kind.isEventTriggers) {
                if context.rights.maker(of: entry) == .administrator {
                    try makeAsAdministrator(entry, in: database.staging)
                } else {
                    for statement in entry.statements { batch.append(entry.title, statement.sql) }
                }
            }
        }
        batch.append("sealing", try database.staging.seal(fingerprint: seal))
        try batch.run(on: staging)
    }

    /// Analyses what was not analysed on its own. The catalogs of a new database are known from its template; a partition
    /// is analysed with the table that it is a part of. Alone in its transaction, ANALYZE lets go of each table as it
    /// goes on (PostgreSQL manual, ANALYZE).
    private func analyzeTheRest(of database: OpenedDatabase, at staging: Connection) throws {
        let done = Set(database.tablesAnalyzedAlone().map { database.catalog.tables[$0].name })
        let tables = try staging.query(
            """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND n.nspname !~ '^pg_(toast|temp)'
              AND n.nspname NOT IN ('pg_catalog', 'information_schema', \(literal: StagingDatabase.stateSchema.text))
            """
        ).rows.map { $0.relation(0) }.filter { !done.contains($0) }
        guard !tables.isEmpty else { return }
        try staging.execute("ANALYZE \(list: tables)")
    }

    /// From here on a later attempt must begin this database again: constraints stand in the way of a copy.
    private func runFinishing(_ batch: inout SQLBatch, at staging: Connection) throws {
        batch.append("the migration's own state", StagingDatabase.record(.schema, value: "finishing", epoch: epoch))
        try batch.run(on: staging)
    }

    private func compareSequences(_ sequences: [SequenceValue], of database: OpenedDatabase) throws {
        let found = try SequenceValue.read(database.catalog.sequences, from: staging(of: database))
        if let (wanted, other) = zip(sequences, found).first(where: { $0 != $1 }) {
            throw MigrationFailure(
                .mismatch, "\(database.name): sequence \(wanted.name) stands at \(other.lastValue) instead of \(wanted.lastValue)",
                advice: "Nothing was published. Run the Job again.")
        }
    }

    /// The statements of an entry that are still to be run.
    private static func remaining(_ entry: SchemaScript.Entry, isBuilt: Bool, in database: OpenedDatabase) -> [SQL] {
        guard isBuilt, let (table, kind) = entry.indexedTable() else { return entry.statements.map(\.sql) }
        let rest = entry.statements.dropFirst().map(\.sql)
        guard case .constraint(let name) = kind, let constraint = database.constraint(name, of: table) else { return rest }
        return [constraint.adoption] + rest
    }

    /// A materialized view that was stale at the source is fresh at the target: worth a word, not a failure.
    private func compareMaterializedViews(_ database: OpenedDatabase, source: Connection) throws {
        for view in database.catalog.materializedViews {
            let sql: SQL = "SELECT count(*) FROM \(view)"
            let before = try source.query(sql).integer ?? 0
            let after = try staging(of: database).query(sql).integer ?? 0
            if before != after {
                report(.finding(.warning(
                    "\(database.name): materialized view \(view) had \(before) rows and has \(after) now that it is refreshed",
                    "It was stale at the source; nothing to do.")))
            }
        }
    }
}

/// The table by which knex keeps two schema migrations apart: exactly one row, `is_locked = 0`.
enum KnexLock {
    /// A row that says locked is a migration that was killed; two rows are one too many for knex's UPDATE, which
    /// wants to change exactly one; none is filled by knex itself, but not by all its versions. The sequence stays
    /// where the source's was.
    static func normalise(_ table: RelationName) -> SQL {
        """
        DELETE FROM \(table) WHERE ctid NOT IN (SELECT min(ctid) FROM \(table));
        UPDATE \(table) SET is_locked = 0 WHERE is_locked IS DISTINCT FROM 0;
        INSERT INTO \(table) ("index", is_locked) OVERRIDING SYSTEM VALUE
        SELECT 1, 0 WHERE NOT EXISTS (SELECT FROM \(table))
        """
    }
}
