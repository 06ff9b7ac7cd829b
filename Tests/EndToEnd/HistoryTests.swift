import Glibc
import TestSupport
import Testing

/// Random histories at the source while everything is moved: whatever happens there, the target holds what the source
/// holds, or nothing is published and the Job says truly why.
///
/// The histories go on beside other tests, and beside each other. `make test-faults` plays 200 of them, or
/// `REHOME_FAULT_ROUNDS`; `REHOME_HISTORY_SEED` plays one again.
@Suite struct HistoryTests {
    private static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }

    private static let isWhole = getenv("REHOME_FAULTS") != nil
    private static let seeds: [UInt64] = {
        if let seed = number("REHOME_HISTORY_SEED") { return [seed] }
        let first = number("REHOME_FAULT_SEED") ?? UInt64.random(in: 0..<1_000_000_000)
        let all = (0...).lazy.map { first + UInt64($0) }
        // Beside other tests those without trouble, which end within seconds.
        return isWhole
            ? Array(all.prefix(Int(number("REHOME_FAULT_ROUNDS") ?? 200)))
            : Array(all.filter { !HistoryPlan(seed: $0).isTroublesome }.prefix(3))
    }()

    /// Histories between the same versions are played one after another, on the same servers. The seed tells the versions.
    struct Lane: Sendable, CustomTestStringConvertible {
        var number: Int
        var seeds: [UInt64]
        var pair: HistoryScene.Pair { HistoryScene.Pair.all[number] }
        var testDescription: String { "\(pair): \(seeds.count) histories from seed \(seeds.first ?? 0)" }
    }

    static let lanes = HistoryScene.Pair.all.indices.map { number in
        Lane(number: number, seeds: seeds.filter { Int($0 % UInt64(HistoryScene.Pair.all.count)) == number })
    }.filter { !$0.seeds.isEmpty }

    @Test(arguments: lanes)
    func `what is written while everything moves is at the target, or nothing is`(lane: Lane) async throws {
        var scene: HistoryScene?
        for seed in lane.seeds {
            let plan = HistoryPlan(seed: seed)
            let start = WallClock.now()
            do {
                let stage =
                    if let scene { scene } else {
                        try await HistoryScene(lane.pair, hasBusyAutovacuum: lane.number % 2 == 1)
                    }
                scene = stage
                let outcome = try await stage.play(plan)
                print("\(lane.pair), \(plan): \(outcome) in \(Int(WallClock.now() - start)) s")
            } catch {
                Issue.record(error, "\(lane.pair), \(plan)")
                // Whatever is the matter, the next one has servers of its own.
                scene = nil
            }
        }
    }
}
