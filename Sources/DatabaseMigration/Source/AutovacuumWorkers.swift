import PostgresClient

/// Autovacuum's workers in some databases. They take transaction identifiers, and a rename waits for them.
enum AutovacuumWorkers {
    /// Tells them to end, if this role is a superuser: they belong to no role (PostgreSQL manual, "Server Signaling
    /// Functions"). Autovacuum begins with their tables again later.
    ///
    /// - Returns: how many were told.
    static func end(in databases: [DatabaseName], at connection: Connection) throws(PostgresError) -> Int {
        try connection.query(ending(in: databases)).integer ?? 0
    }

    /// The statement that tells them, and counts them.
    static func ending(in databases: [DatabaseName]) -> SQL {
        // Within a transaction, `pg_stat_activity` would stay as it was first read (`pg_stat_clear_snapshot`).
        """
        SELECT count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(pid)), pg_catalog.pg_stat_clear_snapshot()
        FROM pg_catalog.pg_stat_activity
        WHERE datname = ANY (\(array: databases.map(\.text))) AND usesysid IS NULL AND backend_type = 'autovacuum worker'
          AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
        """
    }
}
