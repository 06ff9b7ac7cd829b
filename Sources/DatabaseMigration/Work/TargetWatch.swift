import JobContract
import PostgresClient

/// What the target's server says of a statement that it runs.
struct TargetWork: Sendable, Equatable {
    /// The phase, in the server's words; empty for a copy.
    var phase = ""
    /// How much of the statement is done; `nil` where the server does not say.
    var fraction: Double?
    /// Of a copy: rows that went in.
    var sent = 0
    /// Of a copy: rows that were read back.
    var found = 0
}

/// The statements that the target runs, by who asked for them.
struct TargetLook: Sendable {
    /// By the backend's PID.
    var backends: [Int: TargetWork] = [:]
    /// Those for tasks that other pods have taken, by the tasks' numbers.
    var tasks: [Int: TargetWork] = [:]
}

/// Asks the target how far it is with index builds, ANALYZE and the copies of other pods (PostgreSQL manual, "Progress
/// Reporting").
actor TargetWatch {
    private let executor = BlockingExecutor(label: "target watch")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let sessions: Sessions
    /// What the application names of this migration's helpers begin with.
    private let helpers: String
    private var connection: Connection?
    /// How far each backend's scan of a table was at the last look.
    private var scans: [Int: Double] = [:]

    init(sessions: Sessions, identity: MigrationIdentity) {
        self.sessions = sessions
        helpers = SharedQueue.helperName(of: identity, attempt: "")
    }

    /// - Returns: nothing if the target does not say.
    func look() -> TargetLook {
        if connection == nil { connection = try? sessions.openTarget(DatabaseName(sessions.target.database)) }
        guard let open = connection, let rows = try? open.query(Self.query(version: open.majorVersion)).rows else {
            connection = nil
            return TargetLook()
        }
        var look = TargetLook()
        var scanned: [Int: Double] = [:]
        for row in rows {
            guard let backend = row.integer(0) else { continue }
            var work = TargetWork(phase: row.text(2))
            // An index build scans, sorts and loads. The server counts the blocks of the scan and the tuples of the
            // load, each from 0.
            var share = row.integer(3).map { Double($0) / 1000 }
            if work.phase.hasPrefix("loading") {
                share = share.map { 0.6 + 0.4 * $0 }
            } else if work.phase.hasPrefix("sorting") {
                share = 0.5
            } else {
                // At its first block a scan says that it is through (`heapam_scan_get_blocks_done`).
                if let whole = share, whole >= 1, scans[backend, default: 0] == 0 { share = 0 }
                scanned[backend] = share
                if row.isTrue(4) { share = share.map { 0.5 * $0 } }
            }
            work.fraction = share
            work.sent = row.integer(5) ?? 0
            work.found = row.integer(6) ?? 0
            look.backends[backend] = work
            if row.text(1).hasPrefix(helpers), let task = SharedQueue.task(ofName: row.text(1)) {
                look.tasks[task] = work
            }
        }
        scans = scanned
        return look
    }

    /// Columns: PID, application name, phase, thousandths done, whether sorting follows, rows in, rows out.
    private static func query(version: Int) -> SQL {
        var parts: [SQL] = [
            """
            SELECT pid, pg_catalog.regexp_replace(phase, '^building index: ', ''),
                   CASE WHEN phase LIKE '%loading%' THEN 1000 * tuples_done / nullif(tuples_total, 0)
                        ELSE 1000 * blocks_done / nullif(blocks_total, 0) END,
                   phase LIKE '%scanning table%', 0, 0
            FROM pg_catalog.pg_stat_progress_create_index
            """
        ]
        if version >= 13 {
            parts.append(
                """
                SELECT pid, phase, CASE WHEN phase LIKE 'computing%' OR phase LIKE 'finalizing%' THEN 900
                                        ELSE 900 * sample_blks_scanned / nullif(sample_blks_total, 0) END, false, 0, 0
                FROM pg_catalog.pg_stat_progress_analyze
                """)
        }
        if version >= 14 {
            parts.append(
                """
                SELECT pid, '', NULL, false, CASE command WHEN 'COPY FROM' THEN tuples_processed ELSE 0 END,
                       CASE command WHEN 'COPY TO' THEN tuples_processed ELSE 0 END
                FROM pg_catalog.pg_stat_progress_copy
                """)
        }
        return """
            SELECT p.pid, a.application_name, p.phase, p.share, p.sorts, p.sent, p.found
            FROM (\(parts.joined(separator: " UNION ALL "))) p (pid, phase, share, sorts, sent, found)
            JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
            """
    }
}
