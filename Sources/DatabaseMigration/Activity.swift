import Synchronization

/// What a run is doing at this moment. It is reported now and then, as long as there is no other event to log.
public final class Activity: Sendable {
    private struct State {
        /// `nil` while other events tell how far the work is.
        var work: String?
        /// How far the work is; called whenever it is reported.
        var detail: (@Sendable () -> String)?
        var since = ContinuousClock.now
        var lastTold = ContinuousClock.now
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - work: goes on a sentence that begins with "still at work:"; `nil` while other events tell how far the work
    ///     is.
    ///   - detail: how far the work is, for the end of the sentence; may be empty.
    public func begin(_ work: String?, detail: (@Sendable () -> String)? = nil) {
        state.withLock { state in
            if state.work != work { (state.work, state.since) = (work, .now) }
            state.detail = detail
        }
    }

    /// Runs what has no events of its own, and reports every 15 seconds what it is doing.
    ///
    /// - Parameters:
    ///   - work: what `body` does first; see ``begin(_:detail:)``.
    ///   - report: receives the events.
    ///   - body: calls ``begin(_:detail:)`` for what comes next.
    public static func telling<Result: Sendable>(
        _ work: String, to report: @escaping EventSink, _ body: (Activity) async throws -> Result
    ) async rethrows -> Result {
        let activity = Activity()
        activity.begin(work)
        let telling = activity.tell(every: Migration.logInterval) { event in
            activity.note(event)
            report(event)
        }
        defer { activity.end(telling) }
        return try await body(activity)
    }

    /// Begins a run. What came before, such as the wait for its window, does not count as time of its work.
    func start() {
        state.withLock { $0 = State(work: "connecting") }
    }

    func note(_ event: MigrationEvent) {
        guard Self.isTold(event) else { return }
        state.withLock { $0.lastTold = .now }
    }

    /// Reports what is being done whenever there was no other event for a while, until ``end(_:)``.
    func tell(every seconds: Double, to report: @escaping EventSink) -> Task<Void, Never> {
        // Not on the caller's actor, which is blocked while a server thinks.
        Task.detached { await self.keepTelling(every: seconds, to: report) }
    }

    func end(_ telling: Task<Void, Never>) {
        begin(nil)
        telling.cancel()
    }

    private func keepTelling(every seconds: Double, to report: EventSink) async {
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { return }
            let now: State? = state.withLock { $0.work == nil || $0.lastTold.secondsUntilNow < seconds ? nil : $0 }
            guard let now, let work = now.work else { continue }
            let detail = now.detail?() ?? ""
            report(.working(on: detail.isEmpty ? work : "\(work) \(detail)", seconds: now.since.secondsUntilNow))
        }
    }

    /// Whether every log has a line for the event. Minor events are for those who want to see everything.
    private static func isTold(_ event: MigrationEvent) -> Bool {
        switch event {
        case .copied, .rechecked, .indexed, .analyzed: false
        case .round(let round): round.isWorthTelling
        default: true
        }
    }
}
