import SystemPackage

/// The databases of a Backstage instance with the plugins that RHDH brings, filled with rows in realistic proportions.
///
/// The rows are computed by the server and the same every time. The SQL is in `sql/backstage`, one file per plugin.
public enum BackstageDatabases {
    /// A database, the script with its own tables, and the rows of its migration lock tables.
    private struct Database {
        var name: String
        var script: String?
        /// `nil` for a database without knex's tables.
        var lockRows: String? = "{0}"
    }

    // The largest first, so that it does not end alone.
    private static let databases = [
        Database(name: "backstage_plugin_catalog", script: "catalog"),
        Database(name: "backstage_plugin_search", script: "search"),
        Database(name: "backstage_plugin_scaffolder", script: "scaffolder"),
        Database(name: "backstage_plugin_app", script: "app"),
        Database(name: "backstage_plugin_adoption-insights", script: "adoption-insights"),
        Database(name: "backstage_plugin_orchestrator", script: "orchestrator"),
        Database(name: "backstage_plugin_notifications", script: "notifications"),
        Database(name: "backstage_plugin_events", script: "events"),
        // Killed in the middle of a migration.
        Database(name: "backstage_plugin_auth", script: "auth", lockRows: "{1}"),
        // Filled by an earlier copy while the application was running: knex cannot lock two rows.
        Database(name: "backstage_plugin_permission", script: "permission", lockRows: "{0,0}"),
        Database(name: "backstage_plugin_user-settings", script: "user-settings"),
        Database(name: "backstage_plugin_proxy", script: nil),
        Database(name: "backstage_plugin_techdocs", script: nil, lockRows: "{}"),
        Database(name: "rhdh-ls", script: "lightspeed", lockRows: nil),
        Database(name: "backstage_plugin_healthcheck", script: nil, lockRows: nil),
    ]

    /// Their names, sorted.
    public static let names = databases.map(\.name).sorted()

    /// Creates and fills them.
    /// - Parameter scale: 1 makes some 750 MB with 30,000 catalog entities; 0.01 is enough to have rows everywhere.
    public static func create(on server: PostgresServer, scale: Double = 1) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, database) in databases.enumerated() {
                if index >= 2 { try await group.next() }
                group.addTask { try await create(database, on: server, scale: scale) }
            }
            try await group.waitForAll()
        }
    }

    private static func create(_ database: Database, on server: PostgresServer, scale: Double) async throws {
        try await server.psql("CREATE DATABASE :\"name\"", variables: ["name": database.name])
        for (script, lockRows) in [("shared", database.lockRows), (database.script, "")] {
            guard let script, let lockRows else { continue }
            let sql = try Checkout.here.appending("sql/backstage/\(script).sql").text()
            try await server.psql(
                "SET timezone = 'UTC';\n\(sql)", database: database.name,
                variables: ["scale": "\(scale)", "lock_rows": lockRows])
        }
        try await server.psql("VACUUM ANALYZE", database: database.name)
    }
}
