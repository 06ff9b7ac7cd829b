import Glibc
import JobContract
import TestSupport
import Testing

extension Faults {
    /// The network does what networks do.
    @Suite struct NetworkTests {
        enum Side: String, CaseIterable { case source, target }
        enum Break: String, CaseIterable { case cut, reset }

        /// A Job whose connections to one server go through a proxy.
        private func job(of scene: Scene, through side: Side) async throws -> (Job, TCPProxy) {
            let proxy = try await TCPProxy.start(to: side == .source ? scene.source.port : scene.target.port)
            var job = scene.job()
            job[side == .source ? .sourcePort : .targetPort] = "\(proxy.port)"
            return (job, proxy)
        }

        @Test(.whenWhole, arguments: Side.allCases, Break.allCases)
        func `connections that break cost one attempt`(side: Side, how: Break) async throws {
            for text in ["moving 6 databases", "schema brought over", "built index", "everything is at the target"] {
                let scene = try await Scene.make()
                let (job, proxy) = try await job(of: scene, through: side)
                let moment = Moment(text)
                let result = try await job.run { line, process in
                    try await moment.at(line) {
                        try await whileStopped(process) {
                            switch how {
                            case .cut: try await proxy.cut()
                            case .reset: try await proxy.reset()
                            }
                        }
                    }
                }
                #expect(moment.hasCome)
                try await scene.check(result, ends: [.retry])
                try await scene.checkRecovery(job)
            }
        }

        @Test(.whenWhole, arguments: Side.allCases)
        func `a network that stands still for a while, or is slow, costs nothing but time`(side: Side) async throws {
            let scene = try await Scene.make()
            let (job, proxy) = try await job(of: scene, through: side)
            try await proxy.delay(seconds: 0.005)
            let moment = Moment("schema brought over")
            let result = try await job.run { line, _ in
                try await moment.at(line) {
                    try await proxy.stall()
                    try await Task.sleep(for: .seconds(4))
                    try await proxy.resume()
                }
            }
            #expect(moment.hasCome)
            try await scene.check(result, ends: [.success])
            try await scene.checkPublished()
        }

        @Test(.whenWhole, arguments: Side.allCases)
        func `SIGTERM ends a Job within ten seconds though the network stands still`(side: Side) async throws {
            let scene = try await Scene.make()
            let (job, proxy) = try await job(of: scene, through: side)
            let moment = Moment("schema brought over")
            var asked = ContinuousClock.now
            let result = try await job.run { line, process in
                try await moment.at(line) {
                    try await proxy.stall()
                    asked = .now
                    kill(process, SIGTERM)
                }
            }
            #expect(moment.hasCome)
            #expect(asked.duration(to: .now) < .seconds(10), "\(result.output)")
            try await proxy.resume()
            // Nothing reaches a source that nothing reaches.
            try await scene.check(result, ends: [.retry], fence: side == .source ? .unknown : .lifted)
            try await scene.checkRecovery(job)
        }

        @Test(.whenWhole)
        func `an answer to the publication's COMMIT that is lost is looked for, not guessed`() async throws {
            let scene = try await Scene.make()
            let (job, proxy) = try await job(of: scene, through: .target)
            try await proxy.reset(after: "\u{b}COMMIT")
            let result = try await job.run()
            #expect(result.output.contains("the answer to COMMIT was lost"), "\(result.output)")
            try await scene.check(result, ends: [.success])
            try await scene.checkPublished()
        }

        @Test func `a row that is corrupted on its way is found, and nothing is published`() async throws {
            let scene = try await Scene.make()
            let (job, proxy) = try await job(of: scene, through: .target)
            try await proxy.corrupt("a genuine session")
            let result = try await job.run()
            #expect(result.output.contains("backstage_plugin_auth.public.sessions"), "\(result.output)")
            try await scene.check(result, ends: [.mismatch])
            try await scene.checkRecovery(job)
        }
    }
}
