import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Who owns what, and who may do what: what comes over, and what is named as left out.
    @Suite struct PrivilegeTests {
        private static let roles = "CREATE ROLE zreport; CREATE ROLE reporting; CREATE ROLE bob"

        /// Backstage's database, in which a role of reports owns a view, and others have rights and settings.
        private static let shared = """
            ALTER ROLE bs IN DATABASE shared SET statement_timeout = '7min'; ALTER ROLE zreport IN DATABASE shared SET default_transaction_read_only = on;
            REVOKE CONNECT ON DATABASE shared FROM PUBLIC; GRANT CONNECT ON DATABASE shared TO zreport;
            CREATE TABLE catalog (a int, secret text); INSERT INTO catalog VALUES (1, 's'); ALTER TABLE catalog OWNER TO bs;
            CREATE VIEW r AS SELECT 1 AS a; ALTER VIEW r OWNER TO zreport; CREATE TYPE mood AS ENUM ('a'); ALTER TYPE mood OWNER TO bob;
            GRANT SELECT (a) ON catalog TO zreport; GRANT SELECT ON catalog TO outsider;
            ALTER DEFAULT PRIVILEGES FOR ROLE bs GRANT SELECT ON TABLES TO reporting;
            ALTER DEFAULT PRIVILEGES FOR ROLE zreport GRANT SELECT ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES FOR ROLE zreport GRANT SELECT ON TABLES TO reporting;
            ALTER DEFAULT PRIVILEGES FOR ROLE outsider REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
            CREATE EXTENSION hstore; REVOKE ALL ON FUNCTION hstore(text, text) FROM PUBLIC;
            REVOKE ALL ON FUNCTION pg_sleep(float8) FROM PUBLIC; REVOKE ALL ON LANGUAGE plpgsql FROM PUBLIC; GRANT EXECUTE ON FUNCTION pg_ls_waldir() TO reporting;
            CREATE FUNCTION closed() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION closed() OWNER TO bs; REVOKE ALL ON FUNCTION closed() FROM PUBLIC;
            CREATE DOMAIN shut AS int; ALTER DOMAIN shut OWNER TO bs; REVOKE ALL ON TYPE shut FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;
            SELECT lo_create(4242), lo_put(4242, 0, 'abc'); COMMENT ON LARGE OBJECT 4242 IS 'hi';
            GRANT SELECT ON LARGE OBJECT 4242 TO reporting WITH GRANT OPTION; GRANT UPDATE ON LARGE OBJECT 4242 TO outsider
            """

        private static let defaults =
            "SELECT string_agg(pg_get_userbyid(defaclrole) || defaclacl::text, ' ' ORDER BY 1) FROM pg_default_acl"
        private static let settings =
            "SELECT string_agg(setrole::regrole || setconfig::text, ' ' ORDER BY 1) FROM pg_db_role_setting WHERE setrole <> 0"

        private static func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            try await source.psql("\(roles); CREATE ROLE bs; CREATE ROLE outsider; CREATE DATABASE shared OWNER bs")
            try await source.psql(shared, database: "shared")
            return source
        }

        /// Both servers, which stand for as long as somebody holds them, and a job whose target gets an owner of its own.
        private static func scene() async throws -> (source: PostgresServer, target: PostgresServer, job: Job) {
            let (source, target) = (try await source(), try await PostgresServer.start())
            try await target.psql(roles)
            var job = Job(from: source, to: target)
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            return (source, target, job)
        }

        private static func move(_ job: Job, naming words: [String]) async throws {
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            let lines = result.output.split(separator: "\n").filter {
                $0.contains("left out") || $0.contains("leaves out")
            }
            for word in words { #expect(lines.contains { $0.contains(word) }, "\(word): \(result.output)") }
            var verification = job
            verification.arguments = ["verify"]
            let verified = try await verification.run()
            #expect(verified.end == .success, "\(verified.output)")
        }

        @Test func `rights and settings of other roles stay theirs, or are named, and none becomes the owner's`()
            async throws
        {
            let (source, target, plain) = try await Self.scene()
            defer { withExtendedLifetime(source) {} }
            var job = plain
            job[.privileges] = "keep"
            try await Self.move(
                job,
                naming: [
                    "setting default_transaction_read_only=on of role zreport",
                    "FOR ROLE zreport GRANT SELECT ON TABLES TO PUBLIC",
                    "FOR ROLE zreport GRANT SELECT ON TABLES TO reporting",
                    "FOR ROLE outsider REVOKE ALL ON FUNCTIONS FROM PUBLIC",
                    "GRANT SELECT ON TABLE public.catalog TO outsider", "REVOKE ALL ON FUNCTION public.hstore",
                    "REVOKE ALL ON FUNCTION pg_catalog.pg_sleep", "REVOKE ALL ON LANGUAGE plpgsql FROM PUBLIC",
                    "pg_ls_waldir", "UPDATE on large object 4242 to outsider",
                    "ownership by bob, bs, postgres, zreport",
                ])
            #expect(try await target.value(of: Self.settings) == "backstage{statement_timeout=7min}")
            let rights = """
                SELECT has_column_privilege('zreport', 'catalog', 'a', 'SELECT'), has_column_privilege('zreport', 'catalog', 'secret', 'SELECT'),
                has_database_privilege('zreport', 'shared', 'CONNECT'), has_database_privilege('bob', 'shared', 'CONNECT'),
                (SELECT lomacl FROM pg_largeobject_metadata), shobj_description(d.oid, 'pg_database') LIKE ALL ('{%pg_sleep%,%LANGUAGE plpgsql%,%hstore%,%4242%}')
                FROM pg_database d WHERE datname = 'shared'
                """
            let found = try await target.value(of: rights, database: "shared")
            #expect(found == "t|f|t|f|{backstage=rw/backstage,reporting=r*/backstage}|t")
            let defaults = try await target.value(of: Self.defaults, database: "shared")
            #expect(defaults == "backstage{reporting=r/backstage,backstage=arwdDxtm/backstage}")
        }

        @Test func `what is closed of an extension stays closed if an administrator makes extensions`() async throws {
            let (source, target, plain) = try await Self.scene()
            defer { withExtendedLifetime(source) {} }
            var job = plain
            job[.administratorObjects] = "extensions"
            try await Self.move(
                job,
                naming: [
                    "GRANT SELECT(a) ON TABLE public.catalog TO zreport", "CONNECT on the database to zreport",
                    "SELECT on large object 4242 to reporting", "REVOKE ALL ON FUNCTION pg_catalog.pg_sleep",
                ])
            let rights = """
                SELECT has_function_privilege('bob', 'hstore(text, text)', 'EXECUTE'), has_table_privilege('zreport', 'catalog', 'SELECT'),
                has_column_privilege('zreport', 'catalog', 'a', 'SELECT'), has_database_privilege('zreport', 'shared', 'CONNECT'),
                has_function_privilege('bob', 'closed()', 'EXECUTE'), has_type_privilege('bob', 'shut', 'USAGE'), has_schema_privilege('bob', 'public', 'USAGE')
                """
            #expect(try await target.value(of: rights, database: "shared") == "f|f|f|f|f|f|f")
            #expect(try await target.value(of: Self.defaults, database: "shared") == "")
        }

        /// An administrator has made the database, and Backstage works as another role.
        @Test func `the role that owns everything in a database is the one that the owner takes the place of`()
            async throws
        {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE ROLE bob; CREATE DATABASE theirs")
            try await source.psql(
                """
                ALTER ROLE bob IN DATABASE theirs SET search_path = app, public; CREATE SCHEMA app AUTHORIZATION bob; SET ROLE bob; CREATE TABLE app.t (a int);
                CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC
                """, database: "theirs")
            var job = Job(from: source, to: target)
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            try await Self.move(job, naming: ["ownership by bob, postgres"])
            #expect(try await target.value(of: Self.settings) == #"backstage{"search_path=app, public"}"#)
            #expect(
                try await target.value(of: Self.defaults, database: "theirs")
                    == "backstage{backstage=X/backstage}")
        }
    }
}
