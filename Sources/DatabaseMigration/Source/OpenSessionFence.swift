import JobContract
import PostgresClient

/// Makes sessions that are open read-only without ending them, through the server's configuration (PostgreSQL manual,
/// ALTER SYSTEM and `pg_reload_conf`).
///
/// Backstage's pools connect again at once when their sessions end. On a small source that takes most of the time for
/// which the fence stands. A parameter in the configuration reaches open sessions with their next transaction, so they
/// need to end only when everything is brought over, just before the proof.
///
/// No proof relies on it. If somebody writes all the same, ``Stillness`` shows it, and the sessions are ended before the
/// next last round.
enum OpenSessionFence {
    /// Writes the entry into the configuration, which has no effect before a reload.
    static let writing: SQL = "ALTER SYSTEM SET \(Fence.parameter) = on"
    private static let removing: SQL = "ALTER SYSTEM RESET \(Fence.parameter)"
    /// Has the server load its configuration, soon.
    static let reloading: SQL = "SELECT pg_catalog.pg_reload_conf()"

    /// Whether the configuration may be used: the role may change it, nothing else sets the parameter, a reload changes
    /// nothing else, and all databases of the server move, apart from the server's own and Rehome's.
    ///
    /// - Parameters:
    ///   - databases: those that move.
    ///   - all: all of the source.
    ///   - hasRestored: whether this attempt has changed the configuration before, and changed it back. The server has
    ///     loaded that within the second in which the file was written.
    static func isPossible(
        for databases: Set<DatabaseName>, among all: [DatabaseFacts], hasRestored: Bool, at source: Connection
    ) throws(PostgresError) -> Bool {
        let isShared = all.contains { database in
            guard database.takesConnections, !database.isTemplate, !databases.contains(database.name) else {
                return false
            }
            return database.name != "postgres" && DatabaseMark(comment: database.comment) == nil
        }
        guard !isShared,
            try source.query("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").isTrue
        else { return false }
        return try source.query(
            """
            SELECT coalesce(current_setting('allow_alter_system', true), 'on') = 'on'
              -- What a role or a database sets beats the configuration.
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting, pg_catalog.unnest(setconfig) c WHERE c LIKE 'default_transaction_read_only=%')
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_file_settings WHERE name = 'default_transaction_read_only' OR error IS NOT NULL)
              -- Times of files are cut to seconds, so a file of the same second may have been written later.
              AND (SELECT pg_catalog.bool_and(written < loaded OR \(hasRestored) AND written = loaded AND file LIKE '%/postgresql.auto.conf')
                   FROM (SELECT sourcefile FROM pg_catalog.pg_file_settings
                         UNION SELECT current_setting('hba_file') UNION SELECT current_setting('ident_file')) files (file),
                        pg_catalog.date_trunc('second', pg_catalog.pg_conf_load_time()) loaded,
                        LATERAL (SELECT modification FROM pg_catalog.pg_stat_file(file, true)) status (written))
            """
        ).isTrue
    }

    /// Waits for about a second at most until the server has told its sessions of the new configuration. Each reads the
    /// file itself before it does what its client says next, so the entry has to stay.
    ///
    /// - Parameter loaded: when the server had loaded its configuration before.
    /// - Returns: whether the server has loaded it.
    static func awaitReload(since loaded: ByteText, at source: Connection) throws(PostgresError) -> Bool {
        for attempt in 0..<400 {
            // A session loads the configuration between two messages. Ours is told about when the others are.
            let results = try source.execute(
                """
                SELECT pg_catalog.pg_sleep(\(attempt == 0 ? "0" : "0.002"));
                SELECT pg_catalog.pg_conf_load_time() > \(literal: loaded)::timestamptz
                """)
            if results.last?.isTrue == true { return true }
        }
        return false
    }

    /// Undoes what an attempt has done to the configuration, however far it has come.
    static func lift(at source: Connection) throws(PostgresError) {
        // On a disk that cannot be written to there is no entry, and removing one would fail.
        let isWritten = try source.query(
            """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_file_settings
                           WHERE name = 'default_transaction_read_only' AND sourcefile LIKE '%/postgresql.auto.conf')
            """
        ).isTrue
        if isWritten { try source.execute(removing) }
        try source.execute(reloading)
    }
}
