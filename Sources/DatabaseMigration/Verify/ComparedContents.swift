import PostgresClient

/// Everything that is compared of one database, as one snapshot of one side sees it.
struct ComparedContents: Sendable {
    var catalog: SourceCatalog
    var tables: [RelationName: TableHash]
    var sequences: [SequenceValue]
    var largeObjects: ContentHash
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
        for table in catalog.tables { tables[table.name] = try CopyStream.hash(table, at: connection) }
        var viewRows: [RelationName: Int] = [:]
        for view in catalog.materializedViews {
            viewRows[view] = try connection.query("SELECT count(*) FROM \(view)").integer ?? 0
        }
        return ComparedContents(
            catalog: catalog, tables: tables, sequences: try SequenceValue.read(catalog.sequences, from: connection),
            largeObjects: try LargeObjects.hash(catalog.largeObjects, at: connection), viewRows: viewRows)
    }
}
