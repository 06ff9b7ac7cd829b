import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// Databases that are as real ones are, and as none of the usual samples is.
    @Suite struct OddDatabaseTests {
        enum Outcome: Sendable {
            /// As after `pg_dump | psql`.
            case moves
            /// The same but for what is named in the log.
            case movesWithout(String)
            /// Before the fence, with these words.
            case refused(String)
        }

        struct Case: Sendable, CustomTestStringConvertible {
            var testDescription: String
            /// Run by the source's superuser in the database.
            var script: String
            var outcome: Outcome = .moves
            /// What an ordinary owner comes to, where that is something else.
            var ordinary: Outcome?
            /// Whether `psql` of this version restores what `pg_dump` writes of it.
            var psqlRestores = true
            /// Settings of the Job besides.
            var settings: [JobSetting: String] = [:]
            var firstVersion = 0
            var encoding = "UTF8"
            /// A query whose answer must be the same at both sides.
            var evidence: String?
            /// Run by the source's superuser while the fence waits for the word.
            var meanwhile = ""
            /// What no log may hold.
            var secret: String?
            /// Run by the superuser at both sides first.
            var roles = ""
        }

        static let cases: [Case] = [
            Case(
                testDescription: "partitions' triggers in other states than their parents'",
                script: """
                    CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
                    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); INSERT INTO p VALUES (1, 'x');
                    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                    CREATE TRIGGER always AFTER UPDATE ON p FOR EACH ROW EXECUTE FUNCTION f();
                    ALTER TABLE p ENABLE ALWAYS TRIGGER always; ALTER TABLE p1 ENABLE TRIGGER always;
                    CREATE TRIGGER ordinary AFTER UPDATE ON p FOR EACH ROW EXECUTE FUNCTION f();
                    ALTER TABLE p1 DISABLE TRIGGER ordinary; COMMENT ON TRIGGER ordinary ON p1 IS 'not here';
                    CREATE TRIGGER there AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
                    ALTER TABLE p1 ENABLE ALWAYS TRIGGER there;
                    """,
                evidence:
                    "SELECT string_agg(format('%s %s %s', tgrelid::regclass, tgname, tgenabled), ', ' ORDER BY tgrelid::regclass::text, tgname) FROM pg_trigger"
            ),
            Case(
                testDescription: "names of NOT NULL constraints that are too long, or taken",
                script: """
                    CREATE TABLE backstage_backend_public_keys__knex_migrations_lock ("index" serial PRIMARY KEY, is_locked int NOT NULL);
                    INSERT INTO backstage_backend_public_keys__knex_migrations_lock (is_locked) VALUES (0);
                    CREATE TABLE a_table_whose_name_takes_a_good_part_of_what_there_is (a_column_whose_name_does_so_as_well int NOT NULL, b bigint GENERATED ALWAYS AS IDENTITY);
                    CREATE TABLE taken (a int NOT NULL, CONSTRAINT taken_a_not_null CHECK (a > 0));
                    CREATE DOMAIN a_domain_whose_name_takes_nearly_all_of_what_there_is_to_be_had AS text NOT NULL;
                    CREATE TABLE parent (a int NOT NULL); CREATE TABLE child () INHERITS (parent);
                    CREATE TABLE renamed (old_name int NOT NULL PRIMARY KEY); ALTER TABLE renamed RENAME COLUMN old_name TO new_name; ALTER TABLE renamed RENAME TO other;
                    """),
            Case(
                testDescription: "a column that its parent got later",
                script: """
                    CREATE TABLE animals (id int, name text); CREATE TABLE birds (wings int) INHERITS (animals); ALTER TABLE animals ADD COLUMN age int DEFAULT 3;
                    INSERT INTO birds (id, name, wings, age) SELECT g, 'b' || g, 2, g FROM generate_series(1, 20) g;
                    CREATE TABLE early (a int, b text); CREATE TABLE late (a int, b text); ALTER TABLE late INHERIT early; INSERT INTO late VALUES (1, 'x')
                    """),
            Case(
                testDescription: "materialized views over one that was never filled",
                script: """
                    CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW z_first AS SELECT a FROM t;
                    CREATE VIEW between AS SELECT a FROM z_first; CREATE MATERIALIZED VIEW a_second AS SELECT a FROM between;
                    CREATE MATERIALIZED VIEW third AS SELECT a FROM a_second; CREATE MATERIALIZED VIEW apart AS SELECT a FROM t;
                    REFRESH MATERIALIZED VIEW z_first WITH NO DATA;
                    """,
                evidence: "SELECT count(*) FROM apart"),
            Case(
                testDescription: "partitions and children in servers that nobody reaches",
                script: """
                    CREATE EXTENSION postgres_fdw; CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
                    CREATE TABLE parted (a int) PARTITION BY LIST (a); CREATE TABLE here PARTITION OF parted FOR VALUES IN (1);
                    CREATE FOREIGN TABLE there PARTITION OF parted FOR VALUES IN (2) SERVER away; INSERT INTO parted VALUES (1);
                    CREATE TABLE parent (a int); CREATE FOREIGN TABLE child () INHERITS (parent) SERVER away; INSERT INTO parent VALUES (3);
                    """,
                ordinary: .refused("is built on extensions"), evidence: "SELECT count(*) FROM here"),
            Case(
                testDescription: "partitions by the hash of an enum",
                script: """
                    CREATE TYPE unused AS ENUM ('a'); CREATE TYPE colour AS ENUM ('red', 'green', 'blue', 'grey', 'white');
                    CREATE TABLE cars (c colour, n int) PARTITION BY LIST (n); CREATE TABLE cars_0 PARTITION OF cars FOR VALUES IN (0);
                    CREATE TABLE cars_1 PARTITION OF cars FOR VALUES IN (1) PARTITION BY HASH (c);
                    CREATE TABLE cars_1_0 PARTITION OF cars_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                    CREATE TABLE cars_1_1 PARTITION OF cars_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                    INSERT INTO cars SELECT (enum_range(NULL::colour))[g % 5 + 1], g % 2 FROM generate_series(1, 50) g;
                    """,
                evidence: "SELECT md5(string_agg(c::text, ',' ORDER BY c::text)) FROM cars"),
            Case(
                testDescription: "bodies that hold the word begin",
                script: """
                    CREATE TABLE spans (id int, begin int, "end" int); INSERT INTO spans VALUES (1, 2, 3);
                    CREATE FUNCTION starts(i int) RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT CASE s.begin WHEN 1 THEN 2 ELSE s.begin END FROM spans s WHERE s.id = i; SELECT begin FROM spans; END;
                    CREATE FUNCTION begin(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN i; END $$;
                    CREATE TABLE after_them (a int); INSERT INTO after_them VALUES (1)
                    """,
                psqlRestores: false, evidence: "SELECT starts(1), begin(4), count(*) FROM after_them"),
            Case(
                testDescription: "bytes of no encoding",
                script: #"""
                    \encoding SQL_ASCII
                    SELECT format('CREATE TYPE mood AS ENUM (%L)', convert_from('\x64e96ae0', 'SQL_ASCII')) \gexec
                    SELECT format('CREATE TABLE plain (id int PRIMARY KEY, %I text DEFAULT %L)', convert_from('\xe9', 'SQL_ASCII'), convert_from('\x636166e9', 'SQL_ASCII')) \gexec
                    INSERT INTO plain SELECT 1; SELECT format('COMMENT ON TABLE plain IS %L', convert_from('\xe7ff', 'SQL_ASCII')) \gexec
                    """#,
                psqlRestores: false, encoding: "SQL_ASCII",
                evidence: "SELECT md5(string_agg(p::text || obj_description('plain'::regclass), ',')) FROM plain p"),
            Case(
                testDescription: "event triggers that note, and one that forbids",
                script: """
                    CREATE TABLE noted (id serial PRIMARY KEY, what text); CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t;
                    CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.noted (what) VALUES (tg_event || tg_tag); END $$;
                    CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not here'; END $$;
                    CREATE EVENT TRIGGER forbid ON sql_drop EXECUTE FUNCTION forbid();
                    CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note();
                    """,
                outcome: .movesWithout("event triggers forbid, note"),
                evidence: "SELECT count(*) FROM noted WHERE what NOT LIKE '%EVENT TRIGGER'"),
            Case(
                testDescription: "the same, made because it was asked for",
                script: """
                    CREATE TABLE noted (id serial PRIMARY KEY, what text); CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t;
                    CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.noted (what) VALUES (tg_event || tg_tag); END $$;
                    CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not here'; END $$;
                    CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note(); COMMENT ON EVENT TRIGGER note IS 'notes';
                    CREATE EVENT TRIGGER forbid ON sql_drop EXECUTE FUNCTION forbid(); ALTER EVENT TRIGGER forbid ENABLE ALWAYS;
                    """,
                settings: [.administratorObjects: "eventTriggers"],
                evidence:
                    "SELECT count(*), (SELECT string_agg(evtname || evtenabled::text, ',' ORDER BY evtname) FROM pg_event_trigger) FROM noted"
            ),
            Case(
                testDescription: "a trigger that notes logins",
                script: """
                    CREATE TABLE logins (who text); CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
                    $$ BEGIN IF current_setting('application_name') LIKE 'rehome%' THEN INSERT INTO public.logins VALUES (session_user); END IF; END $$;
                    CREATE EVENT TRIGGER note ON login EXECUTE FUNCTION note(); ALTER EVENT TRIGGER note ENABLE ALWAYS
                    """,
                outcome: .movesWithout("event triggers note"), firstVersion: 17, evidence: "SELECT count(*) FROM logins"
            ),
            Case(
                testDescription: "statement triggers on a lock table of knex",
                script: """
                    CREATE TABLE noted (what text); CREATE TABLE knex_migrations_lock ("index" serial PRIMARY KEY, is_locked int); INSERT INTO knex_migrations_lock (is_locked) VALUES (0);
                    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.noted VALUES (TG_OP); RETURN NULL; END $$;
                    CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON knex_migrations_lock FOR EACH STATEMENT EXECUTE FUNCTION note();
                    ALTER TABLE knex_migrations_lock ENABLE ALWAYS TRIGGER note
                    """),
            Case(
                testDescription: "publications",
                script:
                    "CREATE TABLE t (a int PRIMARY KEY); CREATE PUBLICATION everything FOR ALL TABLES; CREATE PUBLICATION one FOR TABLE t",
                ordinary: .movesWithout("publications of all tables, or of all in a schema: everything")),
            Case(
                testDescription: "functions that say they leak nothing",
                script: """
                    CREATE FUNCTION quiet(leakproof int) RETURNS boolean LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT $1 > 0 /* LEAKPROOF */';
                    CREATE TABLE t (a int CHECK (quiet(a))); INSERT INTO t VALUES (1)
                    """,
                ordinary: .movesWithout("the mark LEAKPROOF of public.quiet")),
            Case(
                testDescription: "the same, marked because it was asked for",
                script: """
                    CREATE SCHEMA "odd ""one"; CREATE FUNCTION "odd ""one"."qui.et"(a int, b text DEFAULT 'x') RETURNS boolean LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT $1 > 0';
                    CREATE FUNCTION "odd ""one"."qui.et"(a text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'
                    """,
                settings: [.administratorObjects: "leakproof"],
                evidence:
                    "SELECT string_agg(oid::regprocedure::text || proleakproof, ',' ORDER BY 1) FROM pg_proc WHERE proname = 'qui.et'"
            ),
            Case(
                testDescription: "an extension of any owner's, with a comment of its own",
                script:
                    "CREATE EXTENSION pg_trgm; COMMENT ON EXTENSION pg_trgm IS 'ours'; COMMENT ON EXTENSION plpgsql IS 'ours too'; CREATE TABLE t (a text); INSERT INTO t VALUES ('xyz'); CREATE INDEX ON t USING gin (a public.gin_trgm_ops)"
            ),
            Case(
                testDescription: "an extension of a superuser's that nothing hangs on",
                script: "CREATE EXTENSION pageinspect; CREATE TABLE t (a int)",
                ordinary: .movesWithout("extensions pageinspect")),
            Case(
                testDescription: "an extension of a superuser's that something hangs on",
                script:
                    "CREATE EXTENSION pageinspect; CREATE VIEW pages AS SELECT public.get_raw_page('pg_class', 0) AS page; CREATE TABLE t (a int)",
                ordinary: .refused(
                    "is built on extensions that only an administrator can make at the target: pageinspect")),
            Case(
                testDescription: "the same, made because it was asked for",
                script:
                    "CREATE EXTENSION pageinspect; CREATE VIEW pages AS SELECT public.get_raw_page('pg_class', 0) AS page; CREATE TABLE t (a int)",
                settings: [.administratorObjects: "extensions"]),
            Case(
                testDescription: "foreign data",
                script:
                    "CREATE FOREIGN DATA WRAPPER dummy; CREATE SERVER there FOREIGN DATA WRAPPER dummy; CREATE TABLE t (a int)",
                ordinary: .movesWithout("foreign data wrappers and servers dummy, there")),
            Case(
                testDescription: "foreign data that was asked for",
                script:
                    "CREATE FOREIGN DATA WRAPPER dummy; CREATE SERVER there FOREIGN DATA WRAPPER dummy; CREATE FOREIGN TABLE f (a int) SERVER there; CREATE TABLE t (a int)",
                settings: [.administratorObjects: "foreignData"]),
            Case(
                testDescription: "an aggregate and a range type, which say that they are internal",
                script: """
                    CREATE AGGREGATE list_of(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray, INITCOND = '{}');
                    CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
                    CREATE TABLE t (id int PRIMARY KEY, s span); INSERT INTO t VALUES (1, span(0.5, 1.5)), (2, 'empty');
                    CREATE VIEW v AS SELECT list_of(id) FROM t
                    """),
            Case(
                testDescription: "functions in indexes that raise errors about rows",
                script: """
                    CREATE FUNCTION checked(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
                    IF current_database() LIKE 'rehome%' THEN RAISE EXCEPTION 'bad token %', x USING DETAIL = x, HINT = 'not ' || x; END IF; RETURN x; END $$;
                    CREATE TABLE t (a text); INSERT INTO t VALUES ('hush-hush'); CREATE INDEX ON t (checked(a))
                    """,
                outcome: .refused("checked(text)"), secret: "hush-hush"),
            Case(
                testDescription: "the same with an error of another code",
                script: """
                    CREATE FUNCTION checked(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
                    IF current_database() LIKE 'rehome%' THEN RAISE EXCEPTION 'bad token %', x USING ERRCODE = 'XX001', DETAIL = x; END IF; RETURN x; END $$;
                    CREATE TABLE t (a text); INSERT INTO t VALUES ('hush-hush'); CREATE INDEX ON t (checked(a))
                    """,
                outcome: .refused("checked(text)"), secret: "hush-hush"),
            Case(
                testDescription: "backslashes in a source whose strings take them for escapes",
                script: """
                    ALTER ROLE CURRENT_USER SET standard_conforming_strings = off;
                    CREATE TABLE t (a int, b text DEFAULT E'c:\\\\temp'); INSERT INTO t VALUES (1, E'd:\\\\x'); COMMENT ON TABLE t IS E'path c:\\\\temp and ''quote''';
                    CREATE VIEW v AS SELECT a FROM t WHERE b = E'c:\\\\temp'
                    """,
                psqlRestores: false,
                evidence:
                    "SET standard_conforming_strings = on; SELECT obj_description('t'::regclass), b, (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef) FROM t"
            ),
        ]

        @Test(arguments: cases + OddRightsTests.cases)
        func `they move as pg_dump and psql would move them, or say before the fence why not`(example: Case)
            async throws
        {
            try await Self.check(example, from: .newest(), to: .newest(), isOrdinary: false)
        }

        @Test(arguments: cases + OddRightsTests.cases)
        func `the same from the oldest version to the newest, for an ordinary owner`(example: Case) async throws {
            let oldest = PostgresInstallation.installed.first { $0.major >= example.firstVersion }
            try await Self.check(example, from: #require(oldest), to: .newest(), isOrdinary: true)
        }

        /// Moves a case between two new servers.
        ///
        /// - Parameter isOrdinary: whether the owner at the target is an ordinary role.
        static func check(
            _ example: Case, from source: PostgresInstallation, to target: PostgresInstallation, isOrdinary: Bool
        ) async throws {
            guard source.major >= example.firstVersion else { return }
            let (source, target) = (try await PostgresServer.start(source), try await PostgresServer.start(target))
            try await source.psql(
                "CREATE DATABASE app ENCODING '\(example.encoding)' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
            for server in [source, target] where !example.roles.isEmpty { try await server.psql(example.roles) }
            try await source.psql(example.script, database: "app")
            var job = Job(from: source, to: target)
            for (setting, value) in example.settings { job[setting] = value }
            if isOrdinary {
                job[.targetOwner] = "backstage"
                job[.targetOwnerPassword] = "throw-away"
            }
            try await check(
                example, outcome: isOrdinary ? example.ordinary ?? example.outcome : example.outcome, job, source,
                target)
        }

        private static func check(
            _ example: Case, outcome: Outcome, _ job: Job, _ source: PostgresServer, _ target: PostgresServer
        ) async throws {
            let result = try await run(job, meanwhile: example.meanwhile, at: source)
            if let secret = example.secret { #expect(!result.output.contains(secret), "\(result.output)") }
            switch outcome {
            case .refused(let words):
                #expect(result.end == .personMustAct && result.output.contains(words), "\(result.output)")
                #expect(!result.output.contains("fenced 1 databases"), "\(result.output)")
                return
            case .movesWithout(let words):
                #expect(result.output.contains("left out") && result.output.contains(words), "\(result.output)")
            case .moves: break
            }
            #expect(result.end == .success, "\(result.output)")
            var verification = job
            verification.arguments = ["verify"]
            let verified = try await verification.run()
            #expect(verified.end == .success, "\(verified.output)")
            if let evidence = example.evidence {
                let (found, wanted) = (
                    try await target.value(of: evidence, database: "app"),
                    try await source.value(of: evidence, database: "app")
                )
                #expect(found == wanted)
            }
            guard case .moves = outcome, example.psqlRestores, example.settings.isEmpty else { return }
            try await source.copy("app", to: target, as: "reference")
            #expect(try await target.schema(of: "app") == target.schema(of: "reference"))
            if example.evidence == nil {
                #expect(try await target.contents(of: "app") == target.contents(of: "reference"))
            }
        }

        /// Runs a job, and a script at the source when everything is copied.
        static func run(_ job: Job, meanwhile: String, at source: PostgresServer) async throws -> Job.Result {
            guard !meanwhile.isEmpty else { return try await job.run() }
            return try await job.runOnCommand { try await source.psql(meanwhile, database: "app") }
        }
    }
}
