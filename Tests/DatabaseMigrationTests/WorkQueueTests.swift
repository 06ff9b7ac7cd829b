import JobContract
import PostgresClient
import Synchronization
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
    private func queue(
        isSourceScarce: @escaping @Sendable () -> Bool = { false }, othersWait: @escaping @Sendable () -> Bool
    ) -> WorkQueue {
        WorkQueue(
            databases: [facts("a"), facts("b")], restarts: [:], openLimit: 2, workers: 1,
            isSourceScarce: isSourceScarce, othersWait: othersWait)
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

    @Test(.timeLimit(.minutes(1))) func `a worker that waits for a scarce source goes on when it is scarce no longer`()
        async
    {
        let (asked, asking) = AsyncStream<Void>.makeStream()
        let isScarce = Mutex(true)
        let queue = queue(
            isSourceScarce: {
                asking.yield()
                return isScarce.withLock { $0 }
            }, othersWait: { true })
        var questions = asked.makeAsyncIterator()
        #expect(await queue.next(for: 0) != nil)
        await questions.next()
        // While one database is read, the other is not begun.
        let second = Task { await queue.next(for: 1) }
        await questions.next()
        isScarce.withLock { $0 = false }
        await queue.reconsider()
        #expect(await second.value != nil)
    }
}
