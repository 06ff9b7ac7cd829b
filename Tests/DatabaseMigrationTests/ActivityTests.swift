import Synchronization
import TestSupport
import Testing

@testable import DatabaseMigration

/// What a run says while nothing else is told.
@Suite struct ActivityTests {
    /// What was told, in the order in which it was.
    private final class Told: Sendable {
        private let words = Mutex<[(what: String, seconds: Double)]>([])

        var all: [(what: String, seconds: Double)] { words.withLock { $0 } }

        func note(_ event: MigrationEvent) {
            guard case .working(let what, let seconds) = event else { return }
            words.withLock { $0.append((what, seconds)) }
        }

        /// Waits until so much was said of something.
        func wait(for count: Int, of what: String) async throws {
            let isSaid = try await eventually { all.count(where: { $0.what == what }) >= count }
            #expect(isSaid, "\(what): \(all)")
        }
    }

    /// Another one, whose words show how often there was time for one.
    private struct Metronome {
        private let activity = Activity()
        private let told = Told()
        private let words: Task<Void, Never>

        init(every seconds: Double) {
            activity.begin("ticking")
            words = activity.tell(every: seconds, to: told.note)
        }

        /// How often it has spoken.
        var ticks: Int { told.all.count }

        /// Waits until it has spoken so often from now on.
        func wait(for more: Int) async throws { try await told.wait(for: ticks + more, of: "ticking") }

        func end() async {
            activity.end(words)
            await words.value
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `it is said again and again, each with its own time, and not where others tell or after the end`() async throws
    {
        let (activity, told) = (Activity(), Told())
        let metronome = Metronome(every: 0)
        // What was before the run, such as the wait for its window, is no time of its work.
        activity.begin("waiting for the window")
        try await metronome.wait(for: 2)
        let start = ContinuousClock.now
        activity.start()
        let words = activity.tell(every: 0, to: told.note)
        try await told.wait(for: 2, of: "connecting")
        let connected = start.secondsUntilNow
        activity.begin("looking")
        activity.begin("looking")
        try await told.wait(for: 2, of: "looking")
        let all = told.all
        #expect(!all.contains { $0.what == "waiting for the window" })
        let connecting = all.filter { $0.what == "connecting" }.map(\.seconds)
        #expect(connecting == connecting.sorted() && (connecting.dropFirst().first ?? .infinity) < connected)
        // Somebody else tells of it now, until the next begins.
        activity.begin(nil)
        let before = told.all.count
        activity.begin(nil)
        try await metronome.wait(for: 3)
        #expect(told.all.count <= before + 1)
        activity.end(words)
        await words.value
        await metronome.end()
    }

    @Test(.timeLimit(.minutes(1)))
    func `what was told just now by others is not told again`() async throws {
        let (activity, told) = (Activity(), Told())
        activity.start()
        let words = activity.tell(every: 2, to: told.note)
        // Longer than the interval, as the words of another one show, and never so long without a word.
        let metronome = Metronome(every: 2)
        let isLonger = try await eventually {
            activity.note(.proved(databases: 1))
            return metronome.ticks >= 3
        }
        #expect(isLonger && told.all.isEmpty)
        try await told.wait(for: 1, of: "connecting")
        activity.end(words)
        await words.value
        await metronome.end()
    }
}
