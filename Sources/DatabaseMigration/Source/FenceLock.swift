import JobContract
import PostgresClient

/// The right to raise and to lift the fence: an advisory lock at the source, which one session of an attempt holds from
/// before the fence is raised until the attempt is over.
///
/// An attempt that is cut off from the target cannot learn there whether a newer one has begun. As long as this session
/// lives, it may lift its fence all the same: a newer attempt ends the session before it raises the fence itself.
struct FenceLock {
    let identity: MigrationIdentity

    private var key: Int64 { identity.lockKey }

    private var holders: SQL {
        """
        FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint << 32 | l.objid::bigint = \(key) AND l.objsubid = 1
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        """
    }

    /// Whose sessions are ended if they hold the lock.
    enum Holders {
        case anybody
        case attempt(named: String)
    }

    /// Takes the lock for as long as the session lives. Sessions that hold it are ended.
    ///
    /// - Parameter ending: whose sessions are ended. A newer attempt ends anybody's, and one that retreats only its
    ///   own.
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/retry`` if another session keeps it.
    func take(at source: Connection, ending: Holders) throws {
        let chosen: SQL =
            switch ending {
            case .anybody: "true"
            case .attempt(let name): "a.application_name = \(literal: name)"
            }
        for _ in 0..<100 {
            if try source.query("SELECT pg_catalog.pg_try_advisory_lock(\(key))").isTrue { return }
            try source.execute("SELECT pg_catalog.pg_terminate_backend(pid) \(holders) AND \(chosen)")
            try source.execute("SELECT pg_catalog.pg_sleep(0.1)")
        }
        let holder = try source.query(
            "SELECT a.application_name, coalesce(host(a.client_addr), 'a local socket') \(holders)"
        ).rows.first
        throw MigrationFailure(
            .retry,
            "\(source.place): another attempt of this migration owns the fence (\(holder.map { "\($0[0] ?? "") from \($0.text(1))" } ?? "unknown"))",
            advice: "Wait until it ends; the next attempt finds what it left.")
    }

    func isHeld(by source: Connection) throws(PostgresError) -> Bool {
        try source.query("SELECT EXISTS (SELECT \(holders) AND l.pid = pg_catalog.pg_backend_pid())").isTrue
    }
}
