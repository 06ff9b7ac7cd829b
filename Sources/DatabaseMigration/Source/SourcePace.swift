import PostgresClient
import Synchronization

/// How much work all sessions together may give the source: so many seconds of work in each second. Work is measured by
/// how long the source takes to answer.
///
/// There is no limit until one is set. Rounds come first, since they let go of old snapshots, which make the source
/// slow. While rounds have work, the copy gets a quarter of the limit besides.
final class SourcePace: WorkPace {
    private struct State {
        var limit = Double.infinity
        /// When the work that was given so far will be done, if the source works at the limit.
        var free: (copy: ContinuousClock.Instant, round: ContinuousClock.Instant)
        /// Seconds of work since ``adjust(_:)`` was called last.
        var work = 0.0
        var answers = RecentAnswers()

        init() {
            let before = ContinuousClock.now - SourcePace.memory
            free = (before, before)
        }

        /// Gives work to the copy or to a round.
        ///
        /// - Returns: when it may begin.
        mutating func give(_ seconds: Double, inRound: Bool, now: ContinuousClock.Instant) -> ContinuousClock.Instant {
            work += seconds
            guard limit.isFinite else { return now }
            let share = !inRound && free.round + SourcePace.memory > now ? limit / 4 : limit
            let start = max(now, inRound ? free.round : free.copy)
            let end = start + .seconds(seconds / share)
            if inRound { free.round = end } else { free.copy = end }
            return start
        }
    }

    /// Adds up for how long a task has waited.
    final class Rests: Sendable {
        private let sum = Mutex(0.0)
        var seconds: Double { sum.withLock { $0 } }
        func add(_ delay: Duration) { sum.withLock { $0 += delay / .seconds(1) } }
    }

    /// Where a round's waits are added up; `nil` outside of a round.
    @TaskLocal static var rests: Rests?

    /// For how long after its work was done a round counts as busy.
    private static let memory = Duration.milliseconds(200)

    /// Seconds that a statement is taken to need until it is answered. Statements that wait for their turn are this far
    /// apart, so they do not all begin at once.
    private static let usualStatement = 0.003
    /// A statement counts as no more seconds of work than this: it may have waited for a lock, or behind others.
    private static let longestStatement = 0.1
    /// What a server with nothing else to do sends of a COPY in a second, roughly.
    private static let bytesPerSecond = 100_000_000.0

    private let state = Mutex(State())

    /// Whether the limit is less than what one session could do.
    var isScarce: Bool { state.withLock { $0.limit < 1 } }
    /// Whether there is a limit: somebody else is connected to the source.
    var isLimited: Bool { state.withLock { $0.limit.isFinite } }
    /// Whether the source has let others wait at some time, as it does with a part of a CPU.
    var hasBeenSlow: Bool { state.withLock { $0.answers.haveBeenSlow } }

    /// Notes how many seconds the source took for the answer to a small query.
    func answered(in seconds: Double) { state.withLock { $0.answers.note(seconds) } }

    func delayOfStatement() -> Duration { delay(of: Self.usualStatement) }

    func delayOfRows(bytes: Int) -> Duration { delay(of: Double(bytes) / Self.bytesPerSecond) }

    func statementTook(_ duration: Duration) {
        let seconds = min(duration / .seconds(1), Self.longestStatement) - Self.usualStatement
        state.withLock { _ = $0.give(seconds, inRound: Self.rests != nil, now: .now) }
    }

    /// - Returns: how long to wait before the work may be given.
    private func delay(of seconds: Double) -> Duration {
        let now = ContinuousClock.now
        let start = state.withLock { $0.give(seconds, inRound: Self.rests != nil, now: now) }
        let delay = now.duration(to: start)
        Self.rests?.add(delay)
        return delay
    }

    /// Changes the limit.
    ///
    /// - Parameter change: returns the new limit. It is told the seconds of work since the last change, and whether
    ///   there was a limit meanwhile.
    func adjust(_ change: (_ work: Double, _ wasLimited: Bool) -> Double) {
        state.withLock { state in
            state.limit = change(state.work, state.limit.isFinite)
            state.work = 0
        }
    }
}

/// How soon a server has answered small queries of late.
struct RecentAnswers {
    private var areLate: [Bool] = []
    /// Whether several answers in a short time were slow. What a slow source does not send while the target is busy,
    /// it sends afterwards, so it stays slow although it answers soon then.
    private(set) var haveBeenSlow = false

    /// An answer that takes more seconds is slow. A server whose CPU is limited answers when it gets its next share,
    /// which takes up to 0.1 s (Linux, `cpu.cfs_period_us`); one that is merely busy answers within 0.01 s.
    private static let slow = 0.02
    /// Of so many answers, so many must be slow.
    private static let (window, most) = (8, 3)

    mutating func note(_ seconds: Double) {
        areLate.append(seconds > Self.slow)
        if areLate.count > Self.window { areLate.removeFirst() }
        if areLate.count(where: { $0 }) >= Self.most { haveBeenSlow = true }
    }
}
