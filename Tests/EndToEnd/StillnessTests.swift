import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Transactions at the source while it is copied.
    @Suite struct StillnessTests {
        /// Its catalog takes long enough for something to happen before everything is published.
        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            for name in ["backstage_plugin_catalog", "backstage_plugin_auth"] {
                try await source.psql("CREATE DATABASE \(name)")
            }
            try await source.psql(
                """
                CREATE TABLE entities (id int PRIMARY KEY, body text);
                INSERT INTO entities SELECT g, repeat(md5(g::text), 10) FROM generate_series(1, 200000) g;
                CREATE INDEX entities_body ON entities (md5(body))
                """, database: "backstage_plugin_catalog")
            try await source.psql(
                """
                CREATE TABLE sessions (id int PRIMARY KEY, sid text); INSERT INTO sessions SELECT g, 'x' FROM generate_series(1, 100) g;
                SELECT lo_from_bytea(4711, 'large'); CREATE SEQUENCE numbers
                """, database: "backstage_plugin_auth")
            return source
        }

        /// Runs a migration; as soon as the small database's snapshot is taken, runs some SQL in it.
        private func migrate(
            _ source: PostgresServer, _ target: PostgresServer, precopy: Bool, meanwhile sql: String
        ) async throws -> String {
            var isDone = false
            var job = Job(from: source, to: target)
            job[.precopy] = precopy ? "on" : "off"
            let result = try await job.run { line, _ in
                guard !isDone, line.contains("backstage_plugin_auth: 1 tables") else { return }
                isDone = true
                try await source.psql(
                    "SET default_transaction_read_only = off; \(sql)", database: "backstage_plugin_auth")
            }
            #expect(isDone && result.end == .success, "\(result.output)")
            for name in ["backstage_plugin_catalog", "backstage_plugin_auth"] {
                #expect(try await target.contents(of: name) == source.contents(of: name))
                #expect(try await target.schema(of: name) == source.schema(of: name))
            }
            return result.output
        }

        @Test func `clients that come back at once may read on behind the fence`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = Job(from: source, to: target)
            let result = try await job.run(
                meanwhile: { _ in
                    // Like a pool: a session that is ended is replaced at once, for as long as the Job runs.
                    await withTaskGroup { group in
                        for _ in 0..<4 {
                            group.addTask {
                                while !Task.isCancelled {
                                    _ = try? await source.psql(
                                        "SELECT count(*) FROM sessions, pg_sleep(1)", database: "backstage_plugin_auth")
                                }
                            }
                        }
                    }
                }, onLine: { _, _ in })
            #expect(result.end == .success, "\(result.output)")
            #expect(
                try await target.contents(of: "backstage_plugin_auth") == source.contents(of: "backstage_plugin_auth"))
        }

        @Test func `what takes transactions and writes nothing moves no row`() async throws {
            let output = try await migrate(
                source(), PostgresServer.start(), precopy: true,
                meanwhile:
                    "ANALYZE; VACUUM (FREEZE); BEGIN; INSERT INTO sessions VALUES (0, 'never'); DROP TABLE sessions; ROLLBACK"
            )
            #expect(
                output.contains("round 1: 0 rows of ") && !output.contains(#/round \d+: [1-9]/#)
                    && !output.contains("beginning again"), "\(output)")
        }

        @Test(
            arguments: [
                ("DELETE FROM sessions WHERE id = 7", ": 1 rows of "),
                ("ALTER TABLE sessions ADD COLUMN late text DEFAULT 'z'", "backstage_plugin_auth: beginning again"),
            ], [true, false])
        func `whatever is written meanwhile is found and brought over`(
            change: (sql: String, trace: String), precopy: Bool
        ) async throws {
            let output = try await migrate(source(), PostgresServer.start(), precopy: precopy, meanwhile: change.sql)
            #expect(output.contains(change.trace), "\(output)")
        }

        @Test func `nothing is published while somebody writes in spite of the fence, and writes go on afterwards`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            // The first fence stands for long enough to notice them, and later ones for less than they take to come back.
            let proxy = try await TCPProxy.start(to: target.port)
            try await proxy.delay(seconds: 0.05)
            var job = Job(from: source, to: target)
            job[.targetPort] = "\(proxy.port)"
            let result = try await job.run(
                meanwhile: { _ in
                    let isOver = Flag()
                    await withTaskCancellationHandler {
                        await withTaskGroup { group in
                            for number in 1...4 {
                                group.addTask {
                                    await onOwnThread("writer") {
                                        Self.write(row: number, to: source, until: isOver)
                                    }
                                }
                            }
                        }
                    } onCancel: {
                        isOver.raise()
                    }
                },
                onLine: { line, _ in
                    if line.contains("the fence was lifted") { try await proxy.delay(seconds: 0) }
                })
            #expect(result.end == .retry, "\(result.output)")
            #expect(result.output.contains("the source keeps being written to"), "\(result.output)")
            #expect(
                try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'backstage%'") == "0")
            try await source.psql("UPDATE sessions SET sid = 'free' WHERE id = 2", database: "backstage_plugin_auth")
        }

        /// Updates a row again and again, whatever the database's default says. When its session has ended, it waits a
        /// little before the next, as pools do.
        private static func write(row: Int, to server: PostgresServer, until isOver: Flag) {
            while !isOver.isRaised {
                guard let session = try? PlainSession(to: server, database: "backstage_plugin_auth"),
                    (try? session.run("SET default_transaction_read_only = off")) != nil
                else { continue }
                while !isOver.isRaised,
                    (try? session.run("UPDATE sessions SET sid = clock_timestamp()::text WHERE id = \(row)")) != nil
                {
                    usleep(2000)
                }
                usleep(300_000)
            }
        }
    }
}
