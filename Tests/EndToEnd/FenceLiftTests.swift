import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Pools connect again at once when their sessions are ended, so they have read-only ones while a fence stands. Wherever
    /// it is lifted, Backstage must write again within seconds, with no restart.
    @Suite struct FenceLiftTests {
        /// How a fence ends with nothing published.
        enum End: CaseIterable {
            /// The attempt is stopped, and retreats.
            case stopped
            /// It is killed, and a person releases the fence.
            case released
            /// It is killed, and the next attempt lifts the fence for as long as it copies.
            case takenOver
        }

        private static let databasesWithClients =
            "SELECT count(DISTINCT datname) FROM pg_stat_activity WHERE application_name = 'backstage'"

        /// How many transactions have been committed in each database.
        private static func written(at server: PostgresServer) async throws -> [String: Int] {
            var counts: [String: Int] = [:]
            for database in BackstageDatabases.names {
                counts[database] = Int(
                    try await server.value(of: "SELECT count(*) FROM live_ledger", database: database))
            }
            return counts
        }

        @Test(arguments: End.allCases)
        func `writers from pools write again within seconds after the fence is lifted`(end: End) async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await BackstageDatabases.create(on: source, scale: 0.01)
            let backstage = try await LiveBackstage.start(on: source, rate: 4)
            let job = Job(from: source, to: target)
            // Everything is sealed then, the fence stands, and nothing is published.
            let proxy = try await TCPProxy.start(to: target.port)
            try await proxy.hold(.before, "LOCK TABLE rehome.attempt")
            var held = job
            held[.targetPort] = "\(proxy.port)"
            let first = try await held.run(
                meanwhile: { process in
                    try await proxy.untilHeld()
                    // The fence has ended all of their sessions, so whoever is there has come back under it.
                    let haveMet = try await eventually {
                        try await source.value(of: Self.databasesWithClients) == "\(BackstageDatabases.names.count)"
                    }
                    #expect(haveMet)
                    kill(process, end == .stopped ? SIGTERM : SIGKILL)
                }, onLine: { _, _ in })
            #expect(end == .stopped ? first.end == .retry : first.status == 128 + SIGKILL, "\(first.output)")
            switch end {
            case .stopped: break
            case .released:
                var release = job
                release.arguments = ["release"]
                #expect(try await release.run().end == .success)
            case .takenOver:
                var next = job
                next[.cutover] = CutoverPolicy.onCommand.rawValue
                let second = try await next.run { line, process in
                    if line.contains("the fence waits for") { kill(process, SIGTERM) }
                }
                #expect(second.end == .retry && second.output.contains("fence lifted"), "\(second.output)")
            }
            let before = try await Self.written(at: source)
            let writeAgain = try await eventually(within: .seconds(10)) {
                try await Self.written(at: source).allSatisfy { $0.value > before[$0.key, default: 0] }
            }
            #expect(writeAgain)
            let record = await backstage.stop()
            let refusals = record.refusals()
            #expect(!refusals.isEmpty)
            for (database, refusals) in refusals {
                #expect(refusals.allSatisfy { $0.end != nil }, "\(database) takes no writes any more: \(refusals)")
            }
            #expect(try await record.contradictions(at: source).isEmpty)
        }
    }
}
