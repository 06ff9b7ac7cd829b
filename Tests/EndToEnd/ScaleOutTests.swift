import Glibc
import JobContract
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Several pods of one Job.
    @Suite struct ScaleOutTests {
        /// Tables that are worth a journey to another pod, and some that are not.
        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            for name in ["backstage_plugin_catalog", "backstage_plugin_search", "backstage_plugin_auth"] {
                try await source.psql("CREATE DATABASE \(name)")
            }
            for name in ["backstage_plugin_catalog", "backstage_plugin_search"] {
                for table in ["entities", "relations", "tokens"] {
                    try await source.psql(
                        """
                        CREATE TABLE \(table) (id int PRIMARY KEY, body text);
                        INSERT INTO \(table) SELECT g, repeat(md5(g::text), 6) FROM generate_series(1, 100000) g;
                        CREATE INDEX ON \(table) (md5(body))
                        """, database: name)
                }
            }
            try await source.psql(
                "CREATE TABLE sessions (sid text); INSERT INTO sessions VALUES ('x')", database: "backstage_plugin_auth"
            )
            return source
        }

        private func pod(from source: PostgresServer, to target: PostgresServer) -> Job {
            var job = Job(from: source, to: target)
            job[.pods] = "2"
            job[.workers] = "2"
            return job
        }

        private func checkPublished(_ source: PostgresServer, _ target: PostgresServer) async throws {
            for name in ["backstage_plugin_catalog", "backstage_plugin_search", "backstage_plugin_auth"] {
                #expect(try await target.contents(of: name) == source.contents(of: name))
                #expect(try await target.schema(of: name) == source.schema(of: name))
            }
            #expect(try await target.psql("SELECT datname FROM pg_database WHERE datname LIKE 'rehome%'").isEmpty)
        }

        private static let helps = "another pod leads the migration; helping it"

        /// Runs a leader, then a helper. The leader stands still before its first copy until the helper helps, so that there is
        /// work for both however busy the machine is.
        ///
        /// - Parameter ending: what ends one of them.
        private func runTwo(
            _ job: Job, leaderLine: @escaping @Sendable (String, pid_t) async -> Void = { _, _ in },
            helperLine: @escaping @Sendable (String, pid_t) async -> Void = { _, _ in }
        ) async throws -> (leader: Job.Result, helper: Job.Result) {
            let (begun, beginning) = AsyncStream<Void>.makeStream()
            let (helped, helping) = AsyncStream<Void>.makeStream()
            async let leader = {
                defer { beginning.finish() }
                return try await job.run { line, process in
                    if line.contains("moving 3 databases") {
                        kill(process, SIGSTOP)
                        beginning.finish()
                        for await _ in helped {}
                        kill(process, SIGCONT)
                    }
                    await leaderLine(line, process)
                }
            }()
            for await _ in begun {}
            async let helper = {
                defer { helping.finish() }
                return try await job.run { line, process in
                    if line.contains(Self.helps) { helping.finish() }
                    await helperLine(line, process)
                }
            }()
            return try await (leader, helper)
        }

        @Test func `two pods share the tables and indexes and publish once`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let (leader, helper) = try await runTwo(pod(from: source, to: target))
            #expect(leader.end == .success && helper.end == .success, "\(leader.output)\n\n\(helper.output)")
            #expect(
                helper.output.contains(Self.helps) && helper.output.contains("copied and verified"), "\(helper.output)")
            #expect(
                leader.output.contains("published 3 databases")
                    && !helper.output.contains("published 3 databases in one"))
            try await checkPublished(source, target)
        }

        @Test func `a table that another pod copies is said to take what it took there, without its wait for that pod`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            let waited = 6.0
            let (leader, helper) = try await runTwo(
                pod(from: source, to: target),
                helperLine: { line, process in
                    guard line.contains(Self.helps) else { return }
                    // It stands still with a table before it that nobody else takes.
                    kill(process, SIGSTOP)
                    let isOffered = try? await eventually(within: .seconds(120)) {
                        let control = try await target.value(
                            of:
                                #"SELECT datname FROM pg_database WHERE datname LIKE 'rehome\_%' ORDER BY length(datname) LIMIT 1"#
                        )
                        return try await target.value(of: "SELECT count(*) > 0 FROM rehome.task", database: control)
                            == "t"
                    }
                    #expect(isOffered == true)
                    try? await Task.sleep(for: .seconds(waited))
                    kill(process, SIGCONT)
                })
            #expect(leader.end == .success && helper.end == .success, "\(leader.output)\n\n\(helper.output)")
            let there = Self.seconds(helper.output)
            #expect(!there.isEmpty)
            for (table, seconds) in Self.seconds(leader.output) {
                guard let took = there[table] else { continue }
                #expect(seconds < took + waited / 2, "\(table): \(took) s at the helper, \(seconds) s at the leader")
            }
        }

        /// How long tables took, by the log.
        private static func seconds(_ log: String) -> [String: Double] {
            var found: [String: Double] = [:]
            for line in log.matches(of: /(\S+): [0-9,]+ rows, .* copied and verified in ([0-9.]+) (m?s)/) {
                found[String(line.1)] = (Double(line.2) ?? 0) / (line.3 == "ms" ? 1000 : 1)
            }
            return found
        }

        @Test func `when the leader is killed, the helper takes up what is proven and publishes`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let helping = Mutex(false)
            let (leader, helper) = try await runTwo(
                pod(from: source, to: target),
                leaderLine: { line, process in
                    if helping.withLock({ $0 }), line.contains("copied and verified") { kill(process, SIGKILL) }
                },
                helperLine: { line, _ in if line.contains("copied and verified") { helping.withLock { $0 = true } } })
            #expect(leader.status == 128 + SIGKILL, "\(leader.output)")
            #expect(helper.end == .success && helper.output.contains(Self.helps), "\(helper.output)")
            #expect(helper.output.contains("taken up where an earlier attempt ended"), "\(helper.output)")
            try await checkPublished(source, target)
        }

        @Test func `when a helper is killed, the leader does its part`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let (leader, helper) = try await runTwo(
                pod(from: source, to: target),
                helperLine: { line, process in if line.contains("copied and verified") { kill(process, SIGKILL) } })
            #expect(helper.status == 128 + SIGKILL, "\(helper.output)")
            #expect(leader.end == .success, "\(leader.output)")
            try await checkPublished(source, target)
        }

        @Test func `parts of one table are shared too, and none is copied twice when the helper is killed`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            var pod = pod(from: source, to: target)
            pod[.splitTablesAtMiB] = "4"
            let (leader, helper) = try await runTwo(
                pod, helperLine: { line, process in if line.contains(": blocks ") { kill(process, SIGKILL) } })
            #expect(helper.status == 128 + SIGKILL, "\(helper.output)")
            #expect(leader.end == .success && leader.output.contains(": blocks "), "\(leader.output)")
            try await checkPublished(source, target)
        }

        @Test
        func
            `a helper that is kept from helping says why once in a while, asks ever more rarely, and helps after that`()
            async throws
        {
            let (source, target) = (try await source(), try await PostgresServer.start())
            try await target.psql("CREATE ROLE mover LOGIN CREATEDB PASSWORD 'throw-away'")
            var pod = pod(from: source, to: target)
            pod[.targetUser] = "mover"
            pod[.targetPassword] = "throw-away"
            let (begun, beginning) = AsyncStream<Void>.makeStream()
            let (free, freeing) = AsyncStream<Void>.makeStream()
            let job = pod
            async let leader = {
                defer { beginning.finish() }
                return try await job.run { line, process in
                    guard line.contains("moving 3 databases") else { return }
                    kill(process, SIGSTOP)
                    beginning.finish()
                    for await _ in free {}
                    kill(process, SIGCONT)
                }
            }()
            for await _ in begun {}
            let control = try await target.value(
                of: #"SELECT datname FROM pg_database WHERE datname LIKE 'rehome\_%' ORDER BY length(datname) LIMIT 1"#)
            // The leader's own session is all that there is room for.
            try await target.psql("ALTER DATABASE \(control) CONNECTION LIMIT 1")
            var hindered = 0
            let helper = try await job.run { line, _ in
                if line.contains(Self.helps) { freeing.finish() }
                guard line.contains("this pod cannot help the one that leads") else { return }
                hindered += 1
                let first = ContinuousClock.now
                // Of each round, one try to lead and two workers.
                #expect(
                    try await eventually {
                        try target.log().matches(of: /too many connections for database/).count >= 12
                    })
                #expect(ContinuousClock.now - first > .seconds(1.2))
                try await target.psql("ALTER DATABASE \(control) CONNECTION LIMIT -1")
            }
            freeing.finish()
            let led = try await leader
            #expect(led.end == .success && helper.end == .success, "\(led.output)\n\n\(helper.output)")
            #expect(hindered == 1 && helper.output.contains("too many connections for database"), "\(helper.output)")
            #expect(helper.output.contains("copied and verified"), "\(helper.output)")
            try await checkPublished(source, target)
        }

        @Test func `more than one pod need the fence`() async throws {
            let server = try await PostgresServer.start()
            var job = pod(from: server, to: server)
            job[.fence] = "off"
            let result = try await job.run()
            #expect(result.end == .personMustAct && result.output.contains("REHOME_PODS"), "\(result.output)")
        }
    }
}
