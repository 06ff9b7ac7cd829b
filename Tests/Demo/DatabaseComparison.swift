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

        let locks = try await target.psql(Self.lockQuery, database: database).split(separator: "\n")
        let areLocksFree = locks.allSatisfy { $0 == "1|0" }

        let size = try await source.value(of: "SELECT pg_database_size(current_database())", database: database)
        let tables = compared.filter { !$0.hasSuffix("_seq") && $0 != "large objects" }
        row = [
            database, megabytes(Int(size) ?? 0), "\(tables.count)",
            "\(tables.reduce(0) { $0 + (before[$1]?.rows ?? 0) })",
            isSameSchema ? "same" : "differs", different.isEmpty ? "same" : "differs", "\(locks.count) free",
        ]
        isSame = isSameSchema && different.isEmpty && before.keys == after.keys && areLocksFree
        difference =
            ([isSameSchema ? nil : "schema", areLocksFree ? nil : "migration locks"].compactMap(\.self) + different)
            .joined(separator: ", ")
    }

    /// How many rows each of knex's lock tables has, and how many of them say that somebody holds the lock.
    private static let lockQuery = #"""
        SELECT format('SELECT count(*), sum(is_locked) FROM %s', oid::regclass)
        FROM pg_class WHERE relkind = 'r' AND relname LIKE '%knex\_migrations\_lock'
        \gexec
        """#
}
