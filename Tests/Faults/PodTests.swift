import Glibc
import JobContract
import TestSupport
import Testing

extension Faults {
    /// Several pods of one Job, and one of them is ended.
    @Suite struct PodTests {
        /// What the pods write to each other, by a piece of the statement.
        enum Message: String, CaseIterable {
            case offer = "INSERT INTO rehome.task"
            case taking = "outcome IS NULL AND epoch ="
            /// A helper's index, which its server may go on with after its death.
            case building = "CREATE INDEX large_"
            case answer = "UPDATE rehome.task"
            case reading = "DELETE FROM rehome.task WHERE epoch"

            /// Whether it is the leader's, or a helper's.
            var isLeaders: Bool { self == .offer || self == .reading }
        }

        /// A source with tables that are worth a journey to another pod.
        private static func scene() async throws -> Scene {
            try await Scene.make(withEveryKind: false) { source, _ in
                for table in 1...4 {
                    try await source.psql(
                        """
                        CREATE TABLE large_\(table) (id int PRIMARY KEY, body text);
                        INSERT INTO large_\(table) SELECT g, repeat(md5(g::text), 6) FROM generate_series(1, 100000) g;
                        CREATE INDEX ON large_\(table) (md5(body))
                        """, database: "backstage_plugin_catalog")
                }
            }
        }

        @Test(.whenWhole, arguments: Message.allCases)
        func `a pod that is ended around what it writes to the other leaves all or nothing`(message: Message)
            async throws
        {
            let scene = try await Self.scene()
            for (instant, signal) in CommitTests.deaths {
                try await scene.reset()
                let proxy = try await TCPProxy.start(to: scene.target.port)
                try await proxy.hold(instant, message.rawValue)
                var cut = Self.pod(of: scene)
                cut[.targetPort] = "\(proxy.port)"
                let end: @Sendable (pid_t) async throws -> Void = { process in
                    try await proxy.untilHeld()
                    kill(process, signal)
                }
                let (leader, helper) =
                    message.isLeaders
                    ? try await Self.run(cut, Self.pod(of: scene), endLeader: end)
                    : try await Self.run(Self.pod(of: scene), cut, endHelper: end)
                #expect(try await proxy.isHeld(), "\(leader.output)\n\n\(helper.output)")
                await proxy.stop()
                try await check(leader, helper, scene)
            }
        }

        @Test(.whenWhole)
        func `a pod that is ended at a random instant leaves all or nothing`() async throws {
            let rounds = Faults.rounds / 5
            print("REHOME_FAULT_SEED=\(Faults.seed), \(rounds) rounds of two pods")
            var random = SeededGenerator(seed: Faults.seed)
            let scene = try await Self.scene()
            let clock = ContinuousClock()
            let length = try await clock.measure {
                let (leader, helper) = try await Self.run(Self.pod(of: scene), Self.pod(of: scene))
                #expect(leader.end == .success && helper.end == .success, "\(leader.output)\n\n\(helper.output)")
            }
            for round in 1...rounds {
                try await scene.reset()
                let instant = length * (Double(random.number(0...1000)) / 1000)
                let signal = random.chance(50) ? SIGKILL : SIGTERM
                let isLeader = random.chance(50)
                let end: @Sendable (pid_t) async throws -> Void = { process in
                    try await Task.sleep(for: instant)
                    kill(process, signal)
                }
                let (leader, helper) =
                    isLeader
                    ? try await Self.run(Self.pod(of: scene), Self.pod(of: scene), endLeader: end)
                    : try await Self.run(Self.pod(of: scene), Self.pod(of: scene), endHelper: end)
                print(
                    "round \(round): \(isLeader ? "leader" : "helper"), signal \(signal) after \(instant), status \(leader.status) and \(helper.status)"
                )
                try await check(leader, helper, scene)
            }
        }

        private static func pod(of scene: Scene) -> Job {
            var job = scene.job()
            job[.pods] = "2"
            job[.workers] = "2"
            return job
        }

        /// Runs a leader, and a helper as soon as there is something to copy. The leader stands still until the helper
        /// helps, or is at its end, so that there is something left to do for both however busy the machine is.
        private static func run(
            _ first: Job, _ second: Job, endLeader: @escaping @Sendable (pid_t) async throws -> Void = { _ in },
            endHelper: @escaping @Sendable (pid_t) async throws -> Void = { _ in }
        ) async throws -> (leader: Job.Result, helper: Job.Result) {
            let (leads, leading) = AsyncStream<Void>.makeStream()
            let (helps, helping) = AsyncStream<Void>.makeStream()
            async let leader = {
                defer { leading.finish() }
                return try await first.run(meanwhile: endLeader) { line, process in
                    guard line.contains("moving ") else { return }
                    await whileStopped(process) {
                        leading.finish()
                        for await _ in helps {}
                    }
                }
            }()
            for await _ in leads {}
            async let helper = {
                defer { helping.finish() }
                return try await second.run(meanwhile: endHelper) { line, _ in
                    if line.contains("another pod leads the migration; helping it") { helping.finish() }
                }
            }()
            return try await (leader, helper)
        }

        /// Whoever was not ended has published, or says that another attempt can.
        private func check(_ leader: Job.Result, _ helper: Job.Result, _ scene: Scene) async throws {
            for result in [leader, helper] where !(result.status == 128 + SIGTERM && result.output.isEmpty) {
                try await scene.check(result, ends: [.success, .retry], fence: .unknown)
            }
            try await scene.checkRecovery()
        }
    }
}
