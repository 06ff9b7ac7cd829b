import JobContract
import PostgresClient

/// Hands heavy work of the leader to other pods, and collects their answers.
actor TaskDispatcher {
    private let executor = BlockingExecutor(label: "shared tasks")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let identity: MigrationIdentity
    private let sessions: Sessions
    private let control: DatabaseName
    private let epoch: Int
    private let interrupt: Interrupt
    private let report: EventSink
    /// Offered and not yet answered, by number.
    private var offered: [Int: WorkPlan.Item] = [:]

    init(
        identity: MigrationIdentity, sessions: Sessions, control: DatabaseName, epoch: Int, interrupt: Interrupt,
        report: @escaping EventSink
    ) {
        self.identity = identity
        self.sessions = sessions
        self.control = control
        self.epoch = epoch
        self.interrupt = interrupt
        self.report = report
    }

    /// Serves until the work is over.
    func serve(_ queue: WorkQueue) async {
        do {
            let shared = SharedQueue(connection: try sessions.openTarget(control))
            while await !queue.isOver {
                for (id, outcome) in try shared.answers(epoch: epoch) {
                    guard let item = offered.removeValue(forKey: id) else { continue }
                    await settle(outcome, of: item, in: queue)
                }
                var free = try shared.helpers(of: identity) - offered.count
                while free > 0, let (item, task) = await queue.offer() {
                    let id = try shared.offer(task, epoch: epoch)
                    offered[id] = item
                    await queue.offered(item, as: id)
                    free -= 1
                }
                if free < 0 { try await withdraw(from: shared, queue: queue) }
                // Sleeping at the server ends when the connection does.
                try shared.connection.execute("SELECT pg_catalog.pg_sleep(0.05)")
            }
        } catch {
            await queue.fail(error)
            interrupt.raise()
        }
    }

    /// Withdraws tasks that no pod has taken, since fewer helpers are left than tasks are offered. This pod does them.
    private func withdraw(from shared: SharedQueue, queue: WorkQueue) async throws {
        for (id, item) in offered where try shared.withdraw(id) {
            offered[id] = nil
            await queue.takeBack(item, staysLocal: false)
        }
    }

    private func settle(_ outcome: SharedTask.Outcome, of item: WorkPlan.Item, in queue: WorkQueue) async {
        switch outcome {
        case .copied(let tables, let seconds):
            var hashes: [RelationName: TableHash] = [:]
            for copied in tables {
                guard let hash = TableHash(copied.hash) else { return await queue.takeBack(item, staysLocal: true) }
                hashes[copied.table] = hash
                report(
                    .copied(
                        database: item.database, table: copied.table, rows: hash.base.rows, bytes: hash.base.bytes,
                        seconds: seconds, verifySeconds: 0))
            }
            await queue.completed(item, .copied(hashes))
        case .hashed(let text, let seconds):
            guard let hash = TableHash(text) else { return await queue.takeBack(item, staysLocal: true) }
            if case .verifyRange = item {
                await queue.completed(item, .verifiedRange(hash, seconds: seconds))
            } else {
                await queue.completed(item, .copiedRange(hash, seconds: seconds))
            }
        case .indexed:
            await queue.completed(item, .indexed)
        case .failed(let status, let message, let advice):
            if ExitStatus(rawValue: status) == .mismatch {
                await queue.fail(MigrationFailure(.mismatch, message, advice: advice))
                interrupt.raise()
            } else {
                report(.finding(.note("another pod could not do its part, which is done here now: \(message)")))
                await queue.takeBack(item, staysLocal: true)
            }
        }
    }
}
