import JobContract
import PostgresClient

/// Refuses writes to the source's databases while they are copied and afterwards.
///
/// `ALTER DATABASE … SET default_transaction_read_only = on` holds for sessions that begin later, superusers
/// included, and reads go on; so the sessions that are open are ended. A session may still ask for read-write, which
/// is why ``Stillness`` is proved before publishing.
struct Fence {
    static let parameter: Identifier = "default_transaction_read_only"

    /// Sets the fence, ends other sessions and waits until they are gone: `pg_terminate_backend` does not wait.
    ///
    /// - Returns: how many sessions were ended.
    /// - Throws: ``MigrationFailure`` when a session stays, ``CutOverDelay`` when it stays until the deadline.
    static func raise(_ databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline) throws -> Int {
        guard !databases.isEmpty else { return 0 }
        // One message, so one transaction: the fence stands before all databases or before none.
        try source.execute(
            databases.map { "ALTER DATABASE \($0) SET \(parameter) = on" as SQL }.joined(separator: "; "))
        return try endSessions(in: databases, at: source, until: deadline)
    }

    /// Ends every session in these databases but those of this process, and waits until they are gone.
    ///
    /// Clients come back at once, as Backstage's pools do. A session that begins after the fence has been set is subject to
    /// it and may stay; so only those are waited for that were there before.
    static func endSessions(
        in databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline = FenceDeadline(seconds: nil)
    ) throws -> Int {
        let own = source.parameters.register?.backends(at: source.parameters.serverLabel) ?? []
        let others: SQL = """
            FROM pg_catalog.pg_stat_activity
            WHERE datname = ANY (\(array: databases.map(\.text)))
              AND pid <> pg_catalog.pg_backend_pid() AND NOT pid = ANY (\(array: own))
              -- The kind of a foreign role's session is hidden from ordinary roles.
              AND (backend_type = 'client backend' OR backend_type IS NULL)
            """
        let moment = try source.query("SELECT pg_catalog.clock_timestamp()").value
        let ended = try source.query("SELECT pid, pg_catalog.pg_terminate_backend(pid) \(others)").rows.compactMap {
            $0.integer(0)
        }
        // One that was beginning while the fence was set shows only later; its start tells.
        let before: SQL =
            "\(others) AND (pid = ANY (\(array: ended)) OR backend_start < \(literal: moment)::timestamptz)"
        // The wait is the server's, in short naps; 30 s are for a backend that is deep in a system call.
        for turn in 0..<600 {
            guard try source.query("SELECT count(pg_catalog.pg_terminate_backend(pid)) \(before)").integer ?? 0 > 0
            else { return ended.count }
            guard !deadline.hasPassed else { throw CutOverDelay.tooLong(doing: "sessions at the source did not end") }
            // Most are gone within milliseconds.
            let nap: SQL = turn < 50 ? "0.004" : "0.05"
            try source.execute("SELECT pg_catalog.pg_stat_clear_snapshot(), pg_catalog.pg_sleep(\(nap))")
        }
        let names = try source.query("SELECT DISTINCT datname, usename, application_name \(before)").rows.map { row in
            "\(row.name(0) as DatabaseName) (\(row.name(1) as RoleName), \(row[2] ?? ""))"
        }
        throw MigrationFailure(
            .retry, "\(source.place): sessions do not end: \(names.joined(separator: ", "))",
            advice: "Stop the program that holds them.")
    }

    /// Puts each database's setting back to what it was, and ends the sessions that began under the fence: the setting holds
    /// for sessions that begin later, and what Backstage's pools have opened meanwhile would stay read-only for good.
    ///
    /// - Returns: how many sessions were ended.
    @discardableResult
    static func lift(_ previous: [DatabaseName: ByteText?], at source: Connection) throws -> Int {
        for (database, value) in previous.sorted(by: { $0.key < $1.key }) {
            let change: SQL = value.map { "SET \(parameter) = \(literal: $0)" } ?? "RESET \(parameter)"
            do {
                try source.execute("ALTER DATABASE \(database) \(change)")
            } catch {
                // Dropped since: nothing is left to be lifted.
                guard error.state == .noSuchDatabase else { throw error }
            }
        }
        guard !previous.isEmpty else { return 0 }
        return try endSessions(in: previous.keys.sorted(), at: source)
    }
}
