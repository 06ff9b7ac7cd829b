import JobContract
import PostgresClient

/// Sessions of other programs in some databases of the source, from before a moment such as the fence, which must end.
///
/// Clients come back at once, as Backstage's pools do. The fence holds for a session that begins after it has been set,
/// so only the sessions from before are waited for.
struct EarlierSessions {
    /// From `FROM pg_stat_activity` on: other programs' sessions in the databases.
    private let others: SQL
    private let databases: [DatabaseName]
    /// The source's clock; sessions that began later are not waited for.
    private let moment: ByteText
    /// Those that were told to end and may show a later beginning.
    private let processes: [Int]
    let count: Int
    /// Whether those that are at rest were left alone (``init(leftOpenIn:at:)``).
    let areLeftOpen: Bool

    /// Tells every session in these databases to end, except those of this process.
    ///
    /// - Parameter sparesForeign: leaves those alone that this role may not end. Otherwise they are an error.
    /// - Throws: ``CutOverDelay`` when a session is still beginning at the deadline, ``MigrationFailure`` when one may not
    ///   be ended.
    init(
        in databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline, sparesForeign: Bool = false
    ) throws {
        self.databases = databases
        areLeftOpen = false
        guard !databases.isEmpty else {
            (others, moment, processes, count) = ("", "-infinity", [], 0)
            return
        }
        others = Self.others(in: databases, at: source, onlyEndable: sparesForeign)
        moment = try source.query("SELECT pg_catalog.clock_timestamp()").value ?? "infinity"
        try Self.awaitBeginnings(in: databases, at: source, until: deadline)
        processes = try Self.end(others, at: source)
        count = processes.count
    }

    /// Leaves sessions alone that have been made read-only (``OpenSessionFence``). A transaction that began before gets
    /// a moment to end. If it does not, its session is told to.
    ///
    /// - Throws: ``MigrationFailure`` when a session may not be ended.
    init(leftOpenIn databases: [DatabaseName], at source: Connection) throws {
        self.databases = databases
        areLeftOpen = !databases.isEmpty
        guard !databases.isEmpty else {
            (others, moment, processes, count) = ("", "-infinity", [], 0)
            return
        }
        others = Self.others(in: databases, at: source, onlyEndable: false)
        let first = try source.query("SELECT pg_catalog.clock_timestamp(), (SELECT count(*) \(others))").rows.first
        (moment, count) = (first?[0] ?? "infinity", first?.integer(1) ?? 0)
        let busy: SQL = "\(others) AND xact_start < \(literal: moment)::timestamptz"
        for look in 0..<10 {
            let nap: SQL = look == 0 ? "0" : "0.004"
            let results = try source.execute("SELECT pg_catalog.pg_sleep(\(nap)); SELECT pid \(busy)")
            guard results.last?.rows.isEmpty == false else {
                processes = []
                return
            }
        }
        processes = try Self.end(busy, at: source)
    }

    /// Statements that tell sessions that were left open to end, and look whether they are at rest (``areAtRest(_:)``).
    ///
    /// A session that waits for its client is as good as gone then: before it does what the client says next, it looks
    /// whether it is to end (PostgreSQL's `PostgresMain`).
    var ending: SQL {
        """
        BEGIN; SELECT count(*) FROM (\(Self.beginning(in: databases))) b;
        SELECT count(pg_catalog.pg_terminate_backend(pid)) \(others) AND \(isFromBefore); COMMIT;
        BEGIN; SELECT count(*) \(others) AND \(isFromBefore)
          AND coalesce(state, '') NOT IN ('idle', 'idle in transaction', 'idle in transaction (aborted)'); COMMIT
        """
    }

    /// Whether none of the sessions can do anything any more.
    ///
    /// - Parameter results: of ``ending``.
    static func areAtRest(_ results: [QueryResult]) -> Bool {
        let counts = results.compactMap(\.integer)
        return counts.count == 3 && counts[0] == 0 && counts[2] == 0
    }

    private var isFromBefore: SQL { "backend_start < \(literal: moment)::timestamptz" }

    /// Makes sure that every session may be ended, before any write is refused.
    ///
    /// - Throws: ``MigrationFailure`` that names those that may not.
    static func requireEndable(in databases: [DatabaseName], at source: Connection) throws {
        let foreign = try names(
            of: "\(others(in: databases, at: source, onlyEndable: false)) AND NOT \(mayBeEnded)", at: source)
        guard foreign.isEmpty else { throw mayNotEnd(foreign, at: source) }
    }

    /// Sessions of clients in these databases, except those of this process.
    private static func others(in databases: [DatabaseName], at source: Connection, onlyEndable: Bool) -> SQL {
        let own = source.parameters.register?.backends(at: source.parameters.serverLabel) ?? []
        return """
            FROM pg_catalog.pg_stat_activity
            WHERE datname = ANY (\(array: databases.map(\.text)))
              AND pid <> pg_catalog.pg_backend_pid() AND NOT pid = ANY (\(array: own))
              -- The kind of a foreign role's session is hidden from ordinary roles. Autovacuum has no role.
              AND (backend_type = 'client backend' OR backend_type IS NULL AND usesysid IS NOT NULL)
              \(onlyEndable ? "AND \(mayBeEnded)" : "")
            """
    }

    /// Whom `pg_terminate_backend` lets this role end (PostgreSQL manual, "Server Signaling Functions").
    private static let mayBeEnded: SQL = """
        coalesce((SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
                 OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = usesysid AND r.rolsuper)
                    AND (pg_catalog.pg_has_role(usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')),
                 false)
        """

    /// Tells sessions to end.
    ///
    /// - Parameter nap: for how many seconds the server waits before.
    /// - Returns: their processes.
    private static func end(_ sessions: SQL, at source: Connection, after nap: SQL = "0") throws -> [Int] {
        do {
            let results = try source.execute(
                """
                SELECT pg_catalog.pg_sleep(\(nap));
                SELECT pid, pg_catalog.pg_terminate_backend(pid) \(sessions)
                """)
            return results.last?.rows.compactMap { $0.integer(0) } ?? []
        } catch {
            guard error.state == .insufficientPrivilege else { throw error }
            throw mayNotEnd(try names(of: "\(sessions) AND NOT \(mayBeEnded)", at: source), at: source)
        }
    }

    private static func mayNotEnd(_ names: String, at source: Connection) -> MigrationFailure {
        MigrationFailure(
            .personMustAct,
            "\(source.place): the source's role may not end these sessions in what is moved, so they could go on writing: \(names)",
            advice:
                "Only a superuser ends a superuser's session. Another role's is ended by that role's members and those of pg_signal_backend. End it, or give spec.source a role that may."
        )
    }

    /// Waits until every session that is just beginning shows in `pg_stat_activity`: it may have read the database's
    /// settings before the fence was set. Until it shows, it holds a lock on its database (PostgreSQL's
    /// `InitPostgres`).
    private static func awaitBeginnings(
        in databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline
    ) throws {
        let beginning = beginning(in: databases)
        var waited = Set(try source.query(beginning).rows.compactMap { $0.integer(0) })
        for _ in 0..<naps {
            guard !waited.isEmpty else { return }
            guard !deadline.hasPassed else { throw CutOverDelay.tooLong(doing: "sessions at the source did not begin") }
            try source.execute("SELECT pg_catalog.pg_sleep(0.004)")
            waited.formIntersection(try source.query(beginning).rows.compactMap { $0.integer(0) })
        }
    }

    private static func beginning(in databases: [DatabaseName]) -> SQL {
        """
        SELECT DISTINCT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.objid
        WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass
          AND l.mode = 'RowExclusiveLock' AND l.granted AND d.datname = ANY (\(array: databases.map(\.text)))
        """
    }

    private static let naps = 600

    /// Waits until those are gone that were told to end.
    ///
    /// - Throws: as ``awaitEnd(at:until:)``.
    func awaitEndOfBusy(at source: Connection, until deadline: FenceDeadline) throws {
        guard !processes.isEmpty else { return }
        try awaitEnd(of: "\(others) AND pid = ANY (\(array: processes))", at: source, until: deadline)
    }

    /// Waits until the sessions from before are gone, and tells those that are still there to end once more.
    ///
    /// - Throws: ``MigrationFailure`` when a session stays, ``CutOverDelay`` when it stays until the deadline.
    func awaitEnd(at source: Connection, until deadline: FenceDeadline) throws {
        guard !databases.isEmpty else { return }
        if areLeftOpen { try Self.awaitBeginnings(in: databases, at: source, until: deadline) }
        try awaitEnd(
            of: "\(others) AND (pid = ANY (\(array: processes)) OR \(isFromBefore))", at: source, until: deadline)
    }

    private func awaitEnd(of sessions: SQL, at source: Connection, until deadline: FenceDeadline) throws {
        // The server does the waiting, in short naps. A backend that is deep in a system call gets 30 s.
        for look in 0..<Self.naps {
            // Most are gone within milliseconds, and many before this is called.
            let nap: SQL = look == 0 ? "0" : look < 50 ? "0.004" : "0.05"
            guard try !Self.end(sessions, at: source, after: nap).isEmpty else { return }
            guard !deadline.hasPassed else { throw CutOverDelay.tooLong(doing: "sessions at the source did not end") }
        }
        throw MigrationFailure(
            .retry, "\(source.place): sessions do not end: \(try Self.names(of: sessions, at: source))",
            advice: "Stop the program that holds them.")
    }

    /// The databases, roles and programs of some sessions.
    private static func names(of sessions: SQL, at source: Connection) throws(PostgresError) -> String {
        try source.query("SELECT DISTINCT datname, usename, application_name \(sessions)").rows.map { row in
            "\(row.name(0) as DatabaseName) (\(row.name(1) as RoleName), \(row[2] ?? ""))"
        }.joined(separator: ", ")
    }
}
