import JobContract
import PostgresClient
import SystemPackage
import TestSupport
import Testing

@testable import DatabaseMigration

extension Hostile {
    /// What happens beside the Job, on either server.
    @Suite struct HostileSessionTests {
        @Test func `databases whose names are canonically equal stay two, and a name runs nothing`() async throws {
            let made = try await HostileScene.make()
            let names = [
                #"n_caf\00e9"#, #"n_cafe\0301"#, #"x\0600";ALTER ROLE tenant SUPERUSER;--"#, #"a\\b'c"#,
                #"sp ace\000a\202eend"#,
            ]
            for (place, name) in names.enumerated() {
                try await made.source.psql(
                    "SELECT format('CREATE DATABASE %I', U&'\(name.replacing("'", with: "''"))') \\gexec",
                    as: HostileScene.tenant)
                let database = try await made.source.value(
                    of:
                        "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1') ORDER BY oid DESC LIMIT 1"
                )
                if !database.contains("\n") {
                    try await made.source.psql(
                        "CREATE TABLE t AS SELECT \(place) AS i", database: database, as: HostileScene.tenant)
                }
            }
            let scene = try await made.begun()
            let result = try await scene.job.run()
            #expect(result.end == .success, "\(result.output)")
            try await scene.checkUnharmed(result.output)
            let list =
                "SELECT string_agg(encode(convert_to(datname, 'UTF8'), 'hex'), ',' ORDER BY datname COLLATE \"C\") FROM pg_database"
            #expect(try await scene.target.value(of: list) == scene.source.value(of: list))
            for (place, name) in [#"n_caf\00e9"#, #"n_cafe\0301"#].enumerated() {
                let database = try await scene.target.value(of: "SELECT U&'\(name)'")
                #expect(try await scene.target.value(of: "SELECT i FROM t", database: database) == "\(place)")
            }
            // Nothing of a name can begin a line of the log or turn one around.
            #expect(result.output.contains(#"sp ace\u{a}\u{202e}end"#))
            #expect(!result.output.unicodeScalars.contains("\u{202e}"))
            let lines = result.output.split(separator: "\n")
            #expect(!lines.contains { $0.hasPrefix("end") }, "\(result.output)")
        }

        @Test func `a session that bears a name of ours is ended by the fence like any other`() async throws {
            let scene = try await HostileScene.make()
            try await scene.makeDatabase()
            try await scene.asTenant("CREATE TABLE t (i int)")
            async let writer: Void = {
                _ = try? await scene.source.psql(
                    "SET application_name = 'rehome/0123456789ab/ours'; SELECT pg_sleep(0.01); INSERT INTO t VALUES (1) \\watch 0.05",
                    database: "backstage_plugin_app", as: HostileScene.tenant)
            }()
            let isThere = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rehome/0123456789ab/ours'"
            #expect(try await eventually { try await scene.source.value(of: isThere) == "1" })
            let result = try await scene.job.run()
            #expect(result.end == .success, "\(result.output)")
            await writer
            let rows = "SELECT count(*) FROM t"
            #expect(
                try await scene.target.value(of: rows, database: "backstage_plugin_app")
                    == scene.source.value(of: rows, database: "backstage_plugin_app"))
        }

        @Test(arguments: ["a database", "a mark as well"])
        func `what another role has made under the control database's name is refused unread`(extent: String)
            async throws
        {
            let made = try await HostileScene.make()
            try await made.makeDatabase()
            try await made.asTenant("CREATE TABLE t (i int)")
            // One run tells the name, and makes Backstage's role.
            var rehearsal = made.job
            rehearsal.arguments = ["rehearse"]
            #expect(try await rehearsal.run().end == .success)
            let name = try await made.target.value(
                of: "SELECT datname FROM pg_database WHERE datname ~ '^rehome_[0-9a-f]{12}$'")
            let mark = try await made.target.value(
                of:
                    "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname ~ '^rehome_[0-9a-f]{12}$'"
            )
            var clean = made.job
            clean.arguments = ["clean"]
            #expect(try await clean.run().end == .success)
            try await made.target.psql("CREATE DATABASE :\"name\"", variables: ["name": name], as: HostileScene.owner)
            if extent == "a mark as well" {
                try await made.target.psql(
                    "COMMENT ON DATABASE :\"name\" IS :'mark'", variables: ["name": name, "mark": mark],
                    as: HostileScene.owner)
            }
            try await made.target.psql(
                """
                CREATE SCHEMA rehome; CREATE TABLE rehome.attempt (epoch bigint, attempt text, kind text, started timestamptz DEFAULT now());
                CREATE TABLE rehome.fence (database text PRIMARY KEY, previous text, attempt text, sessions int, raised timestamptz DEFAULT now());
                CREATE FUNCTION rehome.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN CREATE ROLE pwned SUPERUSER; RETURN NEW; END';
                CREATE TRIGGER f BEFORE INSERT ON rehome.attempt FOR EACH ROW EXECUTE FUNCTION rehome.f();
                GRANT ALL ON ALL TABLES IN SCHEMA rehome TO PUBLIC; GRANT USAGE ON SCHEMA rehome TO PUBLIC
                """, database: name, as: HostileScene.owner)
            let scene = try await made.begun()
            for command in ["migrate", "status", "release", "clean"] {
                var job = scene.job
                job.arguments = [command]
                let result = try await job.run()
                if command == "migrate" {
                    #expect(result.end == .personMustAct, "\(result.output)")
                    #expect(
                        result.output.contains("another role has made") || result.output.contains("is not Rehome's"),
                        "\(result.output)")
                }
                try await scene.checkUnharmed("\(command)\n\(result.output)")
            }
        }

        @Test func `operators of the tenant's stand in nobody's way`() async throws {
            let made = try await HostileScene.make()
            try await made.makeDatabase()
            try await made.asTenant(
                """
                CREATE SCHEMA evil;
                CREATE FUNCTION evil.eq(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $f$
                BEGIN
                  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user) THEN
                    EXECUTE 'ALTER ROLE tenant SUPERUSER';
                  END IF;
                  RETURN pg_catalog.texteq(a, b);
                END $f$;
                CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
                CREATE FUNCTION evil.count(text) RETURNS bigint LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'ALTER ROLE tenant SUPERUSER'; RETURN 1; END $f$;
                ALTER DATABASE :"db" SET search_path = evil, pg_catalog;
                CREATE TABLE public.t (i int); INSERT INTO public.t VALUES (1)
                """)
            let scene = try await made.begun()
            // The Job waits for the lock long enough to ask, over other sessions, whether its dump still goes on. No
            // time is set for locks on catalogs.
            async let holder: Void = {
                _ = try? await scene.source.psql(
                    "BEGIN; LOCK TABLE pg_catalog.pg_ts_template; SELECT pg_sleep(40)", database: "backstage_plugin_app"
                )
            }()
            let isLocked =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%pg_sleep(40)'"
            #expect(try await eventually { try await scene.source.value(of: isLocked) == "1" })
            var job = scene.job
            job[.fence] = "off"
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            await holder
            try await scene.checkUnharmed(result.output)
        }

        @Test func `a relation that is replaced while it is read runs nothing as us`() async throws {
            let made = try await HostileScene.make()
            try await made.makeDatabase()
            let trap = """
                CREATE FUNCTION public.trap() RETURNS bigint LANGUAGE plpgsql AS $f$
                BEGIN BEGIN EXECUTE 'ALTER ROLE tenant SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END; RETURN 1; END $f$;
                """
            try await made.asTenant(
                "\(trap) CREATE SEQUENCE public.s; CREATE TABLE public.t (i int); CREATE TABLE public.knex_migrations_lock (\"index\" int, is_locked int); INSERT INTO knex_migrations_lock VALUES (1, 0)"
            )
            let scene = try await made.begun()
            async let swap: Void = {
                _ = try? await scene.source.psql(
                    """
                    BEGIN; DROP SEQUENCE public.s; CREATE VIEW public.s AS SELECT public.trap() AS last_value, true AS is_called;
                    DROP TABLE public.t; CREATE VIEW public.t AS SELECT public.trap() AS i; SELECT pg_sleep(3); COMMIT
                    """, database: "backstage_plugin_app", as: HostileScene.tenant)
            }()
            let isSwapping =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%pg_sleep(3)%'"
            #expect(try await eventually { try await scene.source.value(of: isSwapping) == "1" })
            var job = scene.job
            job[.fence] = "off"
            let result = try await job.run()
            await swap
            try await scene.checkUnharmed(result.output)
            // Whatever came of it, the next run sees what is there now.
            let second = try await scene.job.run()
            #expect(second.end == .success, "\(second.output)")
            try await scene.checkUnharmed(second.output)
        }

        /// As an older server would do it, which does not know the setting that refuses views.
        @Test(arguments: ["a table", "a sequence", "a materialized view"])
        func `what is a view by now is refused under the lock`(kind: String) async throws {
            let made = try await HostileScene.make()
            try await made.makeDatabase()
            try await made.asTenant(
                """
                CREATE FUNCTION public.trap() RETURNS bigint LANGUAGE plpgsql AS $f$
                BEGIN BEGIN EXECUTE 'ALTER ROLE tenant SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END; RETURN 1; END $f$;
                CREATE VIEW public.t AS SELECT public.trap() AS last_value, true AS is_called, public.trap() AS i
                """)
            let scene = try await made.begun()
            let settings = try JobSettings(environment: scene.job.environment)
            let source = try Connection.open(
                ConnectionParameters(
                    server: settings.source, database: "backstage_plugin_app", applicationName: "test",
                    authority: .reader),
                interrupt: Interrupt())
            try source.execute(
                "SELECT pg_catalog.set_config(name, '', false) FROM pg_catalog.pg_settings WHERE name = 'restrict_nonsystem_relation_kind'"
            )
            let name = RelationName(schema: "public", name: "t")
            let error = #expect(throws: PostgresError.self) {
                switch kind {
                case "a table":
                    // A generated column takes a query instead of the table's own COPY.
                    let table = TableContents(
                        name: name, isRoot: false, columns: [], generatedColumns: ["i"], bytes: 0, blocks: 0,
                        isUnlogged: false, standsAlone: true)
                    _ = try CopyStream.hash(table, at: source)
                case "a sequence": _ = try SequenceValue.read([name], from: source)
                default: _ = try ReadLock.countRows(of: name, at: source)
                }
            }
            #expect(error?.message.contains("with rows of its own") == true)
            try await scene.checkUnharmed("")
        }

        @Test func `a lock table that is replaced by a view at the target runs nothing as an administrator`()
            async throws
        {
            let made = try await HostileScene.make()
            try await made.makeDatabase()
            try await made.asTenant(
                "CREATE TABLE public.knex_migrations_lock (\"index\" int, is_locked int); INSERT INTO knex_migrations_lock VALUES (1, 0); CREATE TABLE final_entities (a int)"
            )
            let scene = try await made.begun()
            let result = try await scene.job.run()
            #expect(result.end == .success, "\(result.output)")
            try await scene.target.psql(
                """
                CREATE FUNCTION public.trap() RETURNS int LANGUAGE plpgsql AS $f$
                BEGIN BEGIN EXECUTE 'CREATE ROLE pwned SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END; RETURN 1; END $f$;
                DROP TABLE public.knex_migrations_lock; CREATE VIEW public.knex_migrations_lock AS SELECT public.trap() AS "index", public.trap() AS is_locked;
                DROP TABLE final_entities; CREATE VIEW final_entities AS SELECT public.trap() AS a
                """, database: "backstage_plugin_app", as: HostileScene.owner)
            for command in ["after", "verify", "status"] {
                var job = scene.job
                job.arguments = [command]
                let looked = try await job.run()
                try await scene.checkUnharmed("\(command)\n\(looked.output)")
            }
        }
    }
}
