import PostgresClient

/// What a look into one database of the source shows that could stand in the way.
struct DatabaseContents: Sendable {
    var tables: Int
    /// As the statistics estimate them.
    var rows: Int
    var extensions: [String]
    /// Extensions that keep settings in tables of their own.
    var configuredExtensions: [String]
    var subscriptions: Int

    init(reading connection: Connection) throws(PostgresError) {
        let counts = try connection.query(
            """
            SELECT count(*), coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            """
        ).rows.first ?? []
        tables = counts.first.flatMap { $0 }.flatMap { Int($0) } ?? 0
        rows = counts.last.flatMap { $0 }.flatMap { Int($0) } ?? 0
        let extensions = try connection.query("SELECT extname, extconfig IS NOT NULL FROM pg_catalog.pg_extension ORDER BY 1")
        self.extensions = extensions.column
        configuredExtensions = extensions.rows.filter { $0.last == "t" }.compactMap { $0.first ?? nil }
        subscriptions = try connection.query(
            """
            SELECT count(subdbid) FROM pg_catalog.pg_subscription
            WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            """
        ).integer ?? 0
    }
}
