import JobContract
import PostgresClient

/// Notices that a `pg_dump` waits for a server that will never answer.
///
/// `pg_dump` sets no deadline, and a large schema takes its time. So the server is asked over another connection
/// whether it is still at work, as ``Connection`` does for its own statements.
actor DumpWatch {
    private let executor = BlockingExecutor(label: "pg_dump watch")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let parameters: ConnectionParameters
    private let interrupt: Interrupt
    /// Time between two looks.
    private let interval: Duration
    private static let badLooks = 6

    /// - Parameter parameters: those of the `pg_dump`; its application name tells it from all other sessions.
    init(_ parameters: ConnectionParameters, interrupt: Interrupt, interval: Duration = .seconds(30)) {
        self.parameters = parameters
        self.interrupt = interrupt
        self.interval = interval
    }

    /// Returns once the `pg_dump` has made no progress for several looks.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func untilLost() async throws {
        var bad = 0
        var last: ByteText?
        while bad < Self.badLooks {
            try await Task.sleep(for: interval)
            let now = look()
            let isStill = now != nil && (now == "" || now == last)
            bad = isStill ? bad + 1 : 0
            last = now
        }
    }

    /// - Returns: a value that changes as long as the `pg_dump` makes progress; empty if its session is gone or the
    ///   server does not answer; `nil` if the session is busy, for however long.
    private func look() -> ByteText? {
        var own = parameters
        own.applicationName += " watch"
        guard let connection = try? Connection.open(own, interrupt: interrupt),
            let row = try? connection.query(
                """
                SELECT state = 'active' AND wait_event IS DISTINCT FROM 'ClientRead' AND wait_event IS DISTINCT FROM 'ClientWrite',
                       state || ' ' || state_change
                FROM pg_catalog.pg_stat_activity WHERE application_name = $1 AND datname = $2
                """, [ByteText(parameters.applicationName), parameters.database.text]
            ).rows.first
        else { return "" }
        return row.isTrue(0) ? nil : row[1] ?? ""
    }
}
