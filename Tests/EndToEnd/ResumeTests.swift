import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// An attempt that is ended in the middle, and the one after it.
    @Suite struct ResumeTests {
        /// A source with a table that takes a while, and small databases beside it.
        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            for name in ["backstage_plugin_catalog", "backstage_plugin_auth"] {
                try await source.psql("CREATE DATABASE \(name)")
            }
            try await source.psql(
                """
                CREATE TABLE entities (id int PRIMARY KEY, body text);
                INSERT INTO entities SELECT g, repeat(md5(g::text), 10) FROM generate_series(1, 300000) g;
                CREATE INDEX entities_body ON entities (md5(body));
                CREATE TABLE refs (entity int REFERENCES entities, note text);
                INSERT INTO refs SELECT g, 'n' FROM generate_series(1, 20000) g
                """, database: "backstage_plugin_catalog")
            try await source.psql(
                "CREATE TABLE sessions (sid text); INSERT INTO sessions VALUES ('x')", database: "backstage_plugin_auth"
            )
            return source
        }

        private func databases(at server: PostgresServer) async throws -> [String] {
            try await server.psql("SELECT datname FROM pg_database WHERE datname LIKE 'backstage%' ORDER BY 1").split(
                separator: "\n"
            ).map(String.init)
        }

        private func isFenced(_ database: String, at source: PostgresServer) async throws -> Bool {
            try await source.psql("SHOW default_transaction_read_only", database: database).contains("on")
        }

        @Test(
            arguments: [
                "backstage_plugin_auth: everything is at the target", "entities: ", "built index entities_body",
                "refs: ",
            ], [true, false])
        func `after a kill -9 the next attempt finishes and reads nothing proven twice over the wire`(
            moment: String, precopy: Bool
        ) async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.precopy] = precopy ? "on" : "off"
            let killed = try await job.run { line, process in
                if line.contains(moment) { kill(process, SIGKILL) }
            }
            #expect(killed.status == 128 + SIGKILL, "\(killed.output)")
            #expect(try await databases(at: target).isEmpty)
            #expect(try await isFenced("backstage_plugin_catalog", at: source) == !precopy)

            let second = try await job.run()

            #expect(second.end == .success, "\(second.output)")
            #expect(second.output.contains("taken up where an earlier attempt ended"))
            for name in ["backstage_plugin_catalog", "backstage_plugin_auth"] {
                #expect(try await target.contents(of: name) == source.contents(of: name))
                #expect(try await target.schema(of: name) == source.schema(of: name))
            }
            // Nothing of Rehome's is left but the stamps.
            #expect(try await target.psql("SELECT datname FROM pg_database WHERE datname LIKE 'rehome%'").isEmpty)
        }

        @Test(arguments: [true, false])
        func `SIGTERM ends an attempt within ten seconds, with nothing published and the fence lifted`(precopy: Bool)
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            var asked: ContinuousClock.Instant?
            var job = Job(from: source, to: target)
            job[.precopy] = precopy ? "on" : "off"
            let result = try await job.run { line, process in
                if asked == nil, line.contains("schema brought over") {
                    asked = .now
                    kill(process, SIGTERM)
                }
            }
            #expect(result.end == .retry, "\(result.output)")
            #expect(try #require(asked).duration(to: .now) < .seconds(10))
            #expect(try await databases(at: target).isEmpty)
            #expect(try await !isFenced("backstage_plugin_catalog", at: source))
            #expect(result.output.contains("fence lifted") == !precopy)
            #expect(result.output.contains("left at the target: rehome_"))
        }

        @Test func `SIGTERM also ends an attempt whose pg_dump waits for a lock at the source`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.fence] = "off"
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await source.psql(
                        "BEGIN; LOCK TABLE sessions; SELECT pg_sleep(600)", database: "backstage_plugin_auth")
                }
                let isLocked =
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%pg_sleep(600)'"
                #expect(try await eventually { try await source.value(of: isLocked) == "1" })
                var asked: ContinuousClock.Instant?
                let result = try await job.run { line, process in
                    guard line.contains("moving 2 databases") else { return }
                    let isWaiting =
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%ACCESS SHARE%'"
                    let waits = try await eventually(within: .seconds(60)) {
                        try await source.value(of: isWaiting) == "1"
                    }
                    #expect(waits)
                    asked = .now
                    kill(process, SIGTERM)
                }
                #expect(result.end == .retry, "\(result.output)")
                #expect(try #require(asked).duration(to: .now) < .seconds(10))
                try await source.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()"
                )
                await #expect(throws: CommandError.self) { try await group.waitForAll() }
            }
        }

        @Test func `more large objects than a server has locks for are begun again`() async throws {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE app")
            try await source.psql("SELECT count(lo_from_bytea(0, 'x')) FROM generate_series(1, 3000)", database: "app")
            try await source.psql(
                "SELECT format('COMMENT ON LARGE OBJECT %s IS %L', oid, 'the object ' || oid) FROM pg_largeobject_metadata \\gexec",
                database: "app")
            let target = try await PostgresServer.start(settings: [
                "max_locks_per_transaction": "10", "max_connections": "30",
            ])
            let proxy = try await TCPProxy.start(to: target.port)
            var job = Job(from: source, to: target)
            job[.targetPort] = "\(proxy.port)"
            // All is copied then, and nothing sealed.
            try await proxy.hold(.before, "'sealing'")
            let killed = try await job.run(
                meanwhile: { process in
                    try await proxy.untilHeld()
                    kill(process, SIGKILL)
                }
            ) { _, _ in }
            #expect(killed.status == 128 + SIGKILL, "\(killed.output)")
            try await source.psql(
                "SET default_transaction_read_only = off; SELECT lo_from_bytea(0, 'one more')", database: "app")
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(
                try await target.value(of: "SELECT count(*) FROM pg_largeobject_metadata", database: "app") == "3001")
            let comments =
                "SELECT md5(string_agg(objoid || description, ',' ORDER BY objoid)) FROM pg_description WHERE description LIKE 'the object %'"
            #expect(
                try await target.value(of: comments, database: "app") == source.value(of: comments, database: "app"))
        }

        @Test func `a second run of the same plan ends well without the source`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            try await target.psql(
                "INSERT INTO sessions VALUES ('written after the cut-over')", database: "backstage_plugin_auth")
            await source.stop()

            // A pod that an engine makes again after the operator has deleted its Secret.
            for setting in [JobSetting.sourceHost, .sourceUser, .sourcePassword] { job[setting] = nil }
            let again = try await job.run()

            #expect(again.end == .success, "\(again.output)")
            #expect(
                try await target.value(of: "SELECT count(*) FROM sessions", database: "backstage_plugin_auth") == "2")
        }

        @Test func `without the source's Secret and without a stamp a person must act`() async throws {
            let server = try await PostgresServer.start()
            var job = Job(from: server, to: server)
            for setting in [JobSetting.sourceHost, .sourceUser, .sourcePassword] { job[setting] = nil }
            let result = try await job.run()
            #expect(result.end == .personMustAct)
            #expect(result.output.contains("Secret rhdh/backstage-psql-secret-developer-hub is absent"))
            #expect(result.output.contains("trying again will not help"))
        }

        @Test func `of two Jobs at once one copies, and the other waits and finds it done`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = Job(from: source, to: target)
            async let first = job.run()
            async let second = job.run()
            let ends = try await [first, second]
            #expect(ends.allSatisfy { $0.end == .success || $0.end == .retry }, "\(ends.map(\.output))")
            #expect(ends.contains { $0.end == .success })
            #expect(try await job.run().output.contains("nothing to copy"))
            #expect(
                try await target.contents(of: "backstage_plugin_catalog")
                    == source.contents(of: "backstage_plugin_catalog"))
        }

        @Test func `rows written after the snapshot are in what is published`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.fence] = "off"
            var wrote = false
            let result = try await job.run { line, _ in
                if !wrote, line.contains("sessions: 1 rows") {
                    wrote = true
                    try await source.psql("INSERT INTO sessions VALUES ('late')", database: "backstage_plugin_auth")
                }
            }
            #expect(wrote)
            #expect(result.end == .success, "\(result.output)")
            #expect(result.output.contains(": 1 rows of "))
            #expect(
                try await target.value(of: "SELECT count(*) FROM sessions", database: "backstage_plugin_auth") == "2")
        }

        @Test
        func `a transaction that is still open at the last look is waited for, and its rows are in what is published`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.fence] = "off"
            // The writer's transaction ends when the gate's session does, once the Job is seen to wait for it.
            let gate = "SELECT pg_advisory_lock(7), pg_sleep(600)"
            let isShut = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query = '\(gate)'"
            let isOpen = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            let isAwaited =
                "\(isOpen) AND EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehome/%' AND query LIKE '%pg_sleep(0.0%')"
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await source.psql(gate, database: "backstage_plugin_auth") }
                #expect(try await eventually { try await source.value(of: isShut) == "1" })
                var wrote = false
                let result = try await job.run(
                    meanwhile: { _ in
                        let hasCome = try await eventually(within: .seconds(120)) {
                            try await source.value(of: isAwaited) != "0"
                        }
                        #expect(hasCome)
                        try await source.psql(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = '\(gate)'")
                    }
                ) { line, _ in
                    guard !wrote, line.contains("sessions: 1 rows") else { return }
                    wrote = true
                    group.addTask {
                        try await source.psql(
                            "BEGIN; INSERT INTO sessions VALUES ('slow'); SELECT pg_advisory_xact_lock(7); COMMIT",
                            database: "backstage_plugin_auth")
                    }
                    let hasWritten = try await eventually { try await source.value(of: isOpen) == "1" }
                    #expect(hasWritten)
                }
                #expect(wrote)
                #expect(result.end == .success, "\(result.output)")
                try await group.waitForAll()
            }
            #expect(
                try await target.value(of: "SELECT count(*) FROM sessions", database: "backstage_plugin_auth") == "2")
        }

        @Test func `success leaves the source fenced and the target open to writes`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            #expect(try await Job(from: source, to: target).run().end == .success)
            await #expect(throws: CommandError.self) {
                try await source.psql("INSERT INTO sessions VALUES ('y')", database: "backstage_plugin_auth")
            }
            try await target.psql("INSERT INTO sessions VALUES ('y')", database: "backstage_plugin_auth")
        }

        @Test func `an answer to COMMIT that is lost is looked for, not guessed`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let proxy = try await TCPProxy.start(to: target.port)
            var job = Job(from: source, to: target)
            job[.targetPort] = "\(proxy.port)"
            // Only the publishing transaction sends a COMMIT of its own: the whole message, its type and length before it.
            let result = try await job.run { line, _ in
                if line.contains("moving 2 databases") { try await proxy.reset(after: "Q\0\0\0\u{0B}COMMIT\0") }
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(result.output.contains("the answer to COMMIT was lost"))
            #expect(try await job.run().output.contains("nothing to copy"))
            #expect(
                try await target.contents(of: "backstage_plugin_catalog")
                    == source.contents(of: "backstage_plugin_catalog"))
        }
    }
}
