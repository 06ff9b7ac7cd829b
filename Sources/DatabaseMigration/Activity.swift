import Synchronization

/// What a run is doing at this moment, for a word now and then while nothing else is told.
final class Activity: Sendable {
    private struct State {
        /// `nil` while somebody else tells of it.
        var what: String?
        var since = ContinuousClock.now
        var told = ContinuousClock.now
    }

    private let state = Mutex(State())

    /// - Parameter what: goes on a sentence that begins with "still at work:"; `nil` where others tell how far things are.
    func begin(_ what: String?) {
        state.withLock { state in
            if state.what != what { (state.what, state.since) = (what, .now) }
        }
    }

    /// Begins a run: what comes before it, such as the wait for its window, took no time of its work.
    func start() {
        state.withLock { $0 = State(what: "connecting") }
    }

    func note(_ event: MigrationEvent) {
        guard Self.isTold(event) else { return }
        state.withLock { $0.told = .now }
    }

    /// Says what is being done, again and again, until the task is cancelled.
    func tell(every seconds: Double, to report: EventSink) async {
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { return }
            let event = state.withLock { state -> MigrationEvent? in
                guard let what = state.what, state.told.secondsUntilNow >= seconds else { return nil }
                return .working(on: what, seconds: state.since.secondsUntilNow)
            }
            if let event { report(event) }
        }
    }

    /// Whether every log has a line of it: what is small is for those who want to see everything.
    private static func isTold(_ event: MigrationEvent) -> Bool {
        switch event {
        case .copied, .rechecked, .indexed, .analyzed: false
        case .round(let round): round.isWorthTelling
        default: true
        }
    }
}
