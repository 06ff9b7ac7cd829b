import JobContract
import PostgresClient
import Testing

@testable import DatabaseMigration

extension DumpedStatement: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text.utf8) }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

@Suite struct SchemaScriptTests {
    private func statements(_ text: String) throws -> [String] {
        let bytes = Array(text.utf8)
        var splitter = SQLSplitter(bytes)
        var found: [String] = []
        while let piece = try splitter.next() {
            if case .statement(let range) = piece { found.append(String(decoding: bytes[range], as: UTF8.self)) }
        }
        return found
    }

    @Test(arguments: [
        "SELECT 'a;b'", "SELECT E'it\\'s; here'", "SELECT \"a;\"\"b\"", "SELECT $$;$$", "SELECT $tag$ ; $$ ; $tag$",
        "SELECT /* ; /* nested ; */ ; */ 1", "SELECT 1 -- ; comment\n + 1",
        "CREATE RULE r AS ON INSERT TO t DO (NOTIFY a; NOTIFY b)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END", "SELECT 'a\\'", "SELECT $1 + $2",
        "CREATE TABLE type$x (a int)",
        "CREATE FUNCTION starts(i int) RETURNS timestamptz BEGIN ATOMIC SELECT s.begin FROM spans s; SELECT begin FROM begin; END",
        "CREATE FUNCTION f(begin int) RETURNS TABLE (begin int) BEGIN /* ; */ ATOMIC SELECT CASE begin WHEN 1 THEN 2 END; END",
        "CREATE FUNCTION \"begin atomic\"() RETURNS int LANGUAGE sql AS $$ ; $$",
        "CREATE FUNCTION public.begin(i integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN ; END $$",
        "COMMENT ON TABLE t IS 'x\u{600}''; --'", "CREATE TABLE \"say \"\"\u{301}; --hi\" (a int)", "SELECT B'1;'",
        "SELECT \"e\"'; '", "SELECT E'\\\\'",
    ])
    func `a semicolon inside something else ends no statement`(statement: String) throws {
        #expect(try statements("\(statement);\nSELECT 'next';") == [statement, "SELECT 'next'"])
    }

    @Test func `a privilege is about what its own words say, whatever names it holds`() throws {
        let grant = try #require(
            Privilege(#"GRANT SELECT("ON") ON TABLE public."FROM" TO "PUBLIC" WITH GRANT OPTION"#))
        #expect(grant.role == RoleName("PUBLIC") && !grant.isRevocation && grant.creator == nil)
        #expect(grant.object == .relation(RelationName(schema: "public", name: "FROM")))
        let revocation = try #require(
            Privilege(#"REVOKE ALL ON FUNCTION pg_catalog."TO"("FROM" integer, "ON" text) FROM PUBLIC"#))
        #expect(revocation.role == nil && revocation.isRevocation && revocation.object?.isSystems == true)
        let defaults = try #require(
            Privilege(#"ALTER DEFAULT PRIVILEGES FOR ROLE "TO" IN SCHEMA "ON" GRANT SELECT ON TABLES TO reader"#))
        #expect(defaults.creator == RoleName("TO") && defaults.role == RoleName("reader") && defaults.object == nil)
        #expect(
            defaults.renaming([RoleName("TO"): RoleName("owner")]).text
                == #"ALTER DEFAULT PRIVILEGES FOR ROLE "owner" IN SCHEMA "ON" GRANT SELECT ON TABLES TO reader"#)
        #expect(Privilege("GRANTED SELECT ON TABLE t TO x") == nil)
    }

    @Test func `an entry header inside a function's body is text`() throws {
        let body = "-- Name: x; Type: TABLE; Schema: public; Owner: -\nSET transaction_timeout = 0;\n\\restrict abc\n"
        let script = try SchemaScript(
            parsing: Array(
                """
                SET statement_timeout = 0;
                \\restrict key

                --
                -- Name: f(); Type: FUNCTION; Schema: public; Owner: -
                --

                CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $$\(body)$$;


                --
                -- Name: t_pkey; Type: CONSTRAINT; Schema: public; Owner: -
                --

                ALTER TABLE ONLY public.t
                    ADD CONSTRAINT t_pkey PRIMARY KEY (a);
                ALTER TABLE public.t CLUSTER ON t_pkey;

                \\unrestrict key
                """.utf8))
        #expect(
            script.entries.map(\.title) == [
                "Name: f(); Type: FUNCTION; Schema: public", "Name: t_pkey; Type: CONSTRAINT; Schema: public",
            ])
        #expect(script.entries[0].statements.count == 1)
        #expect(script.entries[0].statements[0].text.contains(body))
        #expect(script.entries[1].statements.count == 2)
    }

    @Test(
        arguments: [
            ("ALTER TABLE ONLY s.t ALTER COLUMN a SET (pg_attver=2)", nil),
            (
                "ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=5, pg_attver=2)",
                "ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=5)"
            ),
            (
                "ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=5)",
                "ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=5)"
            ),
            ("SELECT ' SET (pg_attver=2)'", "SELECT ' SET (pg_attver=2)'"),
            (
                #"ALTER TABLE ONLY s.t ALTER COLUMN "x SET (pg_attver=1)" SET DEFAULT f('pg_attver=2')"#,
                #"ALTER TABLE ONLY s.t ALTER COLUMN "x SET (pg_attver=1)" SET DEFAULT f('pg_attver=2')"#
            ),
        ] as [(DumpedStatement, DumpedStatement?)])
    func `a server's own column numbers are not the user's`(statement: DumpedStatement, wanted: DumpedStatement?) {
        #expect(statement.withoutColumnVersions == wanted)
    }

    @Test(
        arguments: [
            ("CREATE FUNCTION public.\"run; Type: EXTENSION; \"(cmd text) RETURNS void LANGUAGE sql AS ''", .function),
            ("CREATE TABLE public.\"a; Type: INDEX; x\" (i integer)", .other),
            ("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public", .extension),
            ("COMMENT ON EXTENSION pg_trgm IS 'x'", .comment(on: .extension)),
            ("COMMENT ON TABLE public.\"EXTENSION\" IS 'x'", .other),
            ("CREATE UNIQUE INDEX i ON public.t USING btree (a)", .index),
            ("CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION public.et()", .eventTrigger),
            ("CREATE TABLE public.\"EVENT TRIGGER\" (i integer)", .other),
            ("CREATE OR REPLACE PROCEDURAL LANGUAGE plpython3u", .language),
            ("CREATE TRUSTED PROCEDURAL LANGUAGE pltrusted", .other),
            ("ALTER TABLE ONLY public.t ADD CONSTRAINT c PRIMARY KEY (a)", .tableConstraint),
            ("ALTER TABLE public.t DISABLE TRIGGER tr", .trigger),
            ("ALTER FOREIGN TABLE public.t DISABLE TRIGGER tr", .trigger),
            ("ALTER FOREIGN TABLE ONLY public.t ALTER COLUMN a OPTIONS (x 'y')", .other),
            ("ALTER TABLE public.t ENABLE ALWAYS TRIGGER tr", .trigger),
            ("ALTER TABLE public.t ENABLE REPLICA RULE r", .rule),
            ("ALTER DOMAIN public.d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID", .domainConstraint),
            ("ALTER TABLE public.t ENABLE ROW LEVEL SECURITY", .rowSecurity),
            ("ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT 1", .other),
            ("CREATE CONSTRAINT TRIGGER x AFTER INSERT ON public.t EXECUTE FUNCTION public.f()", .trigger),
            ("CREATE EXTENSION_OF_OURS", .other),
            ("/* CREATE EXTENSION */ CREATE VIEW public.v AS SELECT 1", .other), ("\"CREATE\" EXTENSION x", .other),
        ] as [(DumpedStatement, SchemaObjectKind)])
    func `what a statement makes is told by its leading words alone`(statement: DumpedStatement, kind: SchemaObjectKind)
    {
        #expect(SchemaObjectKind(statement) == kind)
    }

    @Test func `an open quote is an error with its line`() {
        let error = #expect(throws: MigrationFailure.self) { try statements("SELECT 1;\nSELECT 'open") }
        #expect(error?.message.contains("line 2") == true)
    }

    @Test(
        arguments: [
            ("CREATE UNIQUE INDEX i ON public.\"T x\" USING btree (a)", "public.T x"),
            ("CREATE INDEX \"i ON ONLY\" ON s.t USING gin (b)", "s.t"),
            ("ALTER TABLE ONLY s.t\n    ADD CONSTRAINT \"c\" PRIMARY KEY (a)", "s.t"),
        ] as [(DumpedStatement, String)])
    func `the table of an index is found`(statement: DumpedStatement, table: String) {
        let entry = SchemaScript.Entry(header: "-- Name: i", statements: [statement])
        #expect(entry.indexedTable()?.table.description == table)
    }

    @Test(
        arguments: [
            "CREATE INDEX i ON ONLY s.t USING btree (a)",
            "ALTER TABLE ONLY s.t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES s.u(a)",
            "CREATE TRIGGER t AFTER INSERT ON s.t EXECUTE FUNCTION f()", "ALTER INDEX s.i ATTACH PARTITION s.j",
        ] as [DumpedStatement])
    func `what must wait for other tables is no index`(statement: DumpedStatement) {
        #expect(SchemaScript.Entry(header: "", statements: [statement]).indexedTable() == nil)
    }

    @Test(
        arguments: [
            ("CREATE EXTENSION hstore WITH SCHEMA public", "ALTER ROLE app SUPERUSER", false),
            ("CREATE EXTENSION hstore WITH SCHEMA public", "CREATE FUNCTION f() RETURNS int LANGUAGE c", false),
            ("COMMENT ON EXTENSION hstore IS 'x'", "SET session_preload_libraries = 'x'", false),
            ("CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()", "ALTER EVENT TRIGGER e DISABLE", true),
            ("REVOKE ALL ON FUNCTION f() FROM PUBLIC", "GRANT ALL ON FUNCTION f() TO app", true),
            ("REVOKE ALL ON FUNCTION f() FROM PUBLIC", "SET SESSION AUTHORIZATION postgres", false),
        ] as [(DumpedStatement, DumpedStatement, Bool)])
    func `an administrator runs nothing of another kind than the entry is of`(
        first: DumpedStatement, second: DumpedStatement, isRun: Bool
    ) {
        let rights = SchemaRights(
            ownerIsSuperuser: false, hasAdministrator: true, made: Set(AdministratorObject.allCases),
            trustedExtensions: [], owner: "app", privileges: .keep, knownRoles: [], representedRoles: [])
        let entry = SchemaScript.Entry(header: "-- Name: x", statements: [first, second])
        #expect(rights.administratorMayRun(first, of: entry))
        #expect(rights.administratorMayRun(second, of: entry) == isRun)
    }
}
