import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// The check after the cut-over, against sessions that come and go.
    @Suite struct AfterTests {
        private static let databases = ["backstage_plugin_auth", "backstage_plugin_catalog", "backstage_plugin_idle"]

        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            for name in Self.databases {
                try await source.psql("CREATE DATABASE \(name)")
                try await source.psql(
                    """
                    CREATE TABLE knex_migrations_lock ("index" serial PRIMARY KEY, is_locked int);
                    INSERT INTO knex_migrations_lock (is_locked) VALUES (0)
                    """, database: name)
            }
            try await source.psql(
                "CREATE TABLE final_entities AS SELECT g FROM generate_series(1, 10) g",
                database: "backstage_plugin_catalog")
            return source
        }

        /// Holds a session in each database, as Backstage's role, while the body runs.
        private func withSessions<Result: Sendable>(
            in databases: [String], at server: PostgresServer, _ body: () async throws -> Result
        ) async throws -> Result {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for database in databases {
                    group.addTask { _ = try? await server.psql("SELECT pg_sleep(300)", database: database) }
                }
                let sitting = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(300)'"
                #expect(
                    try await eventually(within: .seconds(60)) {
                        try await server.value(of: sitting) == "\(databases.count)"
                    })
                let result = try await body()
                try await server.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(300)'")
                return result
            }
        }

        private func after(_ job: Job, _ arguments: String...) async throws -> Job.Result {
            var job = job
            job.arguments = ["after"] + arguments
            return try await job.run()
        }

        @Test
        func `the cut-over is complete when every plugin that was there works at the target and none at the source`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = Job(from: source, to: target)
            let early = try await after(job)
            #expect(
                early.end == .retry && early.output.contains("nothing of rhdh/developer-hub is published"),
                "\(early.output)")
            let used = ["backstage_plugin_auth", "backstage_plugin_catalog"]
            let migration = try await withSessions(in: used, at: source) { try await job.run() }
            #expect(migration.end == .success, "\(migration.output)")
            #expect(
                migration.output.contains("state: published at")
                    && migration.output.contains("not cut over; the source is fenced since"))

            let none = try await after(job)
            #expect(
                none.end == .retry && none.output.contains("has no session in any published database"), "\(none.output)"
            )

            let some = try await withSessions(in: ["backstage_plugin_catalog"], at: target) {
                try await after(job, "--wait", "1s")
            }
            #expect(
                some.end == .retry && some.output.contains("not there: auth (backstage_plugin_auth)"), "\(some.output)")

            let left = try await withSessions(in: used, at: target) {
                try await withSessions(in: ["backstage_plugin_auth"], at: source) { try await after(job) }
            }
            #expect(
                left.end == .retry
                    && left.output.contains("1 sessions are left at the source: backstage_plugin_auth (postgres, psql)"),
                "\(left.output)")

            await source.stop()
            let all = try await withSessions(in: used, at: target) {
                var job = job
                job.arguments = ["status"]
                #expect(try await job.run().output.contains("state: done"))
                return try await after(job, "--output", "json", "--wait", "1m")
            }
            #expect(all.end == .success, "\(all.output)")
            #expect(
                all.output.contains(#""verdict" : "ok""#)
                    && all.output.contains("without a session, as before the move: idle (backstage_plugin_idle)"))
            #expect(all.output.contains("the source cannot be asked"))
        }

        @Test func `a stuck lock and a catalog that has shrunk need a person`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            try await target.psql("UPDATE knex_migrations_lock SET is_locked = 1", database: "backstage_plugin_auth")
            try await target.psql("DELETE FROM final_entities WHERE g > 7", database: "backstage_plugin_catalog")
            let result = try await withSessions(in: ["backstage_plugin_catalog"], at: target) { try await after(job) }
            #expect(result.end == .personMustAct)
            #expect(
                result.output.contains(
                    "backstage_plugin_auth.public.knex_migrations_lock is locked, and nobody is at work"),
                "\(result.output)")
            #expect(result.output.contains("the catalog holds 7 entities, and 10 were moved"))
        }

        @Test func `a Job that comes back to databases which were left since opens no gate`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            // What a migration away from the target begins with.
            try await target.psql("ALTER DATABASE backstage_plugin_auth SET default_transaction_read_only = on")
            job[.gate] = "manual"
            job[.receiptName] = "receipt"
            let again = try await job.run()
            #expect(again.end == .personMustAct, "\(again.output)")
            #expect(again.output.contains("the databases are fenced since") && !again.output.contains("ConfigMap"))
            #expect(try await after(job).end == .personMustAct)
        }
    }
}
