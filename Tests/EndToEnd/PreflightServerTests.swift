import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// What the preflight says of the servers, their roles and their limits, and of what only some targets can make.
    @Suite struct PreflightServerTests {
        /// What a preflight must say, and that it says what to do about it.
        private static func expect(_ words: [(severity: String, message: String)], of job: Job) async throws {
            let (findings, result) = try await PreflightReport.run(job)
            #expect(!findings.isEmpty, "\(result.output)")
            for (severity, message) in words {
                let found = findings.filter { $0.message.contains(message) }
                #expect(found.map(\.severity) == [severity], "\(message): \(findings.map(\.message))")
                #expect(found.allSatisfy { severity == "note" || $0.advice?.isEmpty == false })
            }
        }

        @Test func `a server that is both source and target is told`() async throws {
            let server = try await PostgresServer.start()
            try await server.psql("CREATE DATABASE app")
            try await Self.expect(
                [("error", "source and target are the same server")], of: Job(from: server, to: server))
        }

        @Test func `what a server has no room for, and databases that cannot be moved as they are, are said`()
            async throws
        {
            let tight = ["max_connections": "23", "max_locks_per_transaction": "10", "max_prepared_transactions": "0"]
            let source = try await PostgresServer.start(settings: tight)
            let target = try await PostgresServer.start(settings: tight)
            try await source.psql("CREATE DATABASE many")
            try await source.psql(
                "DO $$ BEGIN FOR i IN 1..1500 LOOP EXECUTE format('CREATE TABLE t%s ()', i); IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$",
                database: "many")
            try await source.psql("CREATE DATABASE closed ALLOW_CONNECTIONS false")
            try await source.psql("CREATE DATABASE pattern IS_TEMPLATE true")
            try await source.psql("CREATE DATABASE here; CREATE DATABASE broken; CREATE DATABASE shut")
            try await target.psql(
                "CREATE DATABASE here; CREATE DATABASE shut ALLOW_CONNECTIONS false; CREATE DATABASE broken; UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'"
            )
            var job = Job(from: source, to: target)
            job[.include] = "many,closed,pattern,here,broken,shut"
            job[.targetDatabase] = "here"
            let long = String(repeating: "é", count: 32)
            job[.emptyDatabases] = long
            try await Self.expect(
                [
                    ("error", "4 workers in one pod may need 25"), ("error", "4 workers in one pod may need 21"),
                    ("warning", "many has 1500 tables, each of which pg_dump locks, and the source has room for some"),
                    ("warning", "many has 1500 tables, each of which pg_dump locks, and the target has room for some"),
                    ("error", "closed at the source allows no connections"),
                    ("error", "database pattern at the source is selected, but it is a template"),
                    ("error", "database here is to be published, but the Job is connected to the one of that name"),
                    ("error", "database broken at the target is invalid"),
                    ("error", "database shut exists at the target and takes no connections"),
                    ("error", "the name \(long) is longer than 63 bytes"),
                ], of: job)
        }

        @Test func `a source's role that owns nothing, or may not connect, is told`() async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql(
                "CREATE ROLE reader LOGIN PASSWORD 'throw-away'; GRANT pg_monitor, pg_read_all_data TO reader; CREATE DATABASE app; CREATE DATABASE closed; REVOKE CONNECT ON DATABASE closed FROM PUBLIC; CREATE DATABASE shut OWNER reader CONNECTION LIMIT 0"
            )
            var job = Job(from: source, to: target)
            job[.sourceUser] = "reader"
            job[.sourcePassword] = "throw-away"
            try await Self.expect(
                [
                    ("error", "role reader does not own app, closed at the source, so it cannot fence it"),
                    ("error", "role reader may not connect to closed at the source"),
                    ("error", "database shut at the source takes 0 connections; the Job may need"),
                ], of: job)
        }

        @Test func `a target's role that may not act as the owner, or does not inherit its rights, is told`()
            async throws
        {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            try await target.psql(
                "CREATE ROLE backstage LOGIN PASSWORD 'throw-away' CREATEDB; CREATE ROLE mover LOGIN PASSWORD 'throw-away' CREATEDB NOINHERIT"
            )
            var job = Job(from: source, to: target)
            job[.targetUser] = "mover"
            job[.targetPassword] = "throw-away"
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            try await Self.expect(
                [("error", "role mover may not act as backstage, which is to own the databases")],
                of: job)
            try await target.psql("GRANT backstage TO mover")
            try await Self.expect(
                [("error", "role mover does not inherit the rights of backstage")],
                of: job)
            job[.targetOwner] = "nobody_yet"
            try await Self.expect(
                [
                    (
                        "error",
                        "role nobody_yet, which is to own the databases, does not exist at the target, and mover may"
                    )
                ],
                of: job)
        }

        @Test func `what hangs on servers and roles elsewhere is told by who is to own it`() async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app; CREATE ROLE mapped")
            try await source.psql(
                "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER afar FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR mapped SERVER afar; CREATE FOREIGN TABLE ft (a int) SERVER afar",
                database: "app")
            var job = Job(from: source, to: target)
            try await Self.expect(
                [("warning", "app has user mappings of roles that the target lacks, which are left out: mapped")],
                of: job)
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            try await Self.expect(
                [
                    (
                        "error",
                        "app has foreign tables, which need servers that only an administrator can make: public.ft"
                    ),
                    ("warning", "foreign data wrappers and servers"),
                    ("note", "role backstage does not exist at the target yet; the Job will make it"),
                ], of: job)
        }

        /// Version 17 no longer has the extension adminpack, and the newest server of the tests was built without lz4.
        @Test func `extensions, compression and locales that the target lacks are said`() async throws {
            let oldest = try #require(PostgresInstallation.installed.first)
            let (source, target) = (try await PostgresServer.start(oldest), try await PostgresServer.start())
            let lz4 = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
            let offers = "SELECT count(*) FROM pg_available_extensions WHERE name = 'adminpack'"
            guard try await source.value(of: lz4) == "t", try await target.value(of: lz4) == "f",
                try await source.value(of: offers) == "1", try await target.value(of: offers) == "0"
            else { try Test.cancel("the oldest server lacks lz4 or adminpack, or the newest has one") }
            try await source.psql(
                "CREATE DATABASE app; CREATE DATABASE local TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
            try await source.psql(
                "CREATE EXTENSION adminpack; CREATE TABLE packed (a text COMPRESSION lz4, b text COMPRESSION pglz)",
                database: "app")
            // A system that has no such locale: a server knows those that it had when it was made.
            try await target.psql(
                "SET allow_system_table_mods = on; DELETE FROM pg_collation WHERE collctype ILIKE 'C.utf%'; UPDATE pg_database SET datcollate = 'C', datctype = 'C'"
            )
            try await Self.expect(
                [
                    ("error", "app uses extensions that the target does not offer: adminpack"),
                    (
                        "error",
                        "app has columns that are compressed by lz4, which the target was built without: public.packed"
                    ),
                    ("error", "the target does not know the locale C.UTF-8 of "),
                ], of: Job(from: source, to: target))
        }

        @Test func `a way back from a server that bears no stamp, or a copy of the right one, is told`() async throws {
            let (local, remote) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await local.psql("CREATE DATABASE app")
            #expect(try await Job(from: local, to: remote).run().end == .success)
            let other = try await PostgresServer.start()
            try await other.psql("CREATE DATABASE app")
            var back = Job(from: other, to: local)
            back[.direction] = Direction.rollback.rawValue
            let unstamped = try await PreflightReport.run(back).result
            #expect(
                unstamped.end == .personMustAct
                    && unstamped.output.contains(
                        "bears the stamp of migration 1 of rhdh/developer-hub, so there is nothing to go back from"),
                "\(unstamped.output)")
            let stamp = try await remote.value(
                of: "SELECT quote_literal(shobj_description(oid, 'pg_database')) FROM pg_database WHERE datname = 'app'"
            )
            try await other.psql("COMMENT ON DATABASE app IS \(stamp)")
            try await Self.expect(
                [("error", "were written for another server")], of: back)
        }
    }
}
