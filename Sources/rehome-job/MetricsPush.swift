import DatabaseMigration
import Dispatch
import JobContract
import Logging
import MigrationReport
import ReceiptClient
import Synchronization

/// Pushes the run's metrics to a Pushgateway, every 15 seconds and at its end. It can neither fail the run nor hold it
/// up.
final class MetricsPush: Sendable {
    private struct State {
        var run = RunState()
        var isOver = false
        /// Another pod leads, and pushes the metrics of the run.
        var isHelper = false
        var hasComplained = false
    }

    private static let pause = DispatchTimeInterval.seconds(15)

    private let gateway: Pushgateway
    private let logger: Logger
    private let start = ContinuousClock.now
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "pushgateway")

    /// - Returns: `nil` if no gateway is configured.
    init?(_ settings: JobSettings, logger: Logger) {
        guard !settings.pushgateway.isEmpty else { return nil }
        gateway = Pushgateway(
            settings.pushgateway,
            labels: [("job", "rehome"), ("namespace", settings.namespace), ("instance", settings.instance)])
        self.logger = logger
    }

    func begin() { queue.async { [self] in push() } }

    func note(_ event: MigrationEvent) {
        let isTold = state.withLock { state in
            let before = state.run.phase
            switch event {
            case .helping: state.isHelper = true
            case .planned: state.isHelper = false
            default: break
            }
            state.run.note(event, at: start.secondsUntilNow)
            return state.run.phase != before
        }
        // A new phase is pushed at once, since a fence may be shorter than the pause.
        if isTold { queue.async { [self] in send(exitCode: nil) } }
    }

    /// How long the end of a run waits for the gateway.
    private static let patience = DispatchTimeInterval.milliseconds(500)

    /// Pushes the end of the run.
    func end(_ status: ExitStatus) {
        state.withLock { state in
            state.isOver = true
            if status != .success { state.run.fail() }
        }
        let isTold = DispatchSemaphore(value: 0)
        queue.async { [self] in
            send(exitCode: status.rawValue)
            isTold.signal()
        }
        _ = isTold.wait(timeout: .now() + Self.patience)
    }

    private func push() {
        guard !state.withLock({ $0.isOver }) else { return }
        send(exitCode: nil)
        queue.asyncAfter(deadline: .now() + Self.pause) { [self] in push() }
    }

    private func send(exitCode: Int32?) {
        guard state.withLock({ !$0.isHelper && (exitCode != nil || !$0.isOver) }) else { return }
        let run = state.withLock { $0.run }
        do {
            try gateway.push(Metrics.text(run, at: start.secondsUntilNow, exitCode: exitCode))
        } catch {
            let isFirst = state.withLock { state in
                defer { state.hasComplained = true }
                return !state.hasComplained
            }
            if isFirst { logger.warning("metrics cannot be pushed, and nothing depends on it: \(error)") }
        }
    }
}
