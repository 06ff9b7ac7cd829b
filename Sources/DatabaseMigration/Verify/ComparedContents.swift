import PostgresClient

/// Everything of one database that is compared, as one snapshot of one side shows it.
struct ComparedContents: Sendable {
    var catalog: SourceCatalog
    var tables: [RelationName: TableHash]
    var sequences: [SequenceValue]
    var largeObjects: ContentHash
    /// Tables, sequences and materialized views that this role cannot read, or not wholly, since row security hides
    /// rows.
    var hidden: [RelationName]
    /// Those of ``hidden`` that this role has no right to read.
    var unreadable: [RelationName] = []
    /// Rows of the materialized views that hold any.
    var viewRows: [RelationName: Int]

    var fingerprint: String { Fingerprint.of(tables: tables, sequences: sequences, largeObjects: largeObjects) }
}

/// Reads one side of a database from beginning to end, on a thread of its own.
actor ContentReader {
    private let executor = BlockingExecutor(label: "content reader")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - place: what is read, for `progress`.
    ///   - skipsUnreadable: whether what the role may not read is passed over.
    ///   - open: connects to the database.
    func read(
        _ place: VerificationProgress.Place, telling progress: VerificationProgress, skipsUnreadable: Bool = false,
        open: @Sendable () throws(PostgresError) -> Connection
    ) throws -> ComparedContents {
        progress.begin(place)
        defer { progress.end(place) }
        let connection = try open()
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        let catalog = try SourceCatalog(reading: connection)
        var tables: [RelationName: TableHash] = [:]
        let isUnreadable: SQL =
            skipsUnreadable
            ? "NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))"
            : "false"
        let rows = try connection.query(
            """
            SELECT n.nspname, c.relname, \(isUnreadable) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
              AND (c.relkind IN ('r', 'p') AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
                   OR c.relkind IN ('r', 'p', 'm', 'S') AND \(isUnreadable))
            """
        ).rows
        let hidden = rows.map { $0.relation(0) }
        let shown = catalog.tables.filter { !hidden.contains($0.name) }
        progress.found(shown, at: place)
        for table in shown {
            progress.read(table.name.description, at: place)
            tables[table.name] = try CopyStream.hash(table, at: connection, isSnapshot: true, counter: progress.counter)
            progress.finished(table, at: place)
        }
        var viewRows: [RelationName: Int] = [:]
        for view in catalog.materializedViews where !hidden.contains(view) {
            progress.read("rows of \(view)", at: place)
            viewRows[view] = try connection.readingWithoutLocks { try ReadLock.countRows(of: view, at: connection) }
        }
        progress.read("sequences and large objects", at: place)
        let sequences = catalog.sequences.filter { !hidden.contains($0) }
        return ComparedContents(
            catalog: catalog, tables: tables,
            sequences: try connection.readingWithoutLocks { try SequenceValue.read(sequences, from: connection) },
            largeObjects: try LargeObjects.hash(catalog.largeObjects, at: connection), hidden: hidden,
            unreadable: rows.filter { $0.isTrue(2) }.map { $0.relation(0) },
            viewRows: viewRows)
    }
}
