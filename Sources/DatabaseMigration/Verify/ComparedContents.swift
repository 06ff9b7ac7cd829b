import PostgresClient

/// Everything that is compared of one database, as one snapshot of one side sees it.
struct ComparedContents: Sendable {
    var catalog: SourceCatalog
    var tables: [RelationName: TableHash]
    var sequences: [SequenceValue]
    var largeObjects: ContentHash
    /// Tables whose rows are hidden from this role.
    var hidden: [RelationName]
    /// Rows of the materialized views that hold any.
    var viewRows: [RelationName: Int]

    var fingerprint: String { Fingerprint.of(tables: tables, sequences: sequences, largeObjects: largeObjects) }
}

/// Reads one side of a database from beginning to end, on a thread of its own.
actor ContentReader {
    private let executor = BlockingExecutor(label: "content reader")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter open: connects to the database.
    func read(open: @Sendable () throws(PostgresError) -> Connection) throws -> ComparedContents {
        let connection = try open()
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        let catalog = try SourceCatalog(reading: connection)
        var tables: [RelationName: TableHash] = [:]
        let hidden = try connection.query(
            """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
            """
        ).rows.map { $0.relation(0) }
        for table in catalog.tables where !hidden.contains(table.name) {
            tables[table.name] = try CopyStream.hash(table, at: connection)
        }
        var viewRows: [RelationName: Int] = [:]
        for view in catalog.materializedViews {
            viewRows[view] = try ReadLock.countRows(of: view, at: connection)
        }
        return ComparedContents(
            catalog: catalog, tables: tables, sequences: try SequenceValue.read(catalog.sequences, from: connection),
            largeObjects: try LargeObjects.hash(catalog.largeObjects, at: connection), hidden: hidden,
            viewRows: viewRows)
    }
}
