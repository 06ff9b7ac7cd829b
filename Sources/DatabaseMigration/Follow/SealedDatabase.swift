import PostgresClient

/// A database that is complete under its temporary name.
struct SealedDatabase: Sendable {
    var facts: DatabaseFacts
    var staging: StagingDatabase
    var contents: SealedContents
    /// The fingerprint of everything that was copied, and the same without the values of sequences.
    var fingerprint: String
    var rowsFingerprint: String
    /// How many rows of each table were copied.
    var rows: [RelationName: Int]
    /// What was changed on purpose, and the fingerprint after that; for the stamp.
    var changes: [DeliberateChange]
    var changedTables: [Stamp.ChangedTable]
    var publishedFingerprint: String
    var leftOut: [LeftOut]
    /// `nil` for a database that has no source.
    var schemas: SchemaHashes?
}
