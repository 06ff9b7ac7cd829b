import PostgresClient
import Testing

@testable import DatabaseMigration

@Suite struct SQLLexerTests {
    private func statements(_ text: String) throws -> [String] {
        let bytes = Array(text.utf8)
        var lexer = SQLLexer(bytes)
        var found: [String] = []
        while let piece = try lexer.next() {
            if case .statement(let range) = piece { found.append(String(decoding: bytes[range], as: UTF8.self)) }
        }
        return found
    }

    @Test(arguments: [
        "SELECT 'a;b'", "SELECT E'it\\'s; here'", "SELECT \"a;\"\"b\"", "SELECT $$;$$", "SELECT $tag$ ; $$ ; $tag$",
        "SELECT /* ; /* nested ; */ ; */ 1", "SELECT 1 -- ; comment\n + 1", "CREATE RULE r AS ON INSERT TO t DO (NOTIFY a; NOTIFY b)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END", "SELECT 'a\\'", "SELECT $1 + $2", "CREATE TABLE type$x (a int)",
    ])
    func `a semicolon inside something else ends no statement`(statement: String) throws {
        #expect(try statements("\(statement);\nSELECT 'next';") == [statement, "SELECT 'next'"])
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
        #expect(script.entries.map(\.title) == ["Name: f(); Type: FUNCTION; Schema: public", "Name: t_pkey; Type: CONSTRAINT; Schema: public"])
        #expect(script.entries[0].statements.count == 1)
        #expect(script.entries[0].statements[0].contains(body))
        #expect(script.entries[1].statements.count == 2)
    }

    @Test(arguments: [
        ("ALTER TABLE ONLY s.t ALTER COLUMN a SET (pg_attver=2)", nil),
        ("ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=5, pg_attver=2)", "ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=5)"),
        ("ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=5)", "ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=5)"),
        ("SELECT ' SET (pg_attver=2)'", "SELECT ' SET (pg_attver=2)'"),
    ])
    func `a server's own column numbers are not the user's`(statement: String, wanted: String?) {
        #expect(SchemaScript.withoutColumnVersions(statement) == wanted)
    }

    @Test func `an open quote is an error with its line`() {
        let error = #expect(throws: MigrationFailure.self) { try statements("SELECT 1;\nSELECT 'open") }
        #expect(error?.message.contains("line 2") == true)
    }

    @Test(arguments: [
        ("CREATE UNIQUE INDEX i ON public.\"T x\" USING btree (a)", "public.T x"),
        ("CREATE INDEX \"i ON ONLY\" ON s.t USING gin (b)", "s.t"),
        ("ALTER TABLE ONLY s.t\n    ADD CONSTRAINT \"c\" PRIMARY KEY (a)", "s.t"),
    ])
    func `the table of an index is found`(statement: String, table: String) {
        let entry = SchemaScript.Entry(header: "-- Name: i", statements: [statement])
        #expect(entry.indexedTable()?.table.description == table)
    }

    @Test(arguments: [
        "CREATE INDEX i ON ONLY s.t USING btree (a)", "ALTER TABLE ONLY s.t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES s.u(a)",
        "CREATE TRIGGER t AFTER INSERT ON s.t EXECUTE FUNCTION f()", "ALTER INDEX s.i ATTACH PARTITION s.j",
    ])
    func `what must wait for other tables is no index`(statement: String) {
        #expect(SchemaScript.Entry(header: "", statements: [statement]).indexedTable() == nil)
    }
}
