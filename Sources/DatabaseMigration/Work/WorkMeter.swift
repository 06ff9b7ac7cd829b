import Synchronization

/// Counts what one item of work has done so far, for the progress that is reported meanwhile.
final class WorkMeter: Sendable {
    struct Count: Sendable {
        var rows = 0
        var bytes = 0
    }

    struct Reading: Sendable {
        /// Read at the source.
        var sent = Count()
        /// Read back at the target.
        var found = Count()
        /// Whether all has been sent.
        var isSent = false
        /// The backend at the target that works for it.
        var backend: Int?
        /// Which of its parts is being done; `nil` for an item that has none.
        var part: String?
    }

    enum Pass: Sendable { case sent, found }

    private let state = Mutex(Reading())

    var reading: Reading { state.withLock(\.self) }

    func add(_ rows: Int, _ bytes: Int, to pass: Pass) {
        state.withLock { state in
            switch pass {
            case .sent:
                state.sent.rows += rows
                state.sent.bytes += bytes
            case .found:
                state.found.rows += rows
                state.found.bytes += bytes
            }
        }
    }

    func allSent() { state.withLock { $0.isSent = true } }

    /// - Parameter what: such as `comparing the schema`.
    func begins(_ what: String) { state.withLock { $0.part = what } }

    func works(at backend: Int) { state.withLock { $0.backend = backend } }
}

/// Where a pass over rows is counted.
struct RowCounter: Sendable {
    var meter: WorkMeter
    var pass: WorkMeter.Pass

    func add(_ rows: Int, _ bytes: Int) { meter.add(rows, bytes, to: pass) }
}
