import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Pools connect again at once when their sessions are ended, so they have read-only ones while a fence stands. Wherever
    /// it is lifted, Backstage must write again within seconds, with no restart.
    @Suite struct FenceLiftTests {
        /// How a fence is lifted.
        enum End: CaseIterable {
            /// The attempt is stopped, and retreats.
            case stopped
            /// The same on the way back, where the server that was moved to is fenced.
            case stoppedOnTheWayBack
            /// It is killed, and a person releases the fence.
            case released
            /// It is killed, and the next attempt lifts the fence for as long as it copies.
            case takenOver
            /// The fence has stood for longer than it may.
            case tooLong
            /// Everything is published, and a person goes back to the source all the same.
            case releasedAfterPublishing
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
            var source = try await PostgresServer.start()
            var target = try await PostgresServer.start()
            try await BackstageDatabases.create(on: source, scale: 0.01)
            var job = Job(from: source, to: target)
            if end == .stoppedOnTheWayBack {
                #expect(try await job.run().end == .success)
                (source, target) = (target, source)
                job = Job(from: source, to: target)
                job[.direction] = Direction.rollback.rawValue
            }
            let backstage = try await LiveBackstage.start(on: source, rate: 4)
            switch end {
            case .stopped, .stoppedOnTheWayBack:
                #expect(try await Self.end(job, source, target, with: SIGTERM).end == .retry)
            case .released:
                #expect(try await Self.end(job, source, target, with: SIGKILL).status == 128 + SIGKILL)
                job.arguments = ["release"]
                #expect(try await job.run().end == .success)
            case .takenOver:
                #expect(try await Self.end(job, source, target, with: SIGKILL).status == 128 + SIGKILL)
                job[.cutover] = CutoverPolicy.onCommand.rawValue
                let second = try await job.run { line, process in
                    if line.contains("the fence waits for") { kill(process, SIGTERM) }
                }
                #expect(second.end == .retry && second.output.contains("fence lifted"), "\(second.output)")
            case .tooLong:
                let result = try await Self.outstay(job, source)
                #expect(result.end == .retry, "\(result.output)")
            case .releasedAfterPublishing:
                #expect(try await job.run().end == .success)
                let haveMet = try await Self.haveComeBack(to: source)
                #expect(haveMet)
                job.arguments = ["release", "--even-if-published"]
                #expect(try await job.run().end == .success)
            }
            let before = try await Self.written(at: source)
            let writeAgain = try await eventually(within: .seconds(10)) { [source] in
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

        /// Whether every pool has a session again. The fence has ended all of theirs, so whoever is there has come
        /// back under it.
        private static func haveComeBack(to source: PostgresServer) async throws -> Bool {
            try await eventually {
                try await source.value(of: databasesWithClients) == "\(BackstageDatabases.names.count)"
            }
        }

        /// Ends a job by a signal where everything is sealed, the fence stands, and nothing is published.
        private static func end(_ job: Job, _ source: PostgresServer, _ target: PostgresServer, with signal: Int32)
            async throws -> Job.Result
        {
            let proxy = try await TCPProxy.start(to: target.port)
            try await proxy.hold(.before, "LOCK TABLE rehome.attempt")
            var held = job
            held[.targetPort] = "\(proxy.port)"
            return try await held.run(
                meanwhile: { process in
                    try await proxy.untilHeld()
                    let haveMet = try await haveComeBack(to: source)
                    #expect(haveMet)
                    kill(process, signal)
                }, onLine: { _, _ in })
        }

        /// Has a job put its cut-over off, since a transaction outside of what is fenced does not end within the time
        /// that the fence may stand. The job is stopped once it has lifted the fence.
        private static func outstay(_ job: Job, _ source: PostgresServer) async throws -> Job.Result {
            var job = job
            job[.maxFence] = "2"
            let holder = try PlainSession(to: source)
            try holder.run("BEGIN; SELECT pg_current_xact_id()")
            defer { withExtendedLifetime(holder) {} }
            return try await job.run { line, process in
                if line.contains("the fence was lifted and nothing is published") { kill(process, SIGTERM) }
            }
        }
    }
}
