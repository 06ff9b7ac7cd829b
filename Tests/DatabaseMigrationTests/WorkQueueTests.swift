import JobContract
import PostgresClient
import Testing

@testable import DatabaseMigration

@Suite struct WorkQueueTests {
    private func facts(_ name: DatabaseName) -> DatabaseFacts {
        DatabaseFacts(
            name: name, owner: "owner", encoding: "UTF8", collate: "C", characterType: "C", localeProvider: "c",
            isTemplate: false, allowsConnections: true, admitsUs: true, isClosedByLimit: false, connectionLimit: -1,
            bytes: 1, settings: [])
    }

    /// A queue of two databases for one worker and extra ones.
    private func queue(othersWait: @escaping @Sendable () -> Bool) -> WorkQueue {
        WorkQueue(
            databases: [facts("a"), facts("b")], restarts: [:], openLimit: 2, workers: 1, isSourceScarce: { false },
            othersWait: othersWait)
    }

    @Test func `an extra worker works while others wait for a server`() async {
        let queue = queue { true }
        #expect(await queue.next(for: 0) != nil)
        #expect(await queue.next(for: 1) != nil)
    }

    @Test(.timeLimit(.minutes(1))) func `an extra worker rests while nobody waits`() async {
        let (asked, asking) = AsyncStream<Void>.makeStream()
        let queue = queue {
            asking.finish()
            return false
        }
        let extra = Task { await queue.next(for: 1) }
        for await _ in asked {}
        // What is left to do is left to the worker.
        #expect(await queue.next(for: 0) != nil)
        #expect(await queue.next(for: 0) != nil)
        await queue.fail(CancellationError())
        #expect(await extra.value == nil)
        #expect(queue.end.isRaised)
    }
}
