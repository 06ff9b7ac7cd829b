import Dispatch
import JobContract
import PostgresClient
import TestSupport
import Testing

@testable import DatabaseMigration

@Suite struct SourcePaceTests {
    /// For how long sessions have waited in all when each gives a statement after the other.
    private func delays(of statements: Int, _ pace: SourcePace) -> [Duration] {
        (0..<statements).map { _ in pace.delayOfStatement() }
    }

    @Test func `nobody waits where there is no limit`() {
        let pace = SourcePace()
        #expect(!pace.isScarce)
        #expect(delays(of: 100, pace).allSatisfy { $0 == .zero })
        #expect(pace.delayOfRows(bytes: 1 << 30) == .zero)
    }

    @Test func `work is spread over as much time as the limit says`() {
        let pace = SourcePace()
        pace.adjust { _, _ in 0.1 }
        #expect(pace.isScarce)
        _ = pace.delayOfRows(bytes: 100_000_000)
        // A second of work takes ten seconds.
        let delay = pace.delayOfStatement()
        #expect(delay > .seconds(9.5) && delay <= .seconds(10), "\(delay)")
        pace.statementTook(.milliseconds(53))
        let next = pace.delayOfStatement()
        #expect(next > delay + .seconds(0.4) && next <= delay + .seconds(0.54), "\(next - delay)")
    }

    @Test func `a statement that waited for a lock costs no more than a long one`() {
        let pace = SourcePace()
        pace.adjust { _, _ in 1 }
        _ = pace.delayOfStatement()
        pace.statementTook(.seconds(600))
        #expect(pace.delayOfStatement() <= .milliseconds(100))
    }

    @Test func `a round does not wait behind the copy, which gets a quarter meanwhile`() {
        let pace = SourcePace()
        pace.adjust { _, _ in 0.1 }
        _ = pace.delayOfRows(bytes: 100_000_000)
        let rests = SourcePace.Rests()
        SourcePace.$rests.withValue(rests) {
            #expect(pace.delayOfStatement() < .milliseconds(1))
            _ = pace.delayOfRows(bytes: 10_000_000)
            let delay = pace.delayOfStatement()
            #expect(delay > .seconds(0.9) && delay < .seconds(1.1), "\(delay)")
        }
        #expect(rests.seconds > 0.9)
        let before = pace.delayOfRows(bytes: 10_000_000)
        let delay = pace.delayOfStatement()
        #expect(delay - before > .seconds(3.9) && delay - before < .seconds(4.1), "\(delay - before)")
    }

    @Test func `what was done since the last look is told, whether there is a limit or not`() {
        let pace = SourcePace()
        _ = pace.delayOfRows(bytes: 100_000_000)
        pace.adjust { work, wasLimited in
            #expect(work == 1 && !wasLimited)
            return 2
        }
        pace.adjust { work, wasLimited in
            #expect(work == 0 && wasLimited)
            return .infinity
        }
    }

    @Test func `the limit grows until an answer is late, falls by half then, and slowly grows again`() {
        var limit = PaceLimit()
        for _ in 0..<100 { limit.note(work: 1, isLate: false) }
        #expect(limit.seconds == PaceLimit.most)
        limit.note(work: 0.4, isLate: true)
        // What was allowed was far more than what was done.
        #expect(limit.seconds == PaceLimit.most * 0.1 * 0.5)
        limit.note(work: 0.4, isLate: true)
        #expect(limit.seconds == 0.4)
        limit.note(work: 0.4, isLate: false)
        #expect(limit.seconds > 0.4 && limit.seconds < 0.41)
    }

    @Test func `an answer tells nothing where no work was given, and the copy always goes on`() {
        var limit = PaceLimit()
        limit.note(work: 1, isLate: false)
        let before = limit.seconds
        limit.note(work: 0, isLate: true)
        #expect(limit.seconds == before && before > PaceLimit.least)
        for _ in 0..<100 { limit.note(work: 0.01, isLate: true) }
        #expect(limit.seconds == PaceLimit.least)
    }

    private struct OneHour: WorkPace {
        func delayOfStatement() -> Duration { .seconds(3600) }
        func statementTook(_ duration: Duration) {}
        func delayOfRows(bytes: Int) -> Duration { .zero }
    }

    @Test(.timeLimit(.minutes(1))) func `a session that waits for its turn ends when the run is stopped`() async throws
    {
        let server = try await PostgresServer.start()
        let settings = try JobSettings(environment: Job(from: server, to: server).environment)
        var parameters = ConnectionParameters(
            server: settings.source, database: "postgres", applicationName: "rehome/test", authority: .reader)
        parameters.pace = OneHour()
        let interrupt = Interrupt()
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.1) { interrupt.raise() }
        let error = #expect(throws: PostgresError.self) { _ = try Connection.open(parameters, interrupt: interrupt) }
        #expect(error?.kind == .interrupted)
    }
}

@Suite struct RecentAnswersTests {
    /// Seconds, as measured at a source that gets a quarter of a CPU in periods of 0.1 s, and at one on a busy machine.
    @Test(arguments: [
        ([0, 0.015, 0.076, 0.005, 0.048, 0, 0.06, 0.061, 0.03, 0, 0.022], true),
        ([0.004, 0, 0.004, 0, 0, 0.001, 0.005, 0, 0.008, 0, 0.09], false),
        ([], false),
    ])
    func `a server counts as slow by several answers of late`(seconds: [Double], areSlow: Bool) {
        let pace = SourcePace()
        for answer in seconds { pace.answered(in: answer) }
        #expect(pace.hasBeenSlow == areSlow)
        for _ in 0..<8 { pace.answered(in: 0.001) }
        #expect(pace.hasBeenSlow == areSlow)
    }
}
