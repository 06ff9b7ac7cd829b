import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// There and back, and there again.
    @Suite struct RollbackTests {
        /// The oldest version stands in for the operator's server, the newest for the one that is moved to.
        private func servers() async throws -> (local: PostgresServer, remote: PostgresServer) {
            let local = try await PostgresServer.start(PostgresInstallation.installed.first)
            for name in ["backstage_plugin_catalog", "backstage_plugin_auth", "backstage_plugin_gone"] {
                try await local.psql("CREATE DATABASE \(name)")
            }
            try await local.psql(
                """
                CREATE TABLE entities (id serial PRIMARY KEY, body text);
                INSERT INTO entities (body) SELECT repeat(md5(g::text), 10) FROM generate_series(1, 50000) g;
                CREATE INDEX ON entities (md5(body));
                SELECT lo_from_bytea(0, 'large');
                """, database: "backstage_plugin_catalog")
            try await local.psql(
                "CREATE TABLE sessions (sid text); INSERT INTO sessions VALUES ('x')", database: "backstage_plugin_auth"
            )
            try await local.psql("COMMENT ON DATABASE backstage_plugin_auth IS 'of old'")
            let remote = try await PostgresServer.start()
            // Somebody else's, on a shared server.
            try await remote.psql("CREATE ROLE tenant; CREATE DATABASE tenant OWNER tenant")
            return (local, remote)
        }

        private func job(
            from source: PostgresServer, to target: PostgresServer, _ direction: Direction, generation: Int = 1
        ) -> Job {
            var job = Job(from: source, to: target)
            job[.direction] = direction.rawValue
            job[.generation] = "\(generation)"
            // One that is there anyway, as the orchestrator's is once it was made.
            job[.emptyDatabases] = "backstage_plugin_auth"
            return job
        }

        private func databases(at server: PostgresServer) async throws -> [String] {
            try await server.psql(
                "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1') ORDER BY 1"
            )
            .split(separator: "\n").map(String.init)
        }

        private func fenced(at server: PostgresServer) async throws -> [String] {
            try await server.psql(
                """
                SELECT datname FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
                WHERE setconfig::text LIKE '%default_transaction_read_only=on%' ORDER BY 1
                """
            ).split(separator: "\n").map(String.init)
        }

        @Test func `a crash of the local server is no write to it, and the way back stays open`() async throws {
            let (local, remote) = try await servers()
            // Up to the crash, each value that is taken makes the log run ahead by 32.
            try await local.psql(
                "CREATE SEQUENCE down INCREMENT -3; SELECT nextval('down'), nextval('entities_id_seq')",
                database: "backstage_plugin_catalog")
            #expect(try await job(from: local, to: remote, .forward).run().end == .success)
            try await local.restart(.immediate)
            let state =
                "SELECT string_agg(last_value::text, ',') FROM (SELECT last_value FROM down UNION ALL SELECT last_value FROM entities_id_seq) s"
            #expect(
                try await local.value(of: state, database: "backstage_plugin_catalog")
                    != remote.value(of: state, database: "backstage_plugin_catalog"))
            var verification = job(from: local, to: remote, .forward)
            verification.arguments = ["verify"]
            let verified = try await verification.run()
            #expect(verified.end == .success, "\(verified.output)")
            #expect(verified.output.contains("as a crash of the server moves it; no row has changed"))
            let rollback = try await job(from: remote, to: local, .rollback).run()
            #expect(rollback.end == .success, "\(rollback.output)")
            #expect(rollback.output.contains("only sequences have moved since"))
        }

        /// As a chart's own database has it: the Job is the administrator, and Backstage a role that the chart has made.
        @Test func `what is copied back belongs to the role as which Backstage works there`() async throws {
            let local = try await PostgresServer.start(PostgresInstallation.installed.first)
            let login = (role: "bn_backstage", password: "throw-away")
            try await local.psql("CREATE ROLE bn_backstage LOGIN PASSWORD 'throw-away'")
            try await local.psql("CREATE DATABASE backstage_plugin_app OWNER bn_backstage")
            try await local.psql("CREATE TABLE t (a int)", database: "backstage_plugin_app", as: login)
            let remote = try await PostgresServer.start()
            #expect(try await job(from: local, to: remote, .forward).run().end == .success)
            try await remote.psql("INSERT INTO t VALUES (1)", database: "backstage_plugin_app")
            var back = job(from: remote, to: local, .rollback)
            back[.targetOwner] = login.role
            back[.targetOwnerPassword] = login.password
            back[.targetOwnerCreatesDatabases] = "off"
            let result = try await back.run()
            #expect(result.end == .success, "\(result.output)")
            // As knex would, at the next upgrade of a plugin.
            let change = "ALTER TABLE t ADD COLUMN b text; SELECT a FROM t"
            #expect(
                try await local.psql(change, database: "backstage_plugin_app", as: login).split(separator: "\n").last
                    == "1")
            let attributes = "SELECT rolcreatedb FROM pg_roles WHERE rolname = 'bn_backstage'"
            #expect(try await local.value(of: attributes) == "f")
        }

        @Test func `what was written since the cut-over is there after going back, and after going there again`()
            async throws
        {
            let (local, remote) = try await servers()
            let forward = job(from: local, to: remote, .forward)
            #expect(try await forward.run().end == .success)
            let before = try await local.contents(of: "backstage_plugin_catalog")
            // Backstage at work: rows, a new plugin, a plugin that is no more.
            try await remote.psql(
                "INSERT INTO entities (body) VALUES ('since the cut-over')", database: "backstage_plugin_catalog")
            try await remote.psql("CREATE DATABASE backstage_plugin_new")
            try await remote.psql("CREATE TABLE t AS SELECT 1 AS a", database: "backstage_plugin_new")
            try await remote.psql("DROP DATABASE backstage_plugin_gone")

            // Killed half-way, and run again.
            let back = job(from: remote, to: local, .rollback)
            // Without a word it does not fence, however late it is killed.
            var waiting = back
            waiting[.cutover] = CutoverPolicy.onCommand.rawValue
            let killed = try await waiting.run { line, process in
                if line.contains("backstage_plugin_auth: everything is at the target") { kill(process, SIGKILL) }
            }
            #expect(killed.status == 128 + SIGKILL, "\(killed.output)")
            #expect(try await fenced(at: remote).isEmpty)
            let rollback = try await back.run()

            #expect(rollback.end == .success, "\(rollback.output)")
            let names = try await databases(at: local)
            #expect(
                names.filter { !$0.contains("_before_") } == [
                    "backstage_plugin_auth", "backstage_plugin_catalog", "backstage_plugin_new",
                ], "\(names)")
            #expect(names.filter { $0.contains("_before_") }.count == 3, "\(names)")
            for name in ["backstage_plugin_auth", "backstage_plugin_catalog", "backstage_plugin_new"] {
                #expect(try await local.contents(of: name) == remote.contents(of: name))
            }
            // What was left behind is there still, renamed; nothing of the new is fenced.
            let stale = try #require(names.first { $0.hasPrefix("backstage_plugin_catalog_before_") })
            #expect(try await local.contents(of: stale) == before)
            #expect(try await fenced(at: local).allSatisfy { $0.contains("_before_") })
            #expect(try await fenced(at: remote).count == 3)
            try await local.psql(
                "INSERT INTO entities (body) VALUES ('since the way back')", database: "backstage_plugin_catalog")

            // A Job of the way there that an engine makes again opens nothing.
            let revenant = try await forward.run()
            #expect(
                revenant.end == .personMustAct && revenant.output.contains("the databases are fenced since"),
                "\(revenant.output)")

            let again = try await job(from: local, to: remote, .forward, generation: 2).run()
            #expect(again.end == .success, "\(again.output)")
            #expect(
                try await remote.contents(of: "backstage_plugin_catalog")
                    == local.contents(of: "backstage_plugin_catalog"))
            #expect(
                try await remote.value(
                    of: "SELECT count(*) FROM entities WHERE body LIKE 'since the %'",
                    database: "backstage_plugin_catalog") == "2")
            let there = try await databases(at: remote)
            #expect(
                there.filter { !$0.contains("_before_") } == [
                    "backstage_plugin_auth", "backstage_plugin_catalog", "backstage_plugin_new", "tenant",
                ], "\(there)")
            #expect(there.filter { $0.contains("_before_") }.count == 3, "\(there)")
            #expect(try await back.run().end == .personMustAct)
            // A database's own comment has made the whole way.
            #expect(
                try await remote.value(
                    of:
                        "SELECT shobj_description(oid, 'pg_database')::json -> 'stamp' ->> 'sourceComment' FROM pg_database WHERE datname = 'backstage_plugin_auth'"
                ) == "of old")
        }

        @Test func `a local database that was written to since does not give way`() async throws {
            let (local, remote) = try await servers()
            let forward = job(from: local, to: remote, .forward)
            #expect(try await forward.run().end == .success)
            var release = forward
            release.arguments = ["release", "--even-if-published"]
            #expect(try await release.run().end == .success)
            try await local.psql("INSERT INTO sessions VALUES ('newer')", database: "backstage_plugin_auth")

            let result = try await job(from: remote, to: local, .rollback).run()

            #expect(result.end == .personMustAct)
            #expect(
                result.output.contains(
                    "database backstage_plugin_auth at the target is not the one that may give way: it has been written to since"
                ), "\(result.output)")
            #expect(try await fenced(at: remote).isEmpty)
            #expect(
                try await local.value(of: "SELECT count(*) FROM sessions", database: "backstage_plugin_auth") == "2")
        }

        @Test func `without a stamp there is nothing to go back from`() async throws {
            let (local, remote) = try await servers()
            let result = try await job(from: local, to: remote, .rollback).run()
            #expect(result.end == .personMustAct)
            #expect(
                result.output.contains("no database is selected")
                    || result.output.contains("so there is nothing to go back from"), "\(result.output)")
        }
    }
}
