import PostgresClient

/// The fingerprint of a database as it stands, comparable with the one in a stamp.
enum ContentFingerprint {
    /// Reads the whole database in one snapshot.
    static func read(at connection: Connection) throws -> String {
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        let catalog = try SourceCatalog(reading: connection)
        var hashes: [RelationName: TableHash] = [:]
        for table in catalog.tables { hashes[table.name] = try CopyStream.hash(table, at: connection) }
        let fingerprint = Fingerprint.of(
            tables: hashes, sequences: try SequenceValue.read(catalog.sequences, from: connection),
            largeObjects: catalog.largeObjects.isEmpty ? ContentHash() : try LargeObjects.hash(catalog.largeObjects, at: connection))
        try connection.execute("COMMIT")
        return fingerprint
    }
}
