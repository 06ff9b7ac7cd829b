import PostgresClient

/// What belongs to a server or to its replication, and is not brought over.
enum ServerBound {
    private static let current: SQL =
        "(SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"

    /// - Parameters:
    ///   - connection: in the database.
    ///   - enabled: whether only those are wanted that are enabled, and so write whenever the publisher does.
    static func subscriptions(
        at connection: Connection, enabled: Bool = false
    ) throws(PostgresError) -> [Identifier] {
        try connection.query(
            "SELECT subname FROM pg_catalog.pg_subscription WHERE subdbid = \(current) AND (subenabled OR NOT \(enabled)) ORDER BY 1"
        ).names()
    }

    /// - Parameter connection: in the database.
    static func read(at connection: Connection) throws(PostgresError) -> [LeftOut] {
        let subscriptions = try subscriptions(at: connection)
        let labels = try connection.query(
            """
            SELECT provider, count(*) FROM (
                SELECT provider FROM pg_catalog.pg_seclabel
                UNION ALL SELECT provider FROM pg_catalog.pg_shseclabel WHERE classoid = 'pg_catalog.pg_database'::regclass AND objoid = \(current)
            ) labels GROUP BY 1 ORDER BY 1
            """
        ).rows
        let spaces = try connection.query(
            """
            SELECT t.spcname, count(o.oid) FROM pg_catalog.pg_tablespace t LEFT JOIN pg_catalog.pg_class o ON o.reltablespace = t.oid AND o.relkind <> 't'
            WHERE t.spcname <> 'pg_global' AND (o.oid IS NOT NULL
                OR t.spcname <> 'pg_default' AND t.oid = (SELECT dattablespace FROM pg_catalog.pg_database WHERE oid = \(current)))
            GROUP BY 1 ORDER BY 1
            """
        ).rows
        return subscriptions.map { LeftOut(.subscriptions, "subscription \($0)") }
            + labels.map {
                LeftOut(.securityLabels, "\($0.integer(1) ?? 0) labels of \($0.name(0) as Identifier)")
            }
            + spaces.map { row in
                let count = row.integer(1) ?? 0
                let what = count == 0 ? "the database" : "\(count) tables and indexes"
                return LeftOut(.tablespaces, "tablespace \(row.name(0) as Identifier) of \(what)")
            }
    }
}
