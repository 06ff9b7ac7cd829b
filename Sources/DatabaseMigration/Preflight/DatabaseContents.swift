import PostgresClient

/// What a look into one database of the source shows that could stand in the way.
struct DatabaseContents: Sendable {
    var tables: Int
    /// As the statistics estimate them.
    var rows: Int
    var extensions: [Identifier]
    /// Extensions that keep settings in tables of their own.
    var configuredExtensions: [Identifier]
    var subscriptions: Int

    init(reading connection: Connection) throws(PostgresError) {
        let counts = try connection.query(
            """
            SELECT count(*), coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            """
        ).rows.first
        tables = counts?.integer(0) ?? 0
        rows = counts?.integer(1) ?? 0
        let extensions = try connection.query("SELECT extname, extconfig IS NOT NULL FROM pg_catalog.pg_extension ORDER BY 1")
        self.extensions = extensions.names()
        configuredExtensions = extensions.rows.filter { $0.isTrue(1) }.map { $0.name(0) }
        subscriptions = try connection.query(
            """
            SELECT count(subdbid) FROM pg_catalog.pg_subscription
            WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            """
        ).integer ?? 0
    }
}
