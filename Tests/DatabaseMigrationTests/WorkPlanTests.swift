import PostgresClient
import TestSupport
import Testing

@testable import DatabaseMigration

@Suite struct WorkPlanTests {
    private let large = DatabaseName("large")
    private let small = DatabaseName("small")
    private let megabyte = 1024 * 1024

    private func plan(openLimit: Int = 4) -> WorkPlan {
        WorkPlan(databases: [large: 100 * megabyte, small: megabyte], openLimit: openLimit)
    }

    @Test func `the largest database is opened first`() {
        var plan = plan()
        #expect(plan.next(for: 0) == .open(large))
        #expect(plan.next(for: 1) == .open(small))
        #expect(plan.next(for: 2) == nil)
    }

    @Test func `no more databases are open at once than allowed`() {
        var plan = plan(openLimit: 1)
        #expect(plan.next(for: 0) == .open(large))
        #expect(plan.next(for: 1) == nil)
    }

    @Test func `an index may start as soon as its own table is in, and the rest waits for all`() {
        var plan = plan(openLimit: 1)
        _ = plan.next(for: 0)
        plan.opened(large, .init(tables: [90 * megabyte, 10 * megabyte], indexes: [0: [7]], hasLargeObjects: false))
        #expect(plan.next(for: 0) == .copy(large, [0]))
        #expect(plan.next(for: 1) == .copy(large, [1]))
        plan.completed(.copy(large, [0]))
        #expect(plan.next(for: 0) == .index(large, 7))
        plan.completed(.copy(large, [1]))
        #expect(plan.next(for: 1) == nil)
        plan.completed(.index(large, 7))
        #expect(plan.next(for: 1) == .finish(large))
    }

    @Test func `a worker that works while others wait builds no index`() {
        var plan = plan(openLimit: 1)
        _ = plan.next(for: 0)
        plan.opened(large, .init(tables: [90 * megabyte, 10 * megabyte], indexes: [0: [7]], hasLargeObjects: false))
        _ = plan.next(for: 0)
        plan.completed(.copy(large, [0]))
        #expect(plan.next(for: 4, isExtra: true) == .copy(large, [1]))
        #expect(plan.next(for: 4, isExtra: true) == nil)
        #expect(plan.next(for: 0) == .index(large, 7))
    }

    @Test func `where the source is scarce, one database is read after the other`() {
        var plan = plan()
        #expect(plan.next(for: 0, isSourceScarce: true) == .open(large))
        // As long as it is being opened, no other one is.
        #expect(plan.next(for: 1, isSourceScarce: true) == nil)
        plan.opened(
            large, WorkPlan.Shape(tables: [80 * megabyte, 20 * megabyte], indexes: [:], hasLargeObjects: false))
        #expect(plan.next(for: 0, isSourceScarce: true) == .copy(large, [0]))
        #expect(plan.next(for: 1, isSourceScarce: true) == .copy(large, [1]))
        #expect(plan.next(for: 2, isSourceScarce: true) == nil)
        plan.completed(.copy(large, [1]))
        #expect(plan.next(for: 2, isSourceScarce: true) == nil)
        // What only the target works for does not hold up the next database.
        plan.completed(.copy(large, [0]))
        #expect(
            Set([plan.next(for: 0, isSourceScarce: true), plan.next(for: 1, isSourceScarce: true)])
                == [.finish(large), .open(small)])
    }

    @Test func `where the source is scarce, one index is built after the other`() {
        var plan = plan(openLimit: 1)
        _ = plan.next(for: 0)
        plan.opened(
            large, WorkPlan.Shape(tables: [80 * megabyte], indexes: [0: [7, 8]], hasLargeObjects: false))
        _ = plan.next(for: 0)
        plan.completed(.copy(large, [0]))
        let first = plan.next(for: 0, isSourceScarce: true)
        #expect([.index(large, 7), .index(large, 8)].contains(first))
        #expect(plan.next(for: 1, isSourceScarce: true) == nil)
        #expect(plan.next(for: 1) != nil)
    }

    @Test func `a snapshot is renewed while nobody reads by it, and before the database is finished`() {
        var plan = plan(openLimit: 1)
        #expect(plan.beginRenewal(of: large) == false)
        _ = plan.next(for: 0)
        #expect(plan.beginRenewal(of: large) == false)
        plan.opened(
            large, WorkPlan.Shape(tables: [80 * megabyte, 20 * megabyte], indexes: [0: [7]], hasLargeObjects: false))
        #expect(plan.next(for: 0) == .copy(large, [0]))
        #expect(plan.beginRenewal(of: large) == false)
        // It may take long until the table is read, so the other one does not wait for that.
        #expect(plan.next(for: 1) == .copy(large, [1]))
        plan.completed(.copy(large, [0]))
        plan.completed(.copy(large, [1]))
        #expect(plan.beginRenewal(of: large) == true)
        // Who builds indexes goes on.
        #expect(plan.next(for: 0) == .index(large, 7))
        plan.completed(.index(large, 7))
        #expect(plan.next(for: 0) == nil)
        plan.endRenewal(of: large, mustRestart: false)
        // It may be the turn of another renewal.
        #expect(plan.beginRenewal(of: large) == true)
        #expect(plan.next(for: 0) == nil)
        plan.endRenewal(of: large, mustRestart: false)
        #expect(plan.next(for: 0) == .finish(large))
        #expect(plan.beginRenewal(of: large) == false)
    }

    /// A plan whose large database is open, with two tables that are read in pieces.
    private func planInPieces() -> WorkPlan {
        var plan = plan(openLimit: 1)
        _ = plan.next(for: 0)
        plan.opened(
            large,
            WorkPlan.Shape(
                tables: [80 * megabyte, 20 * megabyte], inPieces: [0, 1], indexes: [:], hasLargeObjects: false))
        return plan
    }

    @Test func `what is read in pieces pauses for a renewal, and nothing else begins to read`() {
        var plan = planInPieces()
        let copy = WorkPlan.Item.copy(large, [0])
        #expect(plan.next(for: 0) == copy)
        #expect(plan.beginRenewal(of: large) == false)
        #expect(plan.isRenewalWanted(of: large) && plan.next(for: 1) == nil)
        plan.pause(copy)
        #expect(plan.beginRenewal(of: large) == true)
        #expect(plan.isRenewalWanted(of: large) && plan.next(for: 1) == nil)
        plan.endRenewal(of: large, mustRestart: false)
        plan.resume(copy)
        #expect(!plan.isRenewalWanted(of: large) && plan.next(for: 1) == .copy(large, [1]))
    }

    @Test func `what another pod reads cannot pause, so nothing waits for it`() {
        var plan = planInPieces()
        #expect(plan.offer { _ in true } == .copy(large, [0]))
        #expect(plan.beginRenewal(of: large) == false)
        #expect(!plan.isRenewalWanted(of: large) && plan.next(for: 1) == .copy(large, [1]))
    }

    @Test func `a pause ends where the database is begun again`() {
        var plan = planInPieces()
        let (first, second) = (WorkPlan.Item.copy(large, [0]), WorkPlan.Item.copy(large, [1]))
        #expect(plan.next(for: 0) == first && plan.next(for: 1) == second)
        #expect(plan.beginRenewal(of: large) == false)
        plan.pause(first)
        plan.restart(large, after: second)
        #expect(!plan.isRenewalWanted(of: large) && plan.beginRenewal(of: large) == false)
        plan.resume(first)
        plan.restart(large, after: first)
        #expect(plan.next(for: 0) == .open(large))
    }

    @Test func `a database whose schema has changed is begun again once nothing runs in it`() {
        var plan = plan(openLimit: 1)
        _ = plan.next(for: 0)
        plan.opened(
            large, WorkPlan.Shape(tables: [80 * megabyte], indexes: [0: [7, 8]], hasLargeObjects: false))
        _ = plan.next(for: 0)
        plan.completed(.copy(large, [0]))
        let index = plan.next(for: 0)
        #expect(plan.beginRenewal(of: large) == true)
        plan.endRenewal(of: large, mustRestart: true)
        #expect(plan.next(for: 1) == nil)
        if let index { plan.completed(index) }
        #expect(plan.next(for: 1) == .open(large))
    }

    @Test func `a large table is analysed when its last index is built, and before the rest`() {
        var plan = plan(openLimit: 1)
        _ = plan.next(for: 0)
        plan.opened(
            large,
            .init(
                tables: [90 * megabyte, 10 * megabyte], indexes: [0: [7, 8]], analyzed: [0, 1], hasLargeObjects: false))
        _ = plan.next(for: 0)
        _ = plan.next(for: 1)
        plan.completed(.copy(large, [1]))
        #expect(plan.next(for: 1) == .analyze(large, table: 1))
        plan.completed(.copy(large, [0]))
        #expect(Set([plan.next(for: 0), plan.next(for: 2)]) == [.index(large, 7), .index(large, 8)])
        plan.completed(.index(large, 7))
        #expect(plan.next(for: 0) == nil)
        plan.completed(.index(large, 8))
        #expect(plan.next(for: 0) == .analyze(large, table: 0))
        plan.completed(.analyze(large, table: 0))
        #expect(plan.next(for: 0) == nil)
        plan.completed(.analyze(large, table: 1))
        #expect(plan.next(for: 0) == .finish(large))
    }

    @Test func `a table that is cut is copied in parts, read back, compared, and then indexed`() {
        var plan = plan(openLimit: 1)
        _ = plan.next(for: 0)
        plan.opened(
            large,
            .init(tables: [90 * megabyte, 10 * megabyte], ranges: [0: 2], indexes: [0: [7]], hasLargeObjects: false))
        #expect(plan.next(for: 0) == .copyRange(large, table: 0, range: 0))
        #expect(plan.next(for: 1) == .copyRange(large, table: 0, range: 1))
        #expect(plan.next(for: 2) == .copy(large, [1]))
        plan.completed(.copy(large, [1]))
        plan.completed(.copyRange(large, table: 0, range: 1))
        #expect(plan.next(for: 1) == nil)
        plan.takeBack(.copyRange(large, table: 0, range: 0))
        #expect(plan.next(for: 1) == .copyRange(large, table: 0, range: 0))
        plan.completed(.copyRange(large, table: 0, range: 0))
        #expect(plan.next(for: 0) == .verifyRange(large, table: 0, range: 0))
        #expect(plan.next(for: 1) == .verifyRange(large, table: 0, range: 1))
        plan.completed(.verifyRange(large, table: 0, range: 0))
        #expect(plan.next(for: 0) == nil)
        plan.completed(.verifyRange(large, table: 0, range: 1))
        #expect(plan.next(for: 0) == .settle(large, table: 0))
        plan.completed(.settle(large, table: 0))
        #expect(plan.next(for: 0) == .index(large, 7))
        plan.completed(.index(large, 7))
        #expect(plan.next(for: 0) == .finish(large))
    }

    @Test func `small tables go together and an empty database is finished at once`() {
        var plan = plan()
        var items: [WorkPlan.Item] = []
        while let item = plan.next(for: 0) {
            items.append(item)
            switch item {
            case .open(large):
                plan.opened(
                    large, .init(tables: Array(repeating: 8192, count: 100), indexes: [:], hasLargeObjects: true))
            case .open: plan.opened(small, .init(tables: [], indexes: [:], hasLargeObjects: false))
            default: plan.completed(item)
            }
        }
        #expect(items.contains(.copy(large, Array(0..<64))) && items.contains(.copy(large, Array(64..<100))))
        #expect(items.contains(.largeObjects(large)))
        #expect(items.suffix(3) == [.open(small), .finish(large), .finish(small)])
        #expect(plan.isDone)
    }

    @Test func `the smallest index of a large database goes before a whole small one`() {
        var plan = plan()
        _ = plan.next(for: 0)
        plan.opened(large, .init(tables: [4 * megabyte, 4 * megabyte], indexes: [0: [3]], hasLargeObjects: false))
        _ = plan.next(for: 0)
        _ = plan.next(for: 1)
        plan.completed(.copy(large, [0]))
        #expect(plan.next(for: 0) == .index(large, 3))
        #expect(plan.next(for: 2) == .open(small))
    }

    @Test func `somebody always reads the source`() {
        var plan = plan()
        _ = plan.next(for: 0)
        plan.opened(large, .init(tables: [90 * megabyte], indexes: [0: [3, 4]], hasLargeObjects: false))
        #expect(plan.next(for: 0) == .copy(large, [0]))
        plan.completed(.copy(large, [0]))
        #expect(plan.next(for: 0) == .open(small))
        #expect(plan.next(for: 1) == .index(large, 3))
    }

    @Test func `where no more databases may be open, the lightest are finished first`() {
        var plan = WorkPlan(
            databases: [large: 100 * megabyte, small: megabyte, DatabaseName("third"): 0], openLimit: 2)
        _ = plan.next(for: 0)
        _ = plan.next(for: 1)
        plan.opened(large, .init(tables: [90 * megabyte], indexes: [0: [3, 4]], hasLargeObjects: false))
        plan.opened(small, .init(tables: [], indexes: [:], hasLargeObjects: false))
        #expect(plan.next(for: 0) == .copy(large, [0]))
        plan.completed(.copy(large, [0]))
        #expect(plan.next(for: 0) == .finish(small))
        #expect(plan.next(for: 1) == .index(large, 3))
        plan.completed(.finish(small))
        #expect(plan.next(for: 0) == .open(DatabaseName("third")))
    }

    @Test func `a stale database begins again after everything in it has ended`() throws {
        var plan = WorkPlan(databases: [large: megabyte], openLimit: 1)
        _ = plan.next(for: 0)
        plan.opened(
            large,
            .init(
                tables: [3 * megabyte, 3 * megabyte, 3 * megabyte, 3 * megabyte], indexes: [:], hasLargeObjects: false))
        let taken = [plan.next(for: 0), plan.next(for: 1), plan.next(for: 2)].compactMap(\.self)
        try #require(taken.count == 3)
        plan.restart(large, after: taken[0])
        #expect(plan.next(for: 0) == nil)
        #expect(plan.offer { _ in true } == nil)
        plan.completed(taken[1])
        #expect(plan.next(for: 0) == nil)
        plan.takeBack(taken[2])
        #expect(plan.next(for: 0) == .open(large))
        #expect(plan.next(for: 1) == nil)
        #expect(!plan.isDone)
    }

    /// Whatever the order in which workers finish, everything is done once and the plan comes to its end.
    @Test(arguments: 0..<50)
    func `every order of events ends`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let names = (0..<Int.random(in: 1...6, using: &random)).map { DatabaseName("d\($0)") }
        var plan = WorkPlan(
            databases: Dictionary(
                uniqueKeysWithValues: names.map { ($0, Int.random(in: 0...100, using: &random) * megabyte) }),
            openLimit: 2)
        var running: [WorkPlan.Item] = []
        var done: [WorkPlan.Item: Int] = [:]
        var steps = 0
        while !plan.isDone {
            steps += 1
            guard steps < 10_000 else {
                Issue.record("no end with seed \(seed)")
                return
            }
            if Bool.random(using: &random), let item = plan.next(for: Int.random(in: 0..<3, using: &random)) {
                running.append(item)
            } else if let index = running.indices.randomElement(using: &random) {
                let item = running.remove(at: index)
                done[item, default: 0] += 1
                if case .open(let name) = item {
                    let tables = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                        Int.random(in: 0...5, using: &random) * megabyte
                    }
                    let indexes = Dictionary(
                        uniqueKeysWithValues: tables.indices.prefix(5).map { ($0, [$0 * 2, $0 * 2 + 1]) })
                    let ranges = tables.indices.suffix(3).reduce(into: [:]) {
                        $0[$1] = Int.random(in: 2...5, using: &random)
                    }
                    let analyzed = Set(tables.indices.filter { _ in Bool.random(using: &random) })
                    plan.opened(
                        name,
                        .init(
                            tables: tables, ranges: ranges, indexes: indexes, analyzed: analyzed,
                            hasLargeObjects: Bool.random(using: &random)))
                } else {
                    plan.completed(item)
                }
            }
        }
        #expect(done.values.allSatisfy { $0 == 1 })
        #expect(running.isEmpty)
    }

    /// The same with tasks that come back undone, and databases that begin again.
    @Test(arguments: 0..<50)
    func `every order of events with tasks and restarts ends`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let names = (0..<Int.random(in: 1...4, using: &random)).map { DatabaseName("d\($0)") }
        var plan = WorkPlan(
            databases: Dictionary(
                uniqueKeysWithValues: names.map { ($0, Int.random(in: 0...100, using: &random) * megabyte) }),
            openLimit: 2)
        var running: [WorkPlan.Item] = []
        var restarts = 0
        /// Databases that are to begin again and have not.
        var stale: Set<DatabaseName> = []
        /// What has been done since the database was opened.
        var done: [DatabaseName: Set<WorkPlan.Item>] = [:]
        for _ in 0..<20_000 where !plan.isDone {
            let isShared = Int.random(in: 0..<4, using: &random) == 0
            if Bool.random(using: &random),
                let item = isShared
                    ? plan.offer(where: { _ in true }) : plan.next(for: Int.random(in: 0..<3, using: &random))
            {
                if case .open(let name) = item {
                    #expect(!running.contains { $0.database == name })
                    stale.remove(name)
                    done[name] = []
                }
                if case .analyze(let name, let table) = item {
                    #expect(done[name]?.isSuperset(of: [.index(name, 2 * table), .index(name, 2 * table + 1)]) == true)
                }
                #expect(!stale.contains(item.database))
                running.append(item)
            } else if let index = running.indices.randomElement(using: &random) {
                let item = running.remove(at: index)
                switch item {
                case .open(let name):
                    let tables = (0..<Int.random(in: 0...10, using: &random)).map { _ in
                        Int.random(in: 0...5, using: &random) * megabyte
                    }
                    let indexes = Dictionary(
                        uniqueKeysWithValues: tables.indices.prefix(5).map { ($0, [$0 * 2, $0 * 2 + 1]) })
                    plan.opened(
                        name,
                        .init(tables: tables, indexes: indexes, analyzed: Set(indexes.keys), hasLargeObjects: false))
                case .copy(let name, _) where restarts < 5 && Int.random(in: 0..<8, using: &random) == 0:
                    restarts += 1
                    stale.insert(name)
                    plan.restart(name, after: item)
                case .index where Int.random(in: 0..<4, using: &random) == 0:
                    plan.takeBack(item)
                default:
                    done[item.database]?.insert(item)
                    plan.completed(item)
                }
            }
        }
        #expect(plan.isDone, "seed \(seed)")
    }
}
