import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// What stands in the way is said clearly, with the right exit code, and nothing at the target changes its name.
    @Suite struct RefusalTests {
        private func server(
            with sql: String = "CREATE TABLE t (a int); INSERT INTO t VALUES (1)",
            in database: String = "backstage_plugin_app"
        ) async throws -> PostgresServer {
            let server = try await PostgresServer.start()
            try await server.psql("CREATE DATABASE :\"name\"", variables: ["name": database])
            try await server.psql(sql, database: database)
            return server
        }

        @Test func `a database of a wanted name that holds something is refused, and set aside when asked`()
            async throws
        {
            let source = try await server()
            let target = try await server(with: "CREATE TABLE precious (a int)")
            var job = Job(from: source, to: target)
            let refused = try await job.run()
            #expect(refused.end == .personMustAct)
            #expect(refused.output.contains("database backstage_plugin_app exists at the target and holds 1 objects"))
            #expect(
                try await target.value(of: "SELECT count(*) FROM precious", database: "backstage_plugin_app") == "0")

            job[.existingDatabases] = "setAside"
            let published = try await job.run()
            #expect(published.end == .success, "\(published.output)")
            #expect(try await target.value(of: "SELECT a FROM t", database: "backstage_plugin_app") == "1")
            let aside = try await target.value(
                of: "SELECT datname FROM pg_database WHERE datname LIKE 'backstage_plugin_app_before_%'")
            #expect(try await target.value(of: "SELECT count(*) FROM precious", database: aside) == "0")
        }

        @Test func `an empty database of a wanted name is renamed, never dropped`() async throws {
            let source = try await server()
            let target = try await server(with: "SELECT 1")
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .success, "\(result.output)")
            #expect(
                try await target.value(
                    of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'backstage_plugin_app_before_%'") == "1")
        }

        @Test func `two instances that want the same names on one server are told apart`() async throws {
            let first = try await server()
            let second = try await server()
            let target = try await PostgresServer.start()
            #expect(try await Job(from: first, to: target).run().end == .success)
            var other = Job(from: second, to: target)
            other[.instance] = "other-hub"
            let result = try await other.run()
            #expect(result.end == .personMustAct)
            #expect(result.output.contains("was published by rhdh/developer-hub"))
        }

        @Test func `a preflight of what this instance has published finds nothing wrong with it`() async throws {
            let (source, target) = (try await server(), try await PostgresServer.start())
            var job = Job(from: source, to: target)
            job[.generation] = "2"
            #expect(try await job.run().end == .success)
            job.arguments = ["preflight"]
            let again = try await job.run()
            #expect(again.end == .success, "\(again.output)")
            #expect(again.output.contains("was published by this migration at"), "\(again.output)")
            // Of a newer generation than the settings': something to be looked into, and no other instance's.
            job[.generation] = "1"
            let older = try await job.run()
            #expect(older.output.contains("was published by generation 2 of this migration already"), "\(older.output)")
            #expect(older.end == .personMustAct && older.output.contains("78, docs/findings.md"), "\(older.output)")
            #expect(!older.output.contains("Two instances"))
        }

        @Test func `advice follows a message that is a sentence already`() async throws {
            var job = Job(from: try await server(), to: try await PostgresServer.start())
            job[.targetHost] = nil
            let result = try await job.run()
            #expect(result.end == .personMustAct && !result.output.contains(".."), "\(result.output)")
        }

        /// A cut-over that was given up after publishing: writes went on at the source.
        @Test func `what an earlier generation has published is refused, and set aside when asked`() async throws {
            let source = try await server()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            var release = job
            release.arguments = ["release", "--even-if-published"]
            #expect(try await release.run().end == .success)
            try await source.psql("INSERT INTO t VALUES (2)", database: "backstage_plugin_app")

            job[.generation] = "2"
            let refused = try await job.run()
            #expect(refused.end == .personMustAct)
            #expect(refused.output.contains("was published by generation 1 of this migration at "), "\(refused.output)")

            job[.existingDatabases] = "setAside"
            let published = try await job.run()
            #expect(published.end == .success, "\(published.output)")
            let count = "SELECT count(*) FROM t"
            #expect(try await target.value(of: count, database: "backstage_plugin_app") == "2")
            let aside = try await target.value(
                of: "SELECT datname FROM pg_database WHERE datname LIKE 'backstage_plugin_app_before_%'")
            #expect(try await target.value(of: count, database: aside) == "1")
            #expect(try await job.run().end == .success)
        }

        @Test func `a wrong password is told with its place, and not repeated`() async throws {
            let source = try await server()
            let target = try await PostgresServer.start()
            for (setting, place) in [(JobSetting.sourcePassword, source.port), (.targetPassword, target.port)] {
                var job = Job(from: source, to: target)
                job[setting] = "throw-away-and-wrong"
                let result = try await job.run()
                #expect(result.end == .personMustAct, "\(result.output)")
                #expect(
                    result.output.contains("127.0.0.1:\(place)/postgres")
                        && result.output.contains("password authentication failed"))
                #expect(!result.output.contains("throw-away-and-wrong"))
            }
        }

        @Test func `a host that does not answer may answer later`() async throws {
            let source = try await server()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.targetPort] = "1"
            let result = try await job.run()
            #expect(result.end == .retry, "\(result.output)")
            #expect(result.output.contains("127.0.0.1:1/postgres") && result.output.contains("Nothing answers there"))
        }

        @Test func `a role that may not create databases is told how to get the right`() async throws {
            let source = try await server()
            let target = try await PostgresServer.start()
            try await target.psql("CREATE ROLE reader LOGIN PASSWORD 'throw-away'")
            var job = Job(from: source, to: target)
            job[.targetUser] = "reader"
            job[.targetPassword] = "throw-away"
            let result = try await job.run()
            #expect(result.end == .personMustAct)
            #expect(result.output.contains(#"ALTER ROLE "reader" CREATEDB"#))
        }

        @Test func `an ordinary role moves everything to a role that is to own it`() async throws {
            let source = try await server()
            let target = try await PostgresServer.start()
            try await target.psql(
                "CREATE ROLE backstage LOGIN PASSWORD 'throw-away' CREATEDB; CREATE ROLE mover LOGIN PASSWORD 'throw-away' CREATEDB; GRANT backstage TO mover"
            )
            var job = Job(from: source, to: target)
            job[.targetUser] = "mover"
            job[.targetPassword] = "throw-away"
            job[.targetOwner] = "backstage"
            let without = try await job.run()
            #expect(without.end == .personMustAct)
            #expect(
                without.output.contains(
                    "REHOME_TARGET_OWNER_PASSWORD is not set. It is: the password of backstage"))
            job[.targetOwnerPassword] = "throw-away"
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(
                try await target.value(
                    of: "SELECT tableowner FROM pg_tables WHERE tablename = 't'", database: "backstage_plugin_app")
                    == "backstage")
            // What knex does at the next upgrade of a plugin.
            try await target.psql(
                "SET ROLE backstage; ALTER TABLE t ADD COLUMN b text; CREATE TABLE u (a int)",
                database: "backstage_plugin_app")
            #expect(
                try await target.value(
                    of: "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'backstage_plugin_app'")
                    == "backstage")
        }

        @Test func `a generated column that comes out differently stops the publication`() async throws {
            let source = try await server(
                with: """
                    CREATE FUNCTION whereabouts(int) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT current_setting('port') $$;
                    CREATE TABLE computed (a int, b text GENERATED ALWAYS AS (whereabouts(a)) STORED);
                    INSERT INTO computed VALUES (1)
                    """)
            let target = try await PostgresServer.start()
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .mismatch, "\(result.output)")
            #expect(result.output.contains("backstage_plugin_app.public.computed: the generated columns b differ"))
            #expect(result.output.contains("left at the target: rehome_"))
            #expect(
                try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'backstage%'") == "0")
            #expect(!result.output.contains("fenced 1 databases"))
        }

        @Test func `rows that refer to nothing are refused with the query that finds them, and no value`() async throws
        {
            let source = try await server(
                with: """
                    CREATE TABLE owners (id int PRIMARY KEY, "other id" text UNIQUE); CREATE TABLE things (id int, owner int REFERENCES owners, "o" text REFERENCES owners ("other id"));
                    INSERT INTO owners VALUES (1, 'x'); INSERT INTO things VALUES (1, 1, 'x');
                    SET session_replication_role = replica; INSERT INTO things VALUES (2, 777123, 'x'), (3, 1, 's3cret')
                    """)
            let target = try await PostgresServer.start()
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .personMustAct)
            let query = try #require(
                result.output.firstMatch(of: /finds them there: (.*?); remove or mend them/)?.1, "\(result.output)")
            #expect(
                try await source.value(of: "SELECT count(*) FROM (\(query)) q", database: "backstage_plugin_app") == "1"
            )
            #expect(!result.output.contains("777123") && !result.output.contains("s3cret"))
        }

        @Test func `a definition that fails is named without what it says`() async throws {
            let source = try await server()
            try await source.psql(
                """
                CREATE FUNCTION known(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
                CREATE TABLE callers (name text); INSERT INTO callers VALUES ('a'); CREATE INDEX telling ON callers (known('swordfish' || name));
                CREATE OR REPLACE FUNCTION known(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1 / 0; END';
                """, database: "backstage_plugin_app")
            let target = try await PostgresServer.start()
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .personMustAct, "\(result.output)")
            #expect(
                result.output.contains("Name: telling; Type: INDEX") && result.output.contains("division by zero"),
                "\(result.output)")
            #expect(!result.output.contains("swordfish"), "\(result.output)")
        }

        @Test func `objects of users in the server's own databases are not forgotten`() async throws {
            let source = try await server()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE TABLE stray (a int)")
            var job = Job(from: source, to: target)
            let result = try await job.run()
            #expect(result.end == .personMustAct)
            #expect(result.output.contains("database postgres at the source holds objects of users"))
            job[.exclude] = "postgres"
            #expect(try await job.run().end == .success)
        }

        @Test func `a pg_dump older than the source is refused with what was found`() async throws {
            guard let newest = PostgresInstallation.installed.last, newest.major > 15 else { return }
            let source = try await server()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job.environment["PATH"] = "/nonexistent"
            let result = try await job.run()
            #expect(result.end == .personMustAct)
            #expect(result.output.contains("pg_dump must be at least version \(newest.major)"))
        }

        @Test func `patterns choose the databases, and choosing none is an error`() async throws {
            let source = try await server()
            try await source.psql("CREATE DATABASE \"rhdh-ls\"; CREATE DATABASE other")
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.include] = "nothing*"
            #expect(try await job.run().output.contains("no database is selected by nothing*"))
            job[.include] = "backstage_plugin_*,rhdh-??"
            job[.emptyDatabases] = "backstage_plugin_orchestrator"
            #expect(try await job.run().end == .success)
            let names = try await target.psql(
                "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1")
            #expect(
                names.split(separator: "\n") == ["backstage_plugin_app", "backstage_plugin_orchestrator", "rhdh-ls"])

            // The plan grows after the fact: what is new is named, and nothing is copied.
            job[.include] = "backstage_plugin_*,rhdh-??,other"
            let grown = try await job.run()
            #expect(grown.end == .personMustAct)
            #expect(grown.output.contains("other would be new"))
        }
    }
}
