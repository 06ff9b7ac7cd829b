import FoundationEssentials
import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// What comes over only in part: settings of extensions, what belongs to the server, stale views.
    @Suite struct LeftBehindTests {
        /// Gives a server an extension that keeps what its users set.
        private static func install(on server: PostgresServer) async throws {
            let folder = server.folder.appending("share/extension")
            try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
            let forAll: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
            try folder.appending("kept.control").write(
                "default_version = '1.0'\nrelocatable = false\nschema = public\ntrusted = true\n", mode: forAll)
            try folder.appending("kept--1.0.sql").write(
                """
                CREATE TABLE kept (k text PRIMARY KEY, v text, is_own boolean DEFAULT true); INSERT INTO kept VALUES ('shipped', '1', false);
                CREATE TABLE all_kept (k int PRIMARY KEY); INSERT INTO all_kept VALUES (1), (2); CREATE SEQUENCE kept_number;
                CREATE FUNCTION kept_value(k text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = public AS 'DECLARE r text; BEGIN SELECT v INTO STRICT r FROM kept WHERE kept.k = kept_value.k; RETURN r; END';
                SELECT pg_extension_config_dump('kept', 'WHERE is_own'); SELECT pg_extension_config_dump('all_kept', ''); SELECT pg_extension_config_dump('kept_number', '');
                """, mode: forAll)
            try await server.psql(
                "ALTER SYSTEM SET extension_control_path = '$system:\(server.folder.appending("share").string)'; SELECT pg_reload_conf()"
            )
        }

        private static let script = """
            CREATE EXTENSION kept; INSERT INTO kept VALUES ('mine', '2'); UPDATE kept SET v = 'changed' WHERE k = 'shipped';
            DELETE FROM all_kept WHERE k = 1; INSERT INTO all_kept VALUES (3); SELECT nextval('kept_number'), nextval('kept_number');
            CREATE TABLE t (a int) TABLESPACE slow; INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW stale AS SELECT sum(a) FROM t; UPDATE t SET a = 3;
            CREATE SUBSCRIPTION from_afar CONNECTION 'dbname=afar' PUBLICATION p WITH (connect = false);
            INSERT INTO pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'dummy', 'classified')
            """
        private static let settings = """
            SELECT (SELECT string_agg(k || v, ',' ORDER BY k) FROM kept), (SELECT string_agg(k::text, ',' ORDER BY k) FROM all_kept), last_value FROM kept_number
            """

        @Test(
            .enabled(if: PostgresInstallation.installed.contains { $0.major >= 18 }), arguments: [false, true])
        func `settings of extensions come over where the owner may write them, and what stays is named`(
            isOrdinary: Bool
        ) async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            for server in [source, target] { try await Self.install(on: server) }
            try await source.psql(
                "SET allow_in_place_tablespaces = on; CREATE TABLESPACE slow LOCATION ''; CREATE DATABASE app")
            try await source.psql(Self.script, database: "app")
            var job = Job(from: source, to: target)
            if isOrdinary {
                job[.targetOwner] = "backstage"
                job[.targetOwnerPassword] = "throw-away"
            }
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            var words = [
                "subscription from_afar", "1 labels of dummy", "tablespace slow of 1 tables and indexes",
                "materialized view public.stale has other rows now that it is refreshed",
            ]
            if isOrdinary {
                words += [
                    "settings of an extension in public.kept: 1 rows, which backstage may not write",
                    "settings of an extension in public.all_kept", "settings of an extension in public.kept_number",
                ]
            }
            for word in words { #expect(result.output.contains(word), "\(word): \(result.output)") }
            #expect(
                try await target.value(of: Self.settings, database: "app")
                    == (isOrdinary ? "shipped1|1,2|1" : "mine2,shipped1|2,3|2"))
            var verification = job
            verification.arguments = ["verify"]
            let verified = try await verification.run()
            #expect(verified.end == .success, "\(verified.output)")
            for object in ["subscription from_afar (subscriptions)", "1 labels of dummy (securityLabels)"] {
                #expect(
                    verified.output.contains("left out by the move: \(object)"), "\(verified.output)")
            }
            // What an extension makes for an ordinary owner is not the owner's.
            for table in ["kept", "all_kept", "kept_number"] {
                #expect(
                    verified.output.contains("settings of an extension in public.\(table) are not compared: ")
                        == isOrdinary, "\(verified.output)")
            }
        }

        @Test(.enabled(if: PostgresInstallation.installed.contains { $0.major >= 18 }))
        func `what is computed by settings of an extension finds them there`() async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            for server in [source, target] { try await Self.install(on: server) }
            try await source.psql("CREATE DATABASE app")
            try await source.psql(
                """
                CREATE EXTENSION kept; INSERT INTO kept VALUES ('mine', '2'); CREATE MATERIALIZED VIEW seen AS SELECT * FROM kept;
                CREATE TABLE t (a text CHECK (kept_value(a) = '2'), b text GENERATED ALWAYS AS (kept_value(a)) STORED); INSERT INTO t VALUES ('mine'); CREATE INDEX ON t (kept_value(a))
                """, database: "app")
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .success && !result.output.contains("now that it is refreshed"), "\(result.output)")
            #expect(try await target.value(of: "SELECT count(*) FROM seen", database: "app") == "2")
        }

        @Test(.enabled(if: PostgresInstallation.installed.contains { $0.major >= 18 }))
        func `verify compares settings of extensions, and names those that have changed since`() async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            for server in [source, target] { try await Self.install(on: server) }
            try await source.psql("CREATE DATABASE app")
            try await source.psql("CREATE EXTENSION kept; INSERT INTO kept VALUES ('mine', '2')", database: "app")
            var job = Job(from: source, to: target)
            let moved = try await job.run()
            #expect(moved.end == .success, "\(moved.output)")
            job.arguments = ["verify"]
            let equal = try await job.run()
            #expect(equal.end == .success && !equal.output.contains("settings of"), "\(equal.output)")
            try await target.psql("UPDATE kept SET v = '3' WHERE is_own; DELETE FROM all_kept", database: "app")
            try await target.psql("SELECT setval('kept_number', 7)", database: "app")
            let changed = try await job.run()
            #expect(changed.end == .mismatch, "\(changed.output)")
            for words in [
                "extensionSettings public.kept: 1 rows on both sides, and their contents differ",
                "extensionSettings public.all_kept: 2 rows at the source, 0 at the target",
                "extensionSettings public.kept_number: the sequence stands at 1 at the source and at 7 at the target",
                "settings of extensions in app differ",
            ] { #expect(changed.output.contains(words), "\(words): \(changed.output)") }
        }
    }
}
