import FoundationEssentials
import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// What comes before the real run: the rehearsal, and the wait for the window.
    @Suite struct RehearsalTests {
        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            for name in ["backstage_plugin_catalog", "backstage_plugin_auth"] {
                try await source.psql("CREATE DATABASE \(name)")
            }
            try await source.psql(
                """
                CREATE TABLE entities (id int PRIMARY KEY, body text);
                INSERT INTO entities SELECT g, repeat(md5(g::text), 10) FROM generate_series(1, 100000) g;
                CREATE INDEX entities_body ON entities (md5(body))
                """, database: "backstage_plugin_catalog")
            try await source.psql(
                "CREATE TABLE sessions (sid text); INSERT INTO sessions VALUES ('x')", database: "backstage_plugin_auth"
            )
            return source
        }

        @Test func `a copy that is taken up gets the settings of today`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            try await source.psql(
                "ALTER DATABASE backstage_plugin_auth SET work_mem = '5MB'; ALTER DATABASE backstage_plugin_auth SET statement_timeout = '1h'"
            )
            var job = Job(from: source, to: target)
            job.arguments = ["rehearse"]
            let rehearsal = try await job.run()
            #expect(rehearsal.end == .success, "\(rehearsal.output)")
            try await source.psql(
                "ALTER DATABASE backstage_plugin_auth SET work_mem = '6MB'; ALTER DATABASE backstage_plugin_auth RESET statement_timeout; ALTER DATABASE backstage_plugin_auth CONNECTION LIMIT 7"
            )
            job.arguments = ["migrate"]
            let moved = try await job.run()
            #expect(moved.end == .success && moved.output.contains("taken up"), "\(moved.output)")
            #expect(
                try await target.value(
                    of:
                        "SELECT datconnlimit, setconfig FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0 WHERE datname = 'backstage_plugin_auth'"
                ) == "7|{work_mem=6MB}")
        }

        private static let fences =
            "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%default_transaction_read_only%'"

        @Test
        func
            `a rehearsal leaves a verified copy, fences nothing, publishes nothing, and the real run takes up what is unchanged`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            // Waiting for the window is the real run's.
            job[.notBefore] = "2999-01-01T00:00:00Z"
            job.arguments = ["rehearse"]
            var wrote = false
            let rehearsal = try await job.run { line, _ in
                #expect(try await source.value(of: Self.fences) == "0")
                if !wrote, line.contains("backstage_plugin_catalog: 1 tables") {
                    wrote = true
                    try await source.psql(
                        "INSERT INTO entities VALUES (0, 'written during the rehearsal')",
                        database: "backstage_plugin_catalog")
                }
            }
            #expect(wrote)
            #expect(rehearsal.end == .success, "\(rehearsal.output)")
            for part in [
                "schema", "copy", "index", "verify", "The fence will stand for about", "backstage_plugin_auth",
                "work in all",
            ] {
                #expect(rehearsal.output.contains(part))
            }
            #expect(
                try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'backstage%'") == "0")
            #expect(
                try await target.value(of: #"SELECT count(*) FROM pg_database WHERE datname LIKE 'rehome\_%\_%'"#)
                    == "2")
            job.arguments = ["status"]
            let status = try await job.run().output
            #expect(status.contains("state: rehearsed") && status.contains(#/rehearsal 1, begun [^:]*:..:..Z: ended /#))

            // One row of one table, and its own table is copied again, nothing else.
            try await source.psql("INSERT INTO sessions VALUES ('y')", database: "backstage_plugin_auth")
            job[.notBefore] = nil
            job.arguments = ["migrate", "--verbose"]
            let migration = try await job.run()

            #expect(migration.end == .success, "\(migration.output)")
            #expect(
                migration.output.split(separator: "\n").filter {
                    $0.contains("taken up where an earlier attempt ended")
                }.count == 2)
            #expect(migration.output.contains("auth.public.sessions: 2 rows, 4 bytes copied"), "\(migration.output)")
            #expect(
                !migration.output.contains(#/catalog.public.entities: .* copied/#)
                    && !migration.output.contains("built index"))
            for name in ["backstage_plugin_catalog", "backstage_plugin_auth"] {
                #expect(try await target.contents(of: name) == source.contents(of: name))
            }
            job.arguments = ["rehearse"]
            let late = try await job.run()
            #expect(late.end == .success && late.output.contains("nothing to copy"), "\(late.output)")
        }

        @Test func `a rehearsal's report is JSON if asked`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job.arguments = ["rehearse", "--output", "json"]
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            struct Report: Decodable {
                struct Database: Decodable {
                    var name: String
                    var rows: Int
                }
                var databases: [Database]
                var fenceSeconds: Double
                var seconds: Double
            }
            let report = try JSONDecoder().decode(Report.self, from: Data(result.written.utf8))
            #expect(report.databases.map(\.name) == ["backstage_plugin_auth", "backstage_plugin_catalog"])
            #expect(report.databases.map(\.rows) == [1, 100_000])
            #expect(report.fenceSeconds < report.seconds && report.fenceSeconds > 0)
        }

        @Test func `the fence falls at the window's instant, with everything copied before and kept up until then`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            // Long enough for a busy machine to copy everything before.
            let start = Date.now.addingTimeInterval(30)
            job[.notBefore] = start.formatted(.iso8601)
            let instant = try Date(start.formatted(.iso8601), strategy: .iso8601)
            var (wrote, fenced) = (false, nil as Date?)
            let result = try await job.run { line, _ in
                if line.contains("the fence waits for") {
                    wrote = true
                    #expect(try await source.value(of: Self.fences) == "0")
                    try await source.psql(
                        "INSERT INTO sessions VALUES ('written while it waits')", database: "backstage_plugin_auth")
                }
                if line.contains("fenced 2 databases") { fenced = .now }
            }
            #expect(wrote && result.end == .success, "\(result.output)")
            let late = try #require(fenced).timeIntervalSince(instant)
            #expect(late > -0.1 && late < 1, "\(result.output)")
            #expect(
                try await target.contents(of: "backstage_plugin_auth") == source.contents(of: "backstage_plugin_auth"))
            // A time in the past means at once.
            #expect(try await !job.run().output.contains("waits for"))
        }

        @Test func `without a pre-copy the run waits for its window with nothing begun`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.precopy] = "off"
            // Long enough for a busy machine to start the Job in, so that there is something left to wait for.
            let start = Date.now.addingTimeInterval(15)
            job[.notBefore] = start.formatted(.iso8601)
            let result = try await job.run { line, _ in
                let fences = try await source.value(of: Self.fences)
                if line.contains("waiting until") { #expect(fences == "0") }
                // ISO 8601 as formatted has no fraction of a second.
                if line.contains("connected to the target") { #expect(Date.now > start.addingTimeInterval(-1)) }
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(result.output.contains("nothing is fenced") && result.output.contains("the wait is over"))
        }

        @Test func `SIGTERM ends the wait at once`() async throws {
            let server = try await PostgresServer.start()
            var job = Job(from: server, to: server)
            job[.notBefore] = "2999-01-01T00:00:00Z"
            var asked: ContinuousClock.Instant?
            let result = try await job.run { line, process in
                guard line.contains("waiting until") else { return }
                asked = .now
                kill(process, SIGTERM)
            }
            #expect(result.end == .retry, "\(result.output)")
            #expect(try #require(asked).duration(to: .now) < .seconds(10))
            #expect(result.output.contains("nothing was begun"))
        }
    }
}
