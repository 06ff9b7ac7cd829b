import Foundation
import FoundationEssentials
import Glibc
import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// Everything that stands in the way is said before anything is done.
    @Suite struct PreflightFindingTests {
        /// What each database holds, and what must be said of it, in words that follow each other.
        private static let databases: [(name: String, script: String, severity: String, words: [String])] = [
            (
                "policy",
                "CREATE ROLE only_here; CREATE TABLE t (a int); CREATE POLICY p ON t TO only_here USING (true)",
                "error", ["policies for roles that the target lacks: only_here"]
            ),
            (
                "forced",
                "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY",
                "warning", ["hides rows from their owner", "public.t"]
            ),
            (
                "taken", "CREATE SCHEMA _rehome; CREATE VIEW _rehome.v AS SELECT 1", "error",
                ["taken at the source has a schema _rehome"]
            ),
            (
                "setting", "ALTER DATABASE setting SET zero_damaged_pages = on; CREATE TABLE t (a int)", "warning",
                ["settings that only a superuser may set", "zero_damaged_pages=on"]
            ),
            (
                "path",
                "CREATE FUNCTION fold(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(x)'; CREATE FUNCTION fold_all(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN fold(trim(x)); END'; CREATE TABLE t (a text); CREATE INDEX ON t (fold_all(a))",
                "warning", ["names without their schemas", "fold_all(text)"]
            ),
            (
                "named",
                "CREATE FUNCTION fold(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(x)'; CREATE FUNCTION fold_all(x text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = public AS 'SELECT fold(trim(x))'; CREATE TABLE t (a text); CREATE INDEX ON t (fold_all(a))",
                "none", ["named has"]
            ),
            (
                "triggers",
                "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON sql_drop EXECUTE FUNCTION f()",
                "warning", ["left out", "event triggers et"]
            ),
            (
                // As a provider would have set them; no package of PostgreSQL's brings one that needs no SELinux.
                "labelled",
                """
                CREATE TABLE t (a int); INSERT INTO pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'dummy', 'classified'), ('t'::regclass, 'pg_class'::regclass, 1, 'dummy', 'secret');
                INSERT INTO pg_shseclabel SELECT oid, 'pg_database'::regclass, 'dummy', 'secret' FROM pg_database WHERE datname = current_database()
                """,
                "warning", ["labelled has security labels, which are left out: 3 labels of dummy"]
            ),
            (
                "spaced",
                "SET allow_in_place_tablespaces = on; CREATE TABLESPACE slow LOCATION ''; CREATE TABLE t (a int) TABLESPACE slow",
                "note", ["spaced lies in tablespaces", "tablespace slow of 1 tables and indexes"]
            ),
            (
                "subscribed",
                "CREATE SUBSCRIPTION from_afar CONNECTION 'dbname=afar' PUBLICATION p WITH (connect = false)",
                "warning", ["subscribed at the source subscribes to a publication: subscription from_afar"]
            ),
            (
                "written",
                "CREATE SUBSCRIPTION written_to CONNECTION 'host=127.0.0.1 port=1 dbname=afar' PUBLICATION p WITH (connect = false); ALTER SUBSCRIPTION written_to ENABLE",
                "error", ["written at the source is written to by subscriptions", "written_to"]
            ),
            ("published", "CREATE PUBLICATION everything FOR ALL TABLES", "warning", ["left out", "everything"]),
            ("ascii", "SELECT 1", "warning", ["ascii has encoding SQL_ASCII"]),
            (
                "wide",
                "CREATE TABLE t AS SELECT (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1500000) i) AS body",
                "note", ["the widest row, in wide.public.t, takes 46 MiB on its way"]
            ),
            (
                "untrusted", "CREATE EXTENSION pageinspect; CREATE VIEW v AS SELECT public.get_raw_page('pg_class', 0)",
                "error", ["only an administrator can make at the target: pageinspect"]
            ),
            (
                "c_code", "CREATE FUNCTION up(text) RETURNS text LANGUAGE internal IMMUTABLE AS 'upper'", "error",
                ["functions that only a superuser can own", "public.up"]
            ),
        ]

        @Test func `each kind of trouble is named, with what to do about it`() async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            for database in Self.databases {
                let encoding =
                    database.name == "ascii"
                    ? "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0" : ""
                try await source.psql("CREATE DATABASE \(database.name) \(encoding)")
                try await source.psql(database.script, database: database.name)
            }
            try await source.psql(
                "CREATE DATABASE broken; UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'")
            try await source.psql(
                """
                CREATE ROLE keeps_writing LOGIN; ALTER ROLE keeps_writing SET default_transaction_read_only = no;
                CREATE ROLE only_reads LOGIN; ALTER ROLE only_reads SET default_transaction_read_only = on;
                CREATE ROLE stays_outside; ALTER ROLE stays_outside SET default_transaction_read_only = off
                """)
            try await target.psql("CREATE ROLE backstage LOGIN PASSWORD 'throw-away' CREATEDB CONNECTION LIMIT 5")
            var job = Job(from: source, to: target)
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            let (findings, result) = try await PreflightReport.run(job)
            #expect(result.end == .personMustAct)
            for database in Self.databases {
                let found = findings.filter { finding in database.words.allSatisfy { finding.message.contains($0) } }
                guard database.severity != "none" else {
                    #expect(
                        !findings.contains { $0.message.contains("fold_all") && $0.message.hasPrefix("named") },
                        "\(findings)")
                    continue
                }
                #expect(found.map(\.severity) == [database.severity], "\(database.name): \(findings.map(\.message))")
                #expect(database.severity == "note" || found.first?.advice?.isEmpty == false)
            }
            for words in [
                "database broken at the source is invalid", "role backstage at the target may have 5 connections",
                "roles keeps_writing at the source have default_transaction_read_only = off",
            ] {
                #expect(findings.contains { $0.message.contains(words) }, "\(words): \(findings.map(\.message))")
            }
        }

        @Test func `a source whose rows this role may not read, and limits of databases and roles, are said`()
            async throws
        {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql(
                "CREATE ROLE reader LOGIN PASSWORD 'throw-away'; GRANT pg_monitor TO reader; CREATE DATABASE app OWNER reader CONNECTION LIMIT 3"
            )
            try await source.psql(
                "CREATE TABLE closed (a int); CREATE TABLE open (a int); GRANT SELECT ON open TO reader; CREATE TABLE hidden (a int); GRANT SELECT ON hidden TO reader; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; CREATE SEQUENCE counted; SELECT lo_create(1), lo_create(2); GRANT SELECT ON LARGE OBJECT 2 TO reader",
                database: "app")
            var job = Job(from: source, to: target)
            job[.sourceUser] = "reader"
            job[.sourcePassword] = "throw-away"
            let (findings, _) = try await PreflightReport.run(job)
            #expect(
                findings.contains {
                    $0.message.contains(
                        "may not read all rows of app at the source: public.closed, public.counted, public.hidden")
                }, "\(findings)")
            #expect(
                findings.contains { $0.message == "role reader may not read 1 large objects of app at the source" },
                "\(findings)")
            #expect(
                findings.contains { $0.message.contains("database app at the source takes 3 connections") },
                "\(findings)")
        }

        @Test(arguments: ["source", "target"])
        func `a replica on either side is told at once`(side: String) async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            let replica = side == "source" ? source : target
            try await replica.pause()
            let signal = replica.folder.appending("data/standby.signal")
            try signal.write("")
            _ = chown(signal.string, getpwnam("postgres")?.pointee.pw_uid ?? getuid(), getgid())
            try await replica.resume()
            for command in ["migrate", "preflight"] {
                var job = Job(from: source, to: target)
                job.arguments = [command]
                let result = try await job.run()
                #expect(result.end == .personMustAct, "\(result.output)")
                #expect(
                    result.output.contains(
                        "this is a replica, on which nothing can be written or fenced. Name the primary server as the \(side)"
                    ), "\(result.output)")
            }
        }

        @Test(arguments: ["", "ignore_startup_parameters = options,extra_float_digits\n"])
        func `a pooler before a server is told from a server`(setting: String) async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            let pooler = try await Pooler.start(before: target, setting: setting)
            var job = Job(from: source, to: target)
            job[.targetPort] = "\(pooler.port)"
            let result = try await job.run()
            #expect(result.end == .personMustAct, "\(result.output)")
            #expect(
                result.output.contains("A connection pooler answers there; connect to the server itself"),
                "\(result.output)")
        }

        @Test func `prepared transactions at either end are said`() async throws {
            let settings = ["max_prepared_transactions": "5"]
            let (source, target) = (
                try await PostgresServer.start(settings: settings), try await PostgresServer.start(settings: settings)
            )
            for server in [source, target] {
                try await server.psql("CREATE DATABASE app")
                try await server.psql("BEGIN; CREATE TABLE t (a int); PREPARE TRANSACTION 'left over'", database: "app")
            }
            let (findings, _) = try await PreflightReport.run(Job(from: source, to: target))
            #expect(
                findings.contains {
                    $0.severity == "error" && $0.message == "prepared transactions at the source: left over in app"
                }, "\(findings)")
            #expect(
                findings.contains {
                    $0.severity == "warning" && $0.message == "prepared transactions at the target: left over in app"
                }, "\(findings)")
            #expect(
                findings.contains {
                    $0.severity == "error"
                        && $0.message
                            == "database app at the target is to be set aside, and cannot be renamed while it has prepared transactions"
                }, "\(findings)")
        }

        @Test func `a target whose configuration makes sessions read-only is refused`() async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            try await target.psql("ALTER SYSTEM SET default_transaction_read_only = 'yes'")
            let job = Job(from: source, to: target)
            let (refused, _) = try await PreflightReport.run(job)
            #expect(
                refused.contains { $0.severity == "error" && $0.message.contains("default_transaction_read_only in") },
                "\(refused)")
            try await target.psql("ALTER SYSTEM SET default_transaction_read_only = off")
            let (accepted, _) = try await PreflightReport.run(job)
            #expect(!accepted.contains { $0.message.contains("default_transaction_read_only") }, "\(accepted)")
        }

        @Test func `a source that forgets old snapshots is moved under the fence alone`() async throws {
            guard let oldest = PostgresInstallation.installed.first, oldest.major < 17 else {
                try Test.cancel("every server that is installed has forgotten old_snapshot_threshold")
            }
            let source = try await PostgresServer.start(oldest, settings: ["old_snapshot_threshold": "1min"])
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE app")
            var job = Job(from: source, to: target)
            let (findings, _) = try await PreflightReport.run(job)
            #expect(
                findings.contains {
                    $0.severity == "error" && $0.message.contains("the source has old_snapshot_threshold = 1min")
                }, "\(findings)")
            job[.precopy] = "off"
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
        }

        @Test func `locales and providers that the target lacks are said`() async throws {
            guard let oldest = PostgresInstallation.installed.first, let newest = PostgresInstallation.installed.last,
                newest.major >= 17, oldest.major < 17
            else { return }
            let (source, target) = (try await PostgresServer.start(newest), try await PostgresServer.start(oldest))
            try await source.psql(
                "CREATE DATABASE app TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'")
            let (findings, _) = try await PreflightReport.run(Job(from: source, to: target))
            #expect(
                findings.contains {
                    $0.message.contains(
                        "database app sorts by PostgreSQL's own provider (C.UTF-8), which the target does not know")
                }, "\(findings)")
        }
    }
}
