import Synchronization

/// What the sessions of a history look at.
final class HistoryStage: Sendable {
    private struct State {
        /// Whether the Job is at work.
        var hasBegun = false
        /// Whether nobody makes trouble any more.
        var isCalm = false
        var isClosed = false
    }
    private let state = Mutex(State())

    var hasBegun: Bool { state.withLock { $0.hasBegun } }
    var isCalm: Bool { state.withLock { $0.isCalm } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    func begin() { state.withLock { $0.hasBegun = true } }
    func calm() { state.withLock { $0.isCalm = true } }
    func close() { state.withLock { ($0.isCalm, $0.isClosed) = (true, true) } }
}
