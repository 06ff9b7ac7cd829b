import PostgresClient

/// Where rows are copied from and to: all that is needed to open a session on either side.
struct CopySite: Codable, Sendable {
    /// The name at the source, which is also the final name at the target.
    var database: DatabaseName
    var staging: DatabaseName
    /// By what the schema computes at the target.
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
    /// The entry's, as a name in the state.
    var key: String
    /// The entry's, for messages.
    var title: String
    /// The index's own name.
    var label: String
    var definition: DumpedStatement
    var tableBytes: Int
}
