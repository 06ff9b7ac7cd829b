import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Sessions that stay open behind the fence, made read-only by the server's configuration.
    @Suite struct OpenSessionFenceTests {
        private static let database = "backstage_plugin_auth"
        /// The first statement of the publication, and its last: the fence stands at both, and nothing is published.
        private static let (publishing, committing) = ("LOCK TABLE rehome.attempt", "\u{b}COMMIT")

        /// A client of the source with one session.
        private actor Client {
            private let session: PlainSession

            init(_ server: PostgresServer, database: String = OpenSessionFenceTests.database) throws {
                session = try PlainSession(to: server, database: database)
            }

            var isOpen: Bool { (try? session.run("SELECT")) != nil }

            /// - Returns: the error's code; `nil` if all went well, "no connection" if the session has ended.
            func failure(of sql: String) -> String? {
                do throws(PlainSession.Failure) {
                    try session.run(sql)
                    return nil
                } catch { return session.isBroken ? "no connection" : error.state }
            }
        }

        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE \(Self.database)")
            try await source.psql(
                "CREATE TABLE sessions (id int PRIMARY KEY, sid text); INSERT INTO sessions VALUES (1, 'first')",
                database: Self.database)
            return source
        }

        /// How often the parameter is in the configuration's files, and what the running server has loaded.
        private func configuration(of server: PostgresServer) async throws -> [String] {
            [
                try await server.value(
                    of: "SELECT count(*) FROM pg_file_settings WHERE name = 'default_transaction_read_only'"),
                try await server.value(of: "SHOW default_transaction_read_only"),
            ]
        }

        private static let unchanged = ["0", "off"]

        private func rows(at server: PostgresServer) async throws -> String {
            try await server.value(of: "SELECT string_agg(sid, ',' ORDER BY id) FROM sessions", database: Self.database)
        }

        /// Runs a job, and does something when it is about to send a message to the target.
        private func run(
            _ job: Job, to target: PostgresServer, at message: String,
            doing body: @escaping @Sendable (pid_t) async throws -> Void
        ) async throws -> Job.Result {
            let proxy = try await TCPProxy.start(to: target.port)
            try await proxy.pause(before: message)
            var job = job
            job[.targetPort] = "\(proxy.port)"
            return try await job.run(
                meanwhile: { process in
                    try await proxy.untilHeld()
                    do { try await body(process) } catch { Issue.record(error) }
                    try await proxy.goOn()
                }, onLine: { _, _ in })
        }

        @Test func `a session stays open under the fence, may read and not write, and ends before the publication`()
            async throws
        {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let client = try Client(source)
            let result = try await run(Job(from: source, to: target), to: target, at: Self.publishing) { _ in
                let failure = await client.failure(of: "DELETE FROM sessions")
                #expect(failure == "25006")
                #expect(await client.failure(of: "SELECT * FROM sessions") == nil)
                let configuration = try await configuration(of: source)
                #expect(configuration == ["1", "on"])
            }
            #expect(result.end == .success && result.output.contains("1 sessions left open"), "\(result.output)")
            #expect(await !client.isOpen)
            #expect(try await configuration(of: source) == Self.unchanged)
            let rows = try await rows(at: target)
            #expect(rows == "first", "\(result.output)")
        }

        @Test func `a session that has lifted its read-only default cannot write after the last look`() async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let client = try Client(source)
            #expect(await client.failure(of: "SET default_transaction_read_only = off") == nil)
            let result = try await run(Job(from: source, to: target), to: target, at: Self.committing) { _ in
                #expect(await client.failure(of: "INSERT INTO sessions VALUES (2, 'late')") == "no connection")
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(try await [rows(at: source), rows(at: target)] == ["first", "first"])
            #expect(try await configuration(of: source) == Self.unchanged)
        }

        @Test func `what such a session writes before is brought over, or nothing is published`() async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let client = try Client(source)
            #expect(await client.failure(of: "SET default_transaction_read_only = off") == nil)
            let result = try await run(Job(from: source, to: target), to: target, at: Self.publishing) { _ in
                #expect(await client.failure(of: "INSERT INTO sessions VALUES (2, 'late')") == nil)
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(result.output.contains("the source has moved since the last round"), "\(result.output)")
            #expect(try await rows(at: target) == "first,late")
            #expect(await !client.isOpen)
        }

        @Test func `a transaction from before the fence does not hold it up`() async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let client = try Client(source)
            let result = try await run(
                Job(from: source, to: target), to: target, at: "CREATE SCHEMA IF NOT EXISTS rehome"
            ) { _ in
                #expect(await client.failure(of: "BEGIN; INSERT INTO sessions VALUES (2, 'open')") == nil)
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(try await [rows(at: source), rows(at: target)] == ["first", "first"])
        }

        private func kill(_ job: Job, whenHeldBy proxy: TCPProxy) async throws {
            _ = try await job.run(
                meanwhile: { process in
                    try await proxy.untilHeld()
                    Glibc.kill(process, SIGKILL)
                }, onLine: { _, _ in })
        }

        /// Who lifts the fence of a killed attempt.
        enum Lifter: CaseIterable { case person, nextAttempt }

        @Test(arguments: Lifter.allCases)
        func `the configuration is as before when the Job is killed under the fence`(lifter: Lifter) async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let job = Job(from: source, to: target)
            _ = try await run(job, to: target, at: Self.publishing) { Glibc.kill($0, SIGKILL) }
            #expect(try await configuration(of: source) == ["1", "on"])
            try await lift(job, lifter, source, target)
        }

        @Test(arguments: Lifter.allCases)
        func `the configuration is as before when the Job is killed between writing and loading it`(lifter: Lifter)
            async throws
        {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let proxy = try await TCPProxy.start(to: source.port)
            try await proxy.hold(.before, "pg_reload_conf")
            var job = Job(from: source, to: target)
            job[.sourcePort] = "\(proxy.port)"
            try await kill(job, whenHeldBy: proxy)
            #expect(try await configuration(of: source) == ["1", "off"])
            try await lift(Job(from: source, to: target), lifter, source, target)
        }

        @Test func `the configuration is as before when the Job is killed after the publication`() async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let proxy = try await TCPProxy.start(to: target.port)
            try await proxy.hold(.after, Self.committing)
            var job = Job(from: source, to: target)
            job[.targetPort] = "\(proxy.port)"
            try await kill(job, whenHeldBy: proxy)
            #expect(try await configuration(of: source) == ["1", "on"])
            var shutOut = Job(from: source, to: target)
            shutOut[.sourcePassword] = "throw-away, and wrong"
            let result = try await shutOut.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(
                result.output.contains("may still make sessions of its whole server read-only")
                    && result.output.contains("ALTER SYSTEM RESET"), "\(result.output)")
            try await lift(Job(from: source, to: target), .nextAttempt, source, target)
        }

        @Test func `the Job restores the configuration itself when the source crashes under the fence`() async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let job = Job(from: source, to: target)
            let result = try await run(job, to: target, at: Self.publishing) { _ in
                try await source.restart(.immediate)
            }
            #expect(result.end == .retry, "\(result.output)")
            #expect(try await configuration(of: source) == Self.unchanged)
            try await lift(job, .nextAttempt, source, target)
        }

        @Test func `a second fence leaves sessions open, as the first did`() async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            var job = Job(from: source, to: target)
            job[.maxFence] = "1"
            // It is in a database that no fence is for, and keeps the source from standing still.
            let holder = try PlainSession(to: source)
            try holder.run("BEGIN; SELECT pg_current_xact_id()")
            let result = try await job.run { line, _ in
                guard line.contains("the fence was lifted and nothing is published") else { return }
                let configuration = try await configuration(of: source)
                #expect(configuration == Self.unchanged)
                try holder.run("ROLLBACK")
            }
            #expect(result.end == .success, "\(result.output)")
            let fences = result.output.split(separator: "\n").filter { $0.contains("Z fenced ") }
            #expect(fences.count == 2 && fences.allSatisfy { $0.contains("sessions left open") }, "\(result.output)")
            #expect(try await configuration(of: source) == Self.unchanged)
        }

        private func lift(_ job: Job, _ lifter: Lifter, _ source: PostgresServer, _ target: PostgresServer) async throws
        {
            var job = job
            switch lifter {
            case .person:
                job.arguments = ["release"]
                let result = try await job.run()
                #expect(
                    result.end == .success && result.output.contains("configuration is as it was before"),
                    "\(result.output)")
                try await source.psql("INSERT INTO sessions VALUES (3, 'free')", database: Self.database)
            case .nextAttempt:
                #expect(try await job.run().end == .success)
                #expect(try await rows(at: target) == "first")
            }
            #expect(try await configuration(of: source) == Self.unchanged)
        }

        /// Why the configuration is not for Rehome to change.
        enum Obstacle: CaseIterable {
            case otherDatabase, changeThatIsNotLoaded, entryOfItsOwn, settingOfARole, forbidden
        }

        @Test(arguments: Obstacle.allCases)
        func `sessions are ended by the fence where the configuration is not Rehome's to change`(obstacle: Obstacle)
            async throws
        {
            let (source, target) = (try await source(), try await PostgresServer.start())
            var job = Job(from: source, to: target)
            switch obstacle {
            case .otherDatabase:
                try await source.psql("CREATE DATABASE shop")
                try await source.psql("CREATE TABLE goods (name text)", database: "shop")
                job[.exclude] = "shop"
            case .forbidden: job[.sourceFunctions] = SourceFunctions.never.rawValue
            case .changeThatIsNotLoaded: try await source.psql("ALTER SYSTEM SET work_mem = '7MB'")
            case .entryOfItsOwn:
                try await source.psql("ALTER SYSTEM SET default_transaction_read_only = off")
                try await source.psql("SELECT pg_reload_conf()")
            case .settingOfARole:
                try await source.psql("CREATE ROLE reader; ALTER ROLE reader SET default_transaction_read_only = on")
            }
            let before = try await configuration(of: source)
            let client = try Client(source, database: Self.database)
            let result = try await run(job, to: target, at: Self.publishing) { _ in
                #expect(await !client.isOpen)
                #expect(try await configuration(of: source) == before)
                if obstacle == .otherDatabase {
                    try await source.psql("INSERT INTO goods VALUES ('tea')", database: "shop")
                }
            }
            #expect(result.end == .success && result.output.contains("sessions told to end"), "\(result.output)")
            #expect(try await configuration(of: source) == before)
            #expect(try await source.value(of: "SHOW work_mem") == "4MB")
        }
    }
}
