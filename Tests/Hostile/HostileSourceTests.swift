import JobContract
import TestSupport
import Testing

extension Hostile {
    /// What the owner of a database can write into it, and what becomes of that.
    @Suite struct HostileSourceTests {
        struct Deed: CustomTestStringConvertible, Sendable {
            var testDescription: String
            /// As the tenant in its database.
            var script: String
            /// As the source's superuser there, afterwards.
            var administrator = ""
            /// What a query at both sides must give.
            var evidence: String? = "SELECT count(*) FROM public.t"
        }

        /// Tries all that a superuser may and an ordinary role may not, as often as it is called.
        private static let attack = """
            CREATE FUNCTION public.attack() RETURNS boolean LANGUAGE plpgsql AS $f$
            DECLARE deed text;
            BEGIN
              FOREACH deed IN ARRAY ARRAY[
                'RESET ROLE', 'SET SESSION AUTHORIZATION DEFAULT', 'CREATE ROLE pwned SUPERUSER', 'ALTER ROLE backstage SUPERUSER',
                'ALTER ROLE tenant SUPERUSER', 'GRANT pg_read_server_files TO backstage', 'ALTER SYSTEM SET work_mem = ''5MB''',
                $$COPY (SELECT 1) TO PROGRAM 'touch pwned'$$, $$COPY (SELECT 1) TO '/tmp/pwned'$$, 'CREATE EXTENSION file_fdw']
              LOOP
                BEGIN EXECUTE deed; EXCEPTION WHEN OTHERS THEN NULL; END;
              END LOOP;
              RETURN true;
            END $f$;
            CREATE FUNCTION public.attack(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM public.attack(); RETURN i; END $f$;
            """

        static let deeds: [Deed] = [
            Deed(
                testDescription: "a check that resets the role",
                script: """
                    CREATE FUNCTION public.ck(i int) RETURNS boolean LANGUAGE plpgsql AS $f$
                    BEGIN
                      IF session_user <> current_user THEN
                        EXECUTE 'RESET ROLE';
                        BEGIN EXECUTE 'ALTER ROLE backstage SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
                        EXECUTE 'SET ROLE backstage';
                      END IF;
                      RETURN true;
                    END $f$;
                    CREATE TABLE public.t (i int PRIMARY KEY CHECK (public.ck(i)));
                    INSERT INTO public.t VALUES (1), (2)
                    """),
            Deed(
                testDescription: "functions in checks, indexes, generated columns, domains, views and policies",
                script: attack + """
                    CREATE DOMAIN public.d AS int CHECK (VALUE > 0);
                    CREATE TABLE public.t (i public.d PRIMARY KEY, g int GENERATED ALWAYS AS (abs(i)) STORED);
                    INSERT INTO public.t (i) SELECT * FROM generate_series(1, 20);
                    CREATE INDEX t_attacked ON public.t (public.attack(i));
                    ALTER DOMAIN public.d ADD CONSTRAINT attacked CHECK (public.attack(VALUE) > 0);
                    ALTER TABLE public.t ADD CONSTRAINT attacked CHECK (public.attack());
                    CREATE MATERIALIZED VIEW public.m AS SELECT public.attack(i), i FROM public.t;
                    CREATE STATISTICS public.s ON (public.attack(i)), i FROM public.t;
                    CREATE FUNCTION public.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.attack(); RETURN NEW; END';
                    CREATE TRIGGER tr BEFORE INSERT OR UPDATE OR DELETE ON public.t FOR EACH ROW EXECUTE FUNCTION public.tr();
                    CREATE POLICY p ON public.t USING (public.attack());
                    ALTER TABLE public.t ENABLE ROW LEVEL SECURITY
                    """),
            Deed(
                testDescription: "a name like a dump's header",
                script: """
                    CREATE FUNCTION public."run; Type: EXTENSION; "(cmd text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE cmd; END';
                    CREATE FUNCTION public."-- Name: x; Type: EVENT TRIGGER; Schema: -; Owner: -"() RETURNS void LANGUAGE sql SECURITY DEFINER AS '';
                    CREATE TABLE public."a; Type: INDEX; x" (i int);
                    CREATE TABLE public."b; Owner: x" (i int);
                    CREATE TABLE public.t ("c
                    -- Name: y; Type: EXTENSION; Schema: -; Owner: -" int);
                    INSERT INTO public.t VALUES (1)
                    """),
            Deed(
                testDescription: "a list setting",
                script: """
                    CREATE TABLE public.t (i int);
                    SELECT set_config('search_path', 'public;CREATE/**/ROLE/**/pwned/**/SUPERUSER;--', false);
                    ALTER DATABASE :"db" SET search_path FROM CURRENT;
                    ALTER DATABASE :"db" SET temp_tablespaces = '';
                    """,
                // As pg_dump has it: each item of the list is a name of its own.
                evidence:
                    #"SELECT replace(s, '"', '') FROM pg_db_role_setting r JOIN pg_database d ON d.oid = r.setdatabase, unnest(setconfig) s WHERE datname = current_database() AND s NOT LIKE 'default%' ORDER BY 1"#
            ),
            Deed(
                testDescription: "quotes beside combining characters",
                script: """
                    COMMENT ON DATABASE :"db" IS U&'harmless \\0600''; COMMIT; CREATE ROLE pwned SUPERUSER; --';
                    CREATE TABLE public.U&"say ""\\0301hi" (U&"\\0600""col" int, b text DEFAULT U&'x\\0600''y');
                    INSERT INTO public.U&"say ""\\0301hi" VALUES (1, U&'a\\0600''b');
                    CREATE TYPE public.mood AS ENUM (U&'it\\0301''s', U&'\\0600''');
                    COMMENT ON COLUMN public.U&"say ""\\0301hi".b IS U&'\\0600''; CREATE ROLE pwned SUPERUSER; --';
                    ALTER DATABASE :"db" SET application_name = U&'\\0600''; CREATE ROLE pwned SUPERUSER; --';
                    """,
                evidence: #"SELECT md5(x::text) FROM (SELECT * FROM public.U&"say ""\0301hi") x"#),
            Deed(
                testDescription: "two tables and two columns whose names are canonically equal",
                script: """
                    CREATE TABLE public.U&"caf\\00e9" (U&"na\\00efve" int, U&"nai\\0308ve" int);
                    CREATE TABLE public.U&"cafe\\0301" (i int);
                    INSERT INTO public.U&"caf\\00e9" VALUES (1, 2); INSERT INTO public.U&"cafe\\0301" VALUES (3);
                    CREATE SEQUENCE public.U&"s\\00e9"; CREATE SEQUENCE public.U&"se\\0301"; SELECT setval(U&'public."se\\0301"', 42);
                    CREATE INDEX U&"i\\00e9" ON public.U&"cafe\\0301" (i); CREATE INDEX U&"ie\\0301" ON public.U&"cafe\\0301" (i);
                    """,
                evidence:
                    #"SELECT (SELECT sum(U&"na\00efve" * 10 + U&"nai\0308ve") FROM public.U&"caf\00e9"), (SELECT sum(i) FROM public.U&"cafe\0301"), (SELECT last_value FROM public.U&"se\0301")"#
            ),
            Deed(
                testDescription: "an event trigger",
                script: "CREATE TABLE public.t (i int)",
                administrator: """
                    CREATE FUNCTION public.et() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN
                      BEGIN EXECUTE 'CREATE ROLE pwned SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
                    END $f$;
                    ALTER FUNCTION public.et() OWNER TO tenant;
                    SET session_replication_role = replica;
                    CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION public.et();
                    ALTER EVENT TRIGGER et OWNER TO postgres;
                    COMMENT ON EVENT TRIGGER et IS 'a trap'
                    """,
                evidence: "SELECT pg_get_functiondef('public.et()'::regprocedure)"),
            Deed(
                testDescription: "settings that only a superuser may set",
                script: "CREATE TABLE public.t (i int)",
                administrator:
                    "ALTER DATABASE backstage_plugin_app SET session_replication_role = replica; ALTER DATABASE backstage_plugin_app SET allow_system_table_mods = on",
                evidence: "SELECT 1"),
            Deed(
                testDescription: "settings that shape what is said and done",
                script: """
                    CREATE TABLE public.t (i int, b text DEFAULT E'c:\\\\temp', f float8 DEFAULT 0.1, a text[] DEFAULT '{NULL}'); INSERT INTO public.t VALUES (1);
                    CREATE VIEW public.v AS SELECT i FROM public.t WHERE b = E'c:\\\\temp';
                    COMMENT ON TABLE public.t IS E'path c:\\\\temp\\\\new and ''quote''';
                    ALTER DATABASE :"db" SET standard_conforming_strings = off; ALTER DATABASE :"db" SET quote_all_identifiers = on;
                    ALTER DATABASE :"db" SET array_nulls = off; ALTER DATABASE :"db" SET transform_null_equals = on;
                    ALTER DATABASE :"db" SET statement_timeout = 40; ALTER DATABASE :"db" SET lock_timeout = 1; ALTER DATABASE :"db" SET datestyle = 'German';
                    ALTER DATABASE :"db" SET extra_float_digits = -15; ALTER DATABASE :"db" SET client_encoding = 'LATIN1'
                    """,
                evidence:
                    "SET statement_timeout = 0; SET lock_timeout = 0; SET extra_float_digits = 1; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SELECT md5(string_agg(t::text, ',')) FROM public.t; SELECT obj_description('public.t'::regclass)"
            ),
        ]

        @Test(arguments: deeds)
        func `what can be moved arrives, and nobody gains a right`(deed: Deed) async throws {
            try await check(deed, scene: HostileScene.make())
        }

        @Test(.whenWhole, arguments: deeds, HostileScene.Roles.allCases)
        func `the same between other versions, and with one role`(deed: Deed, roles: HostileScene.Roles) async throws {
            let installed = PostgresInstallation.installed
            let pairs = Array(zip(installed, installed)) + Array(zip(installed.prefix(1), installed.suffix(1)))
            for (source, target) in pairs {
                try await check(deed, scene: HostileScene.make(roles, source: source, target: target))
            }
        }

        private func check(_ deed: Deed, scene made: HostileScene) async throws {
            try await made.makeDatabase()
            try await made.asTenant(deed.script)
            if !deed.administrator.isEmpty {
                try await made.source.psql(deed.administrator, database: "backstage_plugin_app")
            }
            let scene = try await made.begun()
            // With one role that is a superuser, whatever Backstage's schema does it does as that superuser.
            if scene.roles == .one, deed.script.contains("public.attack") { return }
            for command in [["rehearse"], ["migrate", "--verbose"], ["verify"], ["after"]] {
                var job = scene.job
                job.arguments = command
                let result = try await job.run()
                let ends: [JobContract.ExitStatus] = command == ["after"] ? [.retry] : [.success]
                #expect(ends.contains(result.end ?? .internalError), "\(command)\n\(result.output)")
                try await scene.checkUnharmed("\(command)\n\(result.output)")
            }
            if let evidence = deed.evidence {
                let wanted = try await scene.source.value(of: evidence, database: "backstage_plugin_app")
                let found = try await scene.target.value(of: evidence, database: "backstage_plugin_app")
                #expect(found == wanted)
            }
        }
    }
}
