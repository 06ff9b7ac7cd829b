import JobContract
import PostgresClient

/// Refuses writes to the source's databases while they are copied and afterwards.
///
/// `ALTER DATABASE … SET default_transaction_read_only = on` holds for sessions that begin later, superusers
/// included, and reads go on; so the sessions that are open are ended. A session may still ask for read-write, which
/// is why ``Stillness`` is proved before publishing.
struct Fence {
    static let parameter = "default_transaction_read_only"

    /// Sets the fence, ends other sessions and waits until they are gone: `pg_terminate_backend` does not wait.
    ///
    /// - Returns: how many sessions were ended.
    /// - Throws: ``MigrationFailure`` when a session stays.
    static func raise(_ databases: [DatabaseName], at source: Connection) throws -> Int {
        for database in databases {
            try source.execute("ALTER DATABASE \(database.quoted) SET \(parameter) = on")
        }
        return try endSessions(in: databases, at: source)
    }

    /// Ends every session in these databases but Rehome's own, and waits until they are gone.
    ///
    /// Clients come back at once, as Backstage's pools do. A session that begins after the fence has been set is subject to
    /// it and may stay; so only those are waited for that were there before.
    static func endSessions(in databases: [DatabaseName], at source: Connection) throws -> Int {
        let others = """
            FROM pg_catalog.pg_stat_activity
            WHERE datname IN (\(databases.map { SQL.literal($0.text) as String }.joined(separator: ", ")))
              AND pid <> pg_catalog.pg_backend_pid()
              -- The kind of a foreign role's session is hidden from ordinary roles.
              AND (backend_type = 'client backend' OR backend_type IS NULL)
              AND application_name NOT LIKE 'rehome/%'
            """
        let moment = try source.query("SELECT pg_catalog.clock_timestamp()").value ?? ""
        let ended = try source.query("SELECT pid, pg_catalog.pg_terminate_backend(pid) \(others)").column
        // One that was beginning while the fence was set shows only later; its start tells.
        let before = "\(others) AND (pid = ANY ('{\(ended.joined(separator: ","))}'::int[]) OR backend_start < \(SQL.literal(moment) as String)::timestamptz)"
        // The wait is the server's, in short naps; 30 s are for a backend that is deep in a system call.
        for _ in 0..<300 {
            guard try source.query("SELECT count(pg_catalog.pg_terminate_backend(pid)) \(before)").integer ?? 0 > 0 else { return ended.count }
            try source.execute("SELECT pg_catalog.pg_stat_clear_snapshot(), pg_catalog.pg_sleep(0.1)")
        }
        let names = try source.query("SELECT DISTINCT datname || ' (' || usename || ', ' || application_name || ')' \(before)").column
        throw MigrationFailure(
            .retry, "\(source.place): sessions do not end: \(names.joined(separator: ", "))",
            advice: "Stop the program that holds them.")
    }

    /// Puts each database's setting back to what it was.
    static func lift(_ previous: [DatabaseName: String?], at source: Connection) throws(PostgresError) {
        for (database, value) in previous.sorted(by: { $0.key < $1.key }) {
            let change = value.map { "SET \(parameter) = \(SQL.literal($0))" } ?? "RESET \(parameter)"
            do {
                try source.execute("ALTER DATABASE \(database.quoted) \(change)")
            } catch {
                // Dropped since: nothing is left to be lifted.
                guard error.state == .noSuchDatabase else { throw error }
            }
        }
    }
}
