import Foundation
import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// When the fence falls, and what becomes of it when it may not stand any longer.
    @Suite struct CutOverTests {
        private func servers() async throws -> (source: PostgresServer, target: PostgresServer) {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE backstage_plugin_auth")
            try await source.psql(
                "CREATE TABLE sessions (id int PRIMARY KEY, sid text); INSERT INTO sessions VALUES (1, 'x')",
                database: "backstage_plugin_auth")
            return (source, try await PostgresServer.start())
        }

        private static let fences =
            "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%default_transaction_read_only%'"

        @Test func `the fence waits for a person's word`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            var go = job
            go.arguments = ["go"]
            // Nothing has begun that could hear it.
            let early = try await go.run()
            #expect(early.end == .personMustAct, "\(early.output)")

            job[.cutover] = "onCommand"
            var (status, word, isGiven) = ("", "", false)
            let result = try await job.run { line, _ in
                // Said again every 15 seconds.
                guard line.contains("the fence waits for 'rehome-job go'"), !isGiven else { return }
                isGiven = true
                #expect(try await source.value(of: Self.fences) == "0")
                try await source.psql(
                    "UPDATE sessions SET sid = 'written while it waits'", database: "backstage_plugin_auth")
                try await source.psql("COMMENT ON DATABASE backstage_plugin_auth IS 'of late'")
                var look = job
                look.arguments = ["status"]
                status = try await look.run().output
                word = try await go.run().output
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(
                status.contains("state: everything is copied and kept up with the source")
                    && status.contains("the fence would stand for about"), "\(status)")
            #expect(word.contains("the word is given"), "\(word)")
            #expect(
                try await target.value(of: "SELECT sid FROM sessions", database: "backstage_plugin_auth")
                    == "written while it waits")
            #expect(
                try await target.value(
                    of:
                        "SELECT shobj_description(oid, 'pg_database')::json -> 'stamp' ->> 'sourceComment' FROM pg_database WHERE datname = 'backstage_plugin_auth'"
                )
                    == "of late")
            #expect(try await go.run().output.contains("nothing to cut over"))
        }

        /// Under the fence happens only what cannot happen before or after it: no schema is dumped, and no database dropped.
        @Test(arguments: [true, false])
        func `what takes long is done before the fence or after the publication`(precopy: Bool) async throws {
            let logged = ["log_statement": "ddl", "log_line_prefix": "%m ", "log_timezone": "UTC"]
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start(settings: logged))
            try await BackstageDatabases.create(on: source, scale: 0.01)
            var job = Job(from: source, to: target)
            job.arguments = ["rehearse"]
            #expect(try await job.run().end == .success)
            // What was rehearsed of these two is of no use any more.
            try await source.psql(
                "ALTER TABLE refresh_state ADD COLUMN since int", database: "backstage_plugin_catalog")
            try await source.psql("DROP DATABASE backstage_plugin_healthcheck")
            job.arguments = ["migrate", "--verbose"]
            job[.precopy] = precopy ? "on" : "off"
            try await withTemporaryFolder { folder in
                let dumps = folder.appending("dumps")
                job.environment["PATH"] = try Self.notingDumps(in: folder, at: dumps)
                let result = try await job.run()
                #expect(result.end == .success, "\(result.output)")
                let lines = result.output.split(separator: "\n")
                func time(_ words: String) throws -> Double {
                    try #require(lines.first { $0.contains(words) }.flatMap { LogTime.of($0) }, "\(result.output)")
                }
                let (begin, end) = (try time(" fenced 14 databases"), try time("published 14 databases"))
                #expect(begin <= end)
                let drops = try target.log().matches(of: #/(?m)^\S+ (\S+) UTC .*DROP DATABASE/#)
                    .compactMap { LogTime.of("\($0.1)Z ") }
                // The two that are of no use, and the control database.
                #expect(drops.count >= 3)
                #expect(drops.filter { $0 > begin && $0 < end } == [], "\(result.output)")
                guard precopy else { return }
                let times = try dumps.text().split(separator: "\n").compactMap { LogTime.of($0) }
                #expect(times.count >= 14)
                #expect(times.filter { $0 > begin && $0 < end } == [], "\(result.output)")
            }
        }

        /// A search path on which pg_dump notes when it begins and when it ends.
        private static func notingDumps(in folder: FilePath, at notes: FilePath) throws -> String {
            let program = folder.appending("pg_dump")
            let newest = try PostgresInstallation.newest().program("pg_dump")
            let note = "date -u '+%H:%M:%S.%3NZ noted' >>'\(notes)'"
            try program.write(
                "#!/bin/sh\nPATH=/usr/bin:/bin\n\(note)\n'\(newest)' \"$@\"\nstatus=$?\n\(note)\nexit $status\n")
            #expect(chmod(program.string, 0o755) == 0)
            return folder.string
        }

        @Test func `a superuser's session that the source's role may not end is named, and no fence is left`()
            async throws
        {
            let (source, target) = try await servers()
            try await source.psql(
                "CREATE ROLE backstage LOGIN PASSWORD 'throw-away'; ALTER DATABASE backstage_plugin_auth OWNER TO backstage; GRANT SELECT ON sessions TO backstage",
                database: "backstage_plugin_auth")
            var job = Job(from: source, to: target)
            (job[.sourceUser], job[.sourcePassword]) = ("backstage", "throw-away")
            let session = try PlainSession(
                to: source, database: "backstage_plugin_auth", application: "a person's psql")
            let result = try await job.run()
            #expect(result.end == .personMustAct, "\(result.output)")
            #expect(
                result.output.contains("backstage_plugin_auth (\(source.superuser), a person's psql)"),
                "\(result.output)")
            // It is found before any write is refused.
            #expect(!result.output.contains("fence lifted"), "\(result.output)")
            #expect(!result.output.contains("could not be lifted"), "\(result.output)")
            #expect(try await source.value(of: Self.fences) == "0")
            #expect(try session.run("SELECT 1") == [["1"]])
        }

        @Test func `a role that is exempted from the fence after the preflight keeps it from falling`() async throws {
            let (source, target) = try await servers()
            let result = try await Job(from: source, to: target).runOnCommand {
                try await source.psql(
                    "CREATE ROLE keeps_writing LOGIN; ALTER ROLE keeps_writing SET default_transaction_read_only = 0")
            }
            #expect(result.end == .personMustAct, "\(result.output)")
            #expect(result.output.contains("roles keeps_writing at the source have"), "\(result.output)")
            #expect(
                !result.output.contains("fenced 1 databases") && !result.output.contains("fence lifted"),
                "\(result.output)")
            #expect(try await source.value(of: "SELECT count(*) FROM pg_db_role_setting WHERE setrole = 0") == "0")
        }

        @Test func `the fence waits for the new pods, and they for it`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.doors] = "2"
            var door = job
            door.arguments = ["wait"]
            // A pod knows no source.
            for setting in [JobSetting.sourceHost, .sourceUser, .sourcePassword] { door[setting] = nil }
            let pods = [door, door]
            try await withThrowingTaskGroup(of: Job.Result.self) { group in
                group.addTask { try await pods[0].run() }
                // A stranger that calls itself as they do is none of them.
                try await target.psql("CREATE ROLE stranger LOGIN PASSWORD 'throw-away'")
                let doors =
                    "SELECT max(application_name) FROM pg_stat_activity WHERE application_name LIKE 'rehome/door/%'"
                #expect(try await eventually { try await target.value(of: doors).isEmpty == false })
                let name = try await target.value(of: doors)
                let stranger = Task {
                    _ = try? await target.psql(
                        "SET application_name = '\(name)'; SELECT pg_sleep(600)", as: ("stranger", "throw-away"))
                }
                defer { stranger.cancel() }
                let named = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)'"
                #expect(try await eventually { try await target.value(of: named) == "2" })
                var rounds = 0
                let result = try await job.run { line, _ in
                    if line.contains(" databases brought over in ") { rounds += 1 }
                    guard rounds == 3 else { return }
                    rounds += 1
                    let fences = try await source.value(of: Self.fences)
                    #expect(fences == "0")
                    group.addTask { try await pods[1].run() }
                }
                #expect(result.output.contains("the fence waits for 2 new pods"), "\(result.output)")
                #expect(result.end == .success, "\(result.output)")
                for try await pod in group {
                    #expect(pod.end == .success && pod.output.contains("Backstage may start"), "\(pod.output)")
                }
            }
        }

        @Test func `the fence falls without the new pods after a time`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.doors] = "1"
            job[.doorPatience] = "3"
            let result = try await job.run()
            #expect(
                result.end == .success && result.output.contains("the fence waits for a new pod"), "\(result.output)")
        }

        @Test func `temporary tables are no change of the schema`() async throws {
            let (source, target) = try await servers()
            let isWorking =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%one of mine%'"
            let worker = Task {
                try? await source.psql(
                    "CREATE TEMPORARY TABLE mine (a serial PRIMARY KEY, b text DEFAULT 'x'); COMMENT ON TABLE mine IS 'one of mine'; SELECT pg_sleep(600), 'one of mine'",
                    database: "backstage_plugin_auth")
            }
            defer { worker.cancel() }
            let result = try await Job(from: source, to: target).runOnCommand {
                let works = try await eventually { try await source.value(of: isWorking) != "0" }
                #expect(works)
            }
            #expect(result.end == .success && !result.output.contains("beginning again"), "\(result.output)")
        }

        @Test func `a fence that would stand too long is lifted, and tried again`() async throws {
            let (source, target) = try await servers()
            let proxy = try await TCPProxy.start(to: source.port)
            var job = Job(from: source, to: target)
            job[.sourcePort] = "\(proxy.port)"
            job[.maxFence] = "1"
            job[.cutover] = "onCommand"
            var go = job
            go.arguments = ["go"]
            var isPutOff = false
            let result = try await job.run { line, _ in
                if line.contains("the fence waits for 'rehome-job go'") {
                    try await proxy.delay(seconds: 0.4)
                    #expect(try await go.run().end == .success)
                }
                guard line.contains("the fence was lifted and nothing is published") else { return }
                isPutOff = true
                #expect(try await source.value(of: Self.fences) == "0")
                try await source.psql(
                    "UPDATE sessions SET sid = 'written between two fences'", database: "backstage_plugin_auth")
                try await proxy.delay(seconds: 0)
            }
            #expect(isPutOff && result.end == .success, "\(result.output)")
            #expect(result.output.contains("within the time that the fence may stand"), "\(result.output)")
            #expect(
                try await target.value(of: "SELECT sid FROM sessions", database: "backstage_plugin_auth")
                    == "written between two fences")
        }

        @Test func `foreign keys that take longer than the fence may stand end the attempt, and cost no copy`()
            async throws
        {
            // Autovacuum takes transaction identifiers, and the attempt might end for these instead.
            let source = try await PostgresServer.start(settings: ["autovacuum": "off"])
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE backstage_plugin_auth")
            // Not the superuser, so that it may not work as a replica does, and makes foreign keys under the fence.
            try await target.psql("CREATE ROLE provider LOGIN PASSWORD 'throw-away' CREATEDB CREATEROLE")
            try await source.psql(
                """
                CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 1000000);
                SELECT format('CREATE TABLE c%s (id int REFERENCES p); INSERT INTO c%s SELECT generate_series(1, 1000000)', n, n) FROM generate_series(1, 6) n \\gexec
                """, database: "backstage_plugin_auth")
            var job = Job(from: source, to: target)
            job[.targetUser] = "provider"
            job[.targetPassword] = "throw-away"
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            job[.pace] = "full"
            job[.maxFence] = "1"
            let result = try await job.run()
            #expect(result.end == .personMustAct, "\(result.output)")
            #expect(
                result.output.contains("database backstage_plugin_auth: making what the rounds could not have")
                    && result.output.contains("maxFence"), "\(result.output)")
            #expect(!result.output.contains("beginning again"), "\(result.output)")
            try await source.psql("INSERT INTO p VALUES (0)", database: "backstage_plugin_auth")
            job[.maxFence] = "60"
            let next = try await job.run()
            #expect(next.end == .success, "\(next.output)")
            #expect(
                try await target.contents(of: "backstage_plugin_auth") == source.contents(of: "backstage_plugin_auth"))
        }

        @Test func `a transaction in another database holds no fence up beyond its time`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.maxFence] = "2"
            // It takes a transaction's number and is in no database that is fenced.
            let holder = try PlainSession(to: source)
            try holder.run("BEGIN; SELECT pg_current_xact_id()")
            let lifted = "the fence was lifted and nothing is published"
            let result = try await job.run { line, _ in
                if line.contains(lifted), holder.isInTransaction { try holder.run("ROLLBACK") }
            }
            #expect(
                result.end == .success && result.output.contains("a transaction at the source did not end"),
                "\(result.output)")
            #expect(try #require(LogTime.seconds(from: "fenced 1 databases", to: lifted, in: result.output)) < 6)
        }

        /// One that the fence has ended is waited for. One that was left open has been told to end while it waited for its
        /// client, so it does nothing more, however late it notices.
        @Test(arguments: SourceFunctions.allCases)
        func `a session from before the fence writes nothing, however long it takes to end`(
            sourceFunctions: SourceFunctions
        )
            async throws
        {
            let (source, target) = try await servers()
            let isStopped = DispatchSemaphore(value: 0)
            async let outcome = onOwnThread("session from before the fence") { () -> String in
                do throws(PlainSession.Failure) {
                    let session = try PlainSession(
                        to: source, database: "backstage_plugin_auth", application: "backstage")
                    guard isStopped.wait(timeout: .now() + 120) == .success else { return "never stopped" }
                    try session.run("INSERT INTO sessions VALUES (2, 'too late')")
                    return "written"
                } catch { return "\(error)" }
            }
            let ofSession = "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE application_name = 'backstage'"
            #expect(try await eventually { try await source.value(of: ofSession) != "0" })
            let process = try #require(pid_t(try await source.value(of: ofSession)))
            // However this ends, the server must be able to end.
            defer { kill(process, SIGCONT) }
            let published = "SELECT count(*) FROM pg_database WHERE datname = 'backstage_plugin_auth'"
            var job = Job(from: source, to: target)
            job[.cutover] = "onCommand"
            job[.sourceFunctions] = sourceFunctions.rawValue
            var go = job
            go.arguments = ["go"]
            let word = go
            var (isGiven, isFenced, isOver) = (false, false, false)
            let result = try await job.run { line, _ in
                if line.contains("the fence waits for 'rehome-job go'"), !isGiven {
                    isGiven = true
                    // Told to end, it cannot, and what it is told to write waits for it.
                    kill(process, SIGSTOP)
                    isStopped.signal()
                    _ = try await word.run()
                }
                if line.contains(" fenced 1 databases") { isFenced = true }
                guard isFenced, !isOver, line.contains(" brought over in ") else { return }
                isOver = true
                let isPublished = try await eventually(within: .seconds(1)) {
                    try await target.value(of: published) != "0"
                }
                #expect(isPublished == (sourceFunctions == .auto))
                kill(process, SIGCONT)
            }
            #expect(isOver && result.end == .success, "\(result.output)")
            let written = await outcome
            #expect(written != "written" && written != "never stopped", "\(written)")
            for server in [source, target] {
                #expect(
                    try await server.value(of: "SELECT count(*) FROM sessions", database: "backstage_plugin_auth")
                        == "1")
            }
        }

        @Test func `a session that does not end is named, the fence is lifted, and the next attempt finishes`()
            async throws
        {
            let (source, target) = try await servers()
            let session = try PlainSession(to: source, database: "backstage_plugin_auth", application: "stubborn")
            let process = try #require(try session.run("SELECT pg_backend_pid()").first?.first?.flatMap { pid_t($0) })
            defer { kill(process, SIGCONT) }
            var job = Job(from: source, to: target)
            job[.maxFence] = "2"
            job[.sourceFunctions] = SourceFunctions.never.rawValue
            kill(process, SIGSTOP)
            let failed = try await job.run()
            #expect(failed.end == .retry, "\(failed.output)")
            #expect(
                failed.output.contains("sessions do not end: backstage_plugin_auth (postgres, stubborn)"),
                "\(failed.output)")
            #expect(try await source.value(of: Self.fences) == "0")
            #expect(
                try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname = 'backstage_plugin_auth'")
                    == "0")
            kill(process, SIGCONT)
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(
                try await target.contents(of: "backstage_plugin_auth") == source.contents(of: "backstage_plugin_auth"))
        }

        @Test func `autovacuum does not keep an ordinary role from fencing`() async throws {
            let source = try await PostgresServer.start(settings: [
                "autovacuum_naptime": "1", "autovacuum_vacuum_insert_threshold": "10",
                "autovacuum_vacuum_insert_scale_factor": "0", "autovacuum_vacuum_cost_limit": "1",
                "autovacuum_vacuum_cost_delay": "100",
            ])
            let owner = (role: "backstage", password: "throw-away")
            try await source.psql(
                "CREATE ROLE backstage LOGIN PASSWORD 'throw-away'; CREATE DATABASE app OWNER backstage")
            try await source.psql(
                "CREATE TABLE wide AS SELECT g AS id, repeat('x', 700) AS text FROM generate_series(1, 8000) g",
                database: "app", as: owner)
            let workers =
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname = 'app'"
            #expect(try await eventually(within: .seconds(60)) { try await source.value(of: workers) != "0" })
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            (job[.sourceUser], job[.sourcePassword]) = (owner.role, owner.password)
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(try await target.value(of: "SELECT count(*) FROM wide", database: "app") == "8000")
            #expect(try await source.value(of: workers) != "0")
        }

        @Test func `autovacuum at either server makes the fence no longer`() async throws {
            // Once a worker is in a database, it stays there for long.
            let settings = [
                "autovacuum_naptime": "1", "autovacuum_vacuum_insert_threshold": "10",
                "autovacuum_vacuum_insert_scale_factor": "0", "autovacuum_vacuum_cost_limit": "1",
                "autovacuum_vacuum_cost_delay": "100",
            ]
            let source = try await PostgresServer.start(settings: settings)
            let target = try await PostgresServer.start(settings: settings)
            try await source.psql("CREATE DATABASE app")
            try await source.psql(
                "CREATE TABLE wide AS SELECT g AS id, repeat('x', 700) AS text FROM generate_series(1, 8000) g",
                database: "app")
            let workers =
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname ~ '^(rehome_.*_|app$)'"
            let result = try await Job(from: source, to: target).runOnCommand {
                for server in [source, target] {
                    let isThere = try await eventually(within: .seconds(60)) {
                        try await server.value(of: workers) != "0"
                    }
                    #expect(isThere)
                }
            }
            #expect(result.end == .success, "\(result.output)")
            // Waiting for a worker took 1.3 s at least.
            let refused = try #require(
                result.output.firstMatch(of: #/writes were refused for ([0-9.]+) (ms|s) until then/#),
                "\(result.output)")
            let seconds = try #require(Double(refused.1)) / (refused.2 == "ms" ? 1000 : 1)
            #expect(seconds < 1.2, "\(result.output)")
            for server in [source, target] {
                #expect(try server.log().contains("terminating autovacuum process due to administrator command"))
            }
        }
    }
}
