import PostgresClient

/// Where rows are copied from and to: all that is needed to open a session on either side.
struct CopySite: Codable, Sendable {
    /// The name at the source, which is also the final name at the target.
    var database: DatabaseName
    var staging: DatabaseName
    /// The settings under which the schema computes values at the target.
    var values: ValueSettings
    /// Counts how often the database was begun again.
    var restarts: Int
    /// The exported snapshot. It is valid as long as the session lives that exported it, in whatever pod that is.
    var snapshot: String
    /// Tables that TRUNCATE refuses, since foreign keys of the target point to them.
    var referenced: [RelationName]
}

/// An index that is built on its own.
struct IndexBuild: Codable, Sendable {
    /// ``SchemaScript/Entry/key`` of the index's entry.
    var key: String
    /// ``SchemaScript/Entry/title`` of that entry.
    var title: String
    /// The index's name, for messages.
    var label: String
    var definition: DumpedStatement
    var tableBytes: Int
}
