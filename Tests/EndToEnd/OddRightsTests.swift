import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Databases whose owner has few rights, at the source over its own objects or at the target over others'.
    @Suite struct OddRightsTests {
        typealias Case = OddDatabaseTests.Case

        /// Objects that an administrator makes, each with what may hang on it.
        private static let satellites = """
            CREATE TABLE t (a int PRIMARY KEY); CREATE PUBLICATION pa FOR ALL TABLES; COMMENT ON PUBLICATION pa IS 'all';
            CREATE FOREIGN DATA WRAPPER w; COMMENT ON FOREIGN DATA WRAPPER w IS 'w'; REVOKE ALL ON FOREIGN DATA WRAPPER w FROM CURRENT_USER;
            CREATE SERVER s2 FOREIGN DATA WRAPPER w; COMMENT ON SERVER s2 IS 's'; REVOKE ALL ON FOREIGN SERVER s2 FROM CURRENT_USER;
            CREATE ROLE nobody_there; CREATE USER MAPPING FOR nobody_there SERVER s2; CREATE USER MAPPING FOR CURRENT_USER SERVER s2;
            CREATE EXTENSION dblink; REVOKE ALL ON FUNCTION dblink(text) FROM PUBLIC;
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER late BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); COMMENT ON TRIGGER late ON t IS 'late';
            ALTER TABLE t ENABLE ALWAYS TRIGGER late; CREATE TABLE u (a int CONSTRAINT points REFERENCES t); COMMENT ON CONSTRAINT points ON u IS 'points'
            """

        /// Tried with those of ``OddDatabaseTests``.
        static let cases: [Case] = [
            Case(
                testDescription: "rights that an owner has taken from itself",
                script: """
                    CREATE TABLE t (a int); INSERT INTO t VALUES (1); REVOKE ALL ON t FROM CURRENT_USER;
                    CREATE TABLE u (a int PRIMARY KEY, b int); INSERT INTO u VALUES (1, 1), (2, 2), (3, 3); REVOKE INSERT, UPDATE, DELETE ON u FROM CURRENT_USER;
                    CREATE SCHEMA sx; CREATE TABLE sx.v (a int); INSERT INTO sx.v VALUES (1); REVOKE ALL ON SCHEMA sx FROM CURRENT_USER;
                    CREATE SEQUENCE sq; SELECT nextval('sq'); REVOKE UPDATE ON SEQUENCE sq FROM CURRENT_USER;
                    ALTER DEFAULT PRIVILEGES REVOKE INSERT ON TABLES FROM CURRENT_USER;
                    REVOKE TEMPORARY ON DATABASE app FROM CURRENT_USER
                    """,
                psqlRestores: false,
                // Versions from 17 on know MAINTAIN.
                evidence: """
                    SELECT (SELECT string_agg(relname || ' ' || (SELECT coalesce(string_agg(a.privilege_type, ',' ORDER BY 1), '') FROM aclexplode(relacl) a WHERE a.privilege_type <> 'MAINTAIN'), ' ' ORDER BY relname) FROM pg_class WHERE relacl IS NOT NULL AND relname IN ('t', 'u', 'sq')),
                    (SELECT replace(nspacl::text, pg_get_userbyid(nspowner), '') FROM pg_namespace WHERE nspname = 'sx'), (SELECT count(*) FROM pg_default_acl),
                    (SELECT string_agg(a.privilege_type, ',' ORDER BY 1) FROM pg_database, aclexplode(datacl) a WHERE datname = 'app' AND a.grantee = datdba),
                    (SELECT last_value FROM sq), (SELECT string_agg(u::text, ',' ORDER BY a) FROM u), (SELECT count(*) FROM t), (SELECT count(*) FROM sx.v)
                    """,
                meanwhile: "UPDATE u SET b = 7 WHERE a = 2; INSERT INTO t VALUES (2); SELECT nextval('sq')"),
            Case(
                testDescription: "columns that an owner may read of a table that it may not",
                script: """
                    CREATE TABLE t (a int, b int, c int); INSERT INTO t VALUES (1, 2, 3); REVOKE ALL ON t FROM CURRENT_USER;
                    GRANT SELECT (a), UPDATE (b) ON t TO CURRENT_USER; CREATE TABLE u (a int); INSERT INTO u VALUES (1);
                    REVOKE ALL ON u FROM CURRENT_USER; GRANT SELECT ON u TO CURRENT_USER; GRANT SELECT ON u TO pg_monitor WITH GRANT OPTION
                    """,
                psqlRestores: false,
                settings: [.privileges: "keep"],
                evidence: """
                    SELECT (SELECT string_agg(a.attname || x.privilege_type, ', ' ORDER BY a.attname) FROM pg_attribute a, pg_class c, aclexplode(a.attacl) x WHERE a.attrelid = c.oid AND c.relname = 't' AND x.grantee = c.relowner),
                    (SELECT string_agg(x.privilege_type || x.is_grantable, ', ' ORDER BY x.privilege_type, x.is_grantable) FROM pg_class, aclexplode(relacl) x WHERE relname = 'u' AND x.privilege_type <> 'MAINTAIN')
                    """,
                meanwhile: "INSERT INTO t VALUES (4, 5, 6)"),
            Case(
                testDescription: "constraints that rows of before break",
                script: """
                    CREATE DOMAIN positive AS int; CREATE TABLE nd (a positive, b int); INSERT INTO nd VALUES (-1, 1);
                    ALTER DOMAIN positive ADD CONSTRAINT c CHECK (value > 0) NOT VALID; COMMENT ON CONSTRAINT c ON DOMAIN positive IS 'c';
                    CREATE TABLE nc (a int); INSERT INTO nc VALUES (-1); ALTER TABLE nc ADD CONSTRAINT c CHECK (a > 0) NOT VALID; COMMENT ON CONSTRAINT c ON nc IS 'c'
                    """,
                meanwhile: "UPDATE nd SET b = 2"),
            Case(
                testDescription: "what hangs on objects that an administrator makes",
                script: satellites, outcome: .movesWithout("USER MAPPING nobody_there SERVER s2"),
                ordinary: .movesWithout("REVOKE ALL ON FUNCTION public.dblink(text) FROM PUBLIC")),
            Case(
                testDescription: "the same, made because it was asked for",
                script: satellites, outcome: .movesWithout("USER MAPPING nobody_there SERVER s2"),
                settings: [.administratorObjects: "publications,foreignData,extensions"],
                evidence: """
                    SELECT obj_description(p.oid, 'pg_publication'), obj_description(s.oid, 'pg_foreign_server'), obj_description(w.oid, 'pg_foreign_data_wrapper'),
                    (SELECT count(*) FROM pg_user_mappings WHERE usename <> 'nobody_there'), has_function_privilege('pg_monitor', 'dblink(text)', 'EXECUTE'),
                    (SELECT string_agg(description, ',' ORDER BY description) FROM pg_description WHERE classoid IN ('pg_trigger'::regclass, 'pg_constraint'::regclass))
                    FROM pg_publication p, pg_foreign_server s, pg_foreign_data_wrapper w ORDER BY w.fdwname
                    """),
            Case(
                testDescription: "extensions that use themselves",
                script:
                    "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pg_buffercache; CREATE EXTENSION earthdistance CASCADE; CREATE TABLE t (a int)",
                ordinary: .movesWithout("extensions earthdistance, pg_buffercache, pg_stat_statements")),
            Case(
                testDescription: "an extension whose view a view uses",
                script:
                    "CREATE EXTENSION pg_buffercache; CREATE VIEW mine AS SELECT relfilenode FROM pg_buffercache; CREATE TABLE t (a int)",
                ordinary: .refused("can make at the target: pg_buffercache")),
            Case(
                testDescription: "tables that are named as lock tables of knex",
                script: """
                    CREATE TABLE my_knex_migrations_lock ("index" int, is_locked boolean); INSERT INTO my_knex_migrations_lock VALUES (1, true), (2, false);
                    CREATE TABLE noted_knex_migrations_lock ("index" int, is_locked int, note text NOT NULL);
                    CREATE TABLE p ("index" int, is_locked int) PARTITION BY LIST (is_locked);
                    CREATE TABLE p_knex_migrations_lock PARTITION OF p FOR VALUES IN (1); INSERT INTO p VALUES (1, 1)
                    """),
            Case(
                testDescription: "a function that names with its schema what a dump makes later",
                script: """
                    CREATE TABLE base (id int); CREATE VIEW v AS SELECT id FROM base;
                    CREATE FUNCTION more(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x + (SELECT count(*)::int FROM public.v)';
                    CREATE TABLE c (a int, b int GENERATED ALWAYS AS (more(a)) STORED)
                    """,
                outcome: .refused("uses what is not made yet")),
            Case(
                testDescription: "settings that an application has named",
                script: "ALTER DATABASE app SET myapp.tenant = 'x'; CREATE TABLE t (a int)",
                ordinary: .movesWithout("setting myapp.tenant=x")),
            Case(
                testDescription: "the same, set because it was asked for",
                script: "ALTER DATABASE app SET myapp.tenant = 'x'; CREATE TABLE t (a int)",
                settings: [.administratorObjects: "settings"],
                evidence:
                    "SELECT s FROM pg_db_role_setting, unnest(setconfig) s WHERE setrole = 0 AND s LIKE 'myapp%'"),
        ]

        /// Neither may work as a replica does, so triggers and foreign keys are made under the fence.
        private static func providersServers() async throws -> (PostgresServer, PostgresServer, Job) {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await target.psql("CREATE ROLE provider LOGIN PASSWORD 'throw-away' CREATEDB CREATEROLE")
            try await source.psql("CREATE DATABASE app")
            var job = Job(from: source, to: target)
            job[.targetUser] = "provider"
            job[.targetPassword] = "throw-away"
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            return (source, target, job)
        }

        @Test func `rows that refer to nothing are found before the fence, or named with the query that finds them`()
            async throws
        {
            let (source, target, plain) = try await Self.providersServers()
            try await source.psql(
                """
                CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int CONSTRAINT points REFERENCES p); COMMENT ON CONSTRAINT points ON c IS 'points';
                CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                CREATE TRIGGER late BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f(); COMMENT ON TRIGGER late ON p IS 'late';
                CREATE TABLE old (id int); INSERT INTO old VALUES (5); ALTER TABLE old ADD FOREIGN KEY (id) REFERENCES p NOT VALID;
                SET session_replication_role = replica; INSERT INTO c VALUES (7)
                """, database: "app")
            let orphans = "This finds them there: SELECT * FROM"
            let early = try await plain.run()
            #expect(early.end == .personMustAct && early.output.contains(orphans), "\(early.output)")
            #expect(!early.output.contains("fenced 1 databases"), "\(early.output)")
            try await source.psql("DELETE FROM c", database: "app")
            let late = try await OddDatabaseTests.run(
                plain, meanwhile: "SET session_replication_role = replica; INSERT INTO c VALUES (8)", at: source)
            #expect(late.end == .personMustAct && late.output.contains(orphans), "\(late.output)")
            try await source.psql("DELETE FROM c", database: "app")
            let result = try await plain.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(
                try await target.value(
                    of:
                        "SELECT string_agg(description, ',' ORDER BY description) FROM pg_description WHERE classoid IN ('pg_trigger'::regclass, 'pg_constraint'::regclass)",
                    database: "app") == "late,points")
        }

        @Test func `a seal that was made for nothing is undone, and nothing is copied again`() async throws {
            let (source, target, job) = try await Self.providersServers()
            try await source.psql(
                """
                CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int CONSTRAINT points REFERENCES p); COMMENT ON CONSTRAINT points ON c IS 'points';
                CREATE DOMAIN positive AS int; CREATE TABLE nd (a positive, b int); INSERT INTO nd VALUES (-1, 1);
                ALTER DOMAIN positive ADD CONSTRAINT "C" CHECK (value > 0) NOT VALID;
                INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1); ALTER TABLE c ADD CONSTRAINT small CHECK (id < 1) NOT VALID;
                REVOKE ALL ON c FROM CURRENT_USER; GRANT SELECT (id) ON c TO CURRENT_USER; REVOKE INSERT, UPDATE ON p FROM CURRENT_USER;
                ALTER DEFAULT PRIVILEGES REVOKE INSERT ON TABLES FROM CURRENT_USER;
                CREATE ROLE other; CREATE SCHEMA others AUTHORIZATION other;
                SET ROLE other; CREATE TABLE others.t (a int); INSERT INTO others.t VALUES (1); GRANT SELECT ON others.t TO postgres; GRANT USAGE ON SCHEMA others TO postgres
                """, database: "app")
            let staging =
                "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE '%\"rehome\":\"loading\"%'"
            // A program that looks into the database, and that the provider's role cannot end, keeps it from its name.
            var sitter: PlainSession?
            let first = try await job.runOnCommand {
                sitter = try PlainSession(to: target, database: try await target.value(of: staging))
            }
            #expect(first.end == .retry && first.output.contains("app: complete, everything"), "\(first.output)")
            #expect(sitter != nil)
            sitter = nil
            try await source.psql(
                "UPDATE nd SET b = 2; INSERT INTO others.t VALUES (2); INSERT INTO p VALUES (3), (0); INSERT INTO c VALUES (0)",
                database: "app")
            let second = try await job.run()
            #expect(second.end == .success, "\(second.output)")
            #expect(second.output.contains("taken up where an earlier attempt ended"), "\(second.output)")
            #expect(!second.output.contains("beginning again"), "\(second.output)")
            let evidence = """
                SELECT (SELECT string_agg(conname, ',' ORDER BY conname) FROM pg_constraint WHERE contype IN ('c', 'f') AND NOT convalidated OR contype = 'f'),
                (SELECT string_agg(relname || ' ' || (SELECT coalesce(string_agg(a.privilege_type, ',' ORDER BY 1), '') FROM aclexplode(relacl) a), ' ' ORDER BY relname)
                 FROM pg_class WHERE relname IN ('c', 'p')), (SELECT count(*) FROM pg_default_acl), (SELECT count(*) FROM c), (SELECT count(*) FROM p)
                """
            #expect(
                try await target.value(of: evidence, database: "app")
                    == (try await source.value(of: evidence, database: "app")))

            // What the owner may not read is not called equal, and what it may read is still looked at.
            var verify = job
            verify.arguments = ["verify"]
            let equal = try await verify.run()
            #expect(equal.end == .success && equal.output.contains("of app not all can be read"), "\(equal.output)")
            try await target.psql("INSERT INTO p VALUES (4)", database: "app")
            let written = try await verify.run()
            #expect(
                written.end == .personMustAct && written.output.contains("Somebody has written"), "\(written.output)")
        }

        @Test func `what one ordinary role may not make is said before anything is done`() async throws {
            let (source, target, job) = try await Self.providersServers()
            defer { withExtendedLifetime(target) {} }
            var single = job
            single[.targetOwner] = nil
            single[.targetOwnerPassword] = nil
            single[.administratorObjects] = "settings"
            try await source.psql(
                """
                CREATE EXTENSION dblink; ALTER DATABASE app SET myapp.tenant = 'x'; ALTER DATABASE app SET log_statement = 'ddl';
                CREATE TEXT SEARCH PARSER words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
                CREATE TEXT SEARCH TEMPLATE simply (LEXIZE = dsimple_lexize); CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
                CREATE CAST (int AS date) WITHOUT FUNCTION; CREATE FUNCTION as_date(bigint) RETURNS date LANGUAGE sql AS 'SELECT now()::date';
                CREATE CAST (bigint AS date) WITH FUNCTION as_date(bigint);
                CREATE TYPE mood AS ENUM ('a'); CREATE FUNCTION as_mood(int) RETURNS mood LANGUAGE sql AS $$ SELECT 'a'::mood $$; CREATE CAST (int AS mood) WITH FUNCTION as_mood(int);
                CREATE FUNCTION helped(int) RETURNS int LANGUAGE sql IMMUTABLE SUPPORT array_unnest_support AS 'SELECT $1';
                CREATE TABLE of_others (id int); CREATE FUNCTION is_other(x int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM public.of_others WHERE id = x)';
                CREATE TABLE checked (id int CHECK (is_other(id)))
                """, database: "app")
            let (findings, _) = try await PreflightReport.run(single)
            for (severity, message) in [
                (
                    "warning",
                    "app has extensions that only a superuser may make, unless the target's provider lets provider make them: dblink"
                ),
                (
                    "warning",
                    "database app has settings that only a superuser may set, which are left out: log_statement=ddl, myapp.tenant=x"
                ),
                (
                    "error",
                    "app has what only a superuser can make: CAST (bigint AS date), CAST (integer AS date), access method heap_too, function public.helped(integer), which has a SUPPORT function, text search parser public.words, text search template public.simply"
                ),
                (
                    "warning",
                    "app: checks call functions that read tables, which may not hold their rows yet when the check is made: public.is_other(integer)"
                ),
            ] {
                #expect(
                    findings.contains { $0.severity == severity && $0.message == message },
                    "\(message): \(findings.map(\.message))")
            }
        }
    }
}
