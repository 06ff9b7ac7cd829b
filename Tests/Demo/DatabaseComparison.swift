import TestSupport

/// How a database at the target stands to the one at the source.
struct DatabaseComparison {
    let row: [String]
    let isSame: Bool
    /// Where they differ, for the error.
    let difference: String

    init(of database: String, source: PostgresServer, target: PostgresServer) async throws {
        async let sourceSchema = source.schema(of: database, dumpedBy: source.installation)
        async let targetSchema = target.schema(of: database, dumpedBy: source.installation)
        let isSameSchema = try await sourceSchema == targetSchema

        async let sourceContents = source.contents(of: database)
        async let targetContents = target.contents(of: database)
        let (before, after) = try await (sourceContents, targetContents)
        let compared = before.keys.filter { !$0.contains("knex_migrations_lock") }
        let different = compared.filter { before[$0] != after[$0] }.sorted()

        let size = try await source.value(of: "SELECT pg_database_size(current_database())", database: database)
        let tables = compared.filter { !$0.hasSuffix("_seq") && $0 != "large objects" }
        row = [
            database, megabytes(Int(size) ?? 0), "\(tables.count)", "\(tables.reduce(0) { $0 + (before[$1]?.rows ?? 0) })",
            isSameSchema ? "same" : "DIFFERENT", different.isEmpty ? "same" : "DIFFERENT",
        ]
        isSame = isSameSchema && different.isEmpty && before.keys == after.keys
        difference = isSameSchema ? different.joined(separator: ", ") : "schema"
    }
}
