import PostgresClient

/// The fingerprint of a database as it stands, comparable with those in a stamp.
struct ContentFingerprint {
    /// The fingerprint of everything.
    let all: String
    /// The same without the values of sequences.
    let rows: String

    /// Reads the whole database in one snapshot.
    init(reading connection: Connection) throws {
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        let catalog = try SourceCatalog(reading: connection)
        var hashes: [RelationName: TableHash] = [:]
        for table in catalog.tables {
            hashes[table.name] = try CopyStream.hash(table, at: connection, isSnapshot: true)
        }
        let sequences = try connection.readingWithoutLocks {
            try SequenceValue.read(catalog.sequences, from: connection)
        }
        let largeObjects =
            catalog.largeObjects.isEmpty ? ContentHash() : try LargeObjects.hash(catalog.largeObjects, at: connection)
        try connection.execute("COMMIT")
        all = Fingerprint.of(tables: hashes, sequences: sequences, largeObjects: largeObjects)
        rows = Fingerprint.ofRows(tables: hashes, largeObjects: largeObjects)
    }
}
