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
            for name in ["backstage_plugin_catalog", "backstage_plugin_auth"] { try await source.psql("CREATE DATABASE \(name)") }
            try await source.psql(
                """
                CREATE TABLE entities (id int PRIMARY KEY, body text);
                INSERT INTO entities SELECT g, repeat(md5(g::text), 10) FROM generate_series(1, 100000) g;
                CREATE INDEX entities_body ON entities (md5(body))
                """, database: "backstage_plugin_catalog")
            try await source.psql("CREATE TABLE sessions (sid text); INSERT INTO sessions VALUES ('x')", database: "backstage_plugin_auth")
            return source
        }

        private static let fences = "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%default_transaction_read_only%'"

        @Test func `a rehearsal leaves a verified copy, fences nothing, publishes nothing, and the real run takes up what is unchanged`() async throws {
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
                    try await source.psql("INSERT INTO entities VALUES (0, 'written during the rehearsal')", database: "backstage_plugin_catalog")
                }
            }
            #expect(wrote)
            #expect(rehearsal.end == .success, "\(rehearsal.output)")
            for part in ["schema", "copy", "index", "verify", "The fence will stand for about", "backstage_plugin_auth", "work in all"] {
                #expect(rehearsal.output.contains(part))
            }
            #expect(try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'backstage%'") == "0")
            #expect(try await target.value(of: #"SELECT count(*) FROM pg_database WHERE datname LIKE 'rehome\_%\_%'"#) == "2")
            job.arguments = ["status"]
            #expect(try await job.run().output.contains("state: rehearsed"))

            job[.notBefore] = nil
            job.arguments = ["migrate"]
            let migration = try await job.run()

            #expect(migration.end == .success, "\(migration.output)")
            #expect(migration.output.contains("written to since the rehearsal, to be copied anew: backstage_plugin_catalog\n"))
            #expect(migration.output.contains("backstage_plugin_auth: 1 tables") && migration.output.contains("sealed by an earlier attempt"))
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
                struct Database: Decodable { var name: String; var rows: Int }
                var databases: [Database]
                var fenceSeconds: Double
                var seconds: Double
            }
            let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
            #expect(report.databases.map(\.name) == ["backstage_plugin_auth", "backstage_plugin_catalog"])
            #expect(report.databases.map(\.rows) == [1, 100_000])
            #expect(report.fenceSeconds > report.seconds && report.seconds > 0)
        }

        @Test func `the run waits for its window unfenced, and begins then`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
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
            // A time in the past means at once.
            #expect(try await !job.run().output.contains("waiting until"))
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
