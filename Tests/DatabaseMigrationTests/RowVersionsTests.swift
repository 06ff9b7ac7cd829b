import JobContract
import PostgresClient
import TestSupport
import Testing

@testable import DatabaseMigration

@Suite struct RowVersionsTests {
    /// What is done to a database, and whether its rows and objects are the same afterwards.
    private static let deeds: [(sql: String, isHarmless: Bool)] = [
        ("ANALYZE", true), ("VACUUM (FREEZE, ANALYZE)", true), ("SELECT * FROM sessions FOR UPDATE", true),
        ("BEGIN; INSERT INTO sessions VALUES (0, 'never'); ROLLBACK", true),
        ("BEGIN; DROP TABLE sessions; ROLLBACK", true), ("CREATE DATABASE other", true),
        ("INSERT INTO sessions VALUES (0, 'late')", false), ("UPDATE sessions SET sid = sid WHERE id = 7", false),
        ("BEGIN; SAVEPOINT s; DELETE FROM sessions WHERE id = 7; RELEASE s; COMMIT", false), ("TRUNCATE sessions", false),
        ("ALTER TABLE sessions ADD COLUMN late text DEFAULT 'z'", false), ("ALTER TABLE sessions DROP COLUMN late", false),
        ("COMMENT ON TABLE sessions IS 'late'", false), ("CREATE TABLE late (a int)", false), ("DROP TABLE late", false),
        ("ALTER SEQUENCE numbers MAXVALUE 9", false), ("SELECT lo_put(4711, 0, 'LARGE')", false),
        ("SELECT lo_unlink(4711)", false), ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", false),
        ("DROP TABLE sessions", false),
    ]

    @Test func `row versions tell who wrote from who did not`() async throws {
        let server = try await PostgresServer.start()
        try await server.psql(
            """
            CREATE TABLE sessions (id int PRIMARY KEY, sid text); INSERT INTO sessions SELECT g, 'x' FROM generate_series(1, 100) g;
            SELECT lo_from_bytea(4711, 'large'); CREATE SEQUENCE numbers
            """)
        let settings = try JobSettings(environment: Job(from: server, to: server).environment)
        let parameters = ConnectionParameters(server: settings.source, database: DatabaseName("postgres"), applicationName: "test", authority: .reader)
        let connection = try Connection.open(parameters, interrupt: Interrupt())
        let table = TableContents(
            name: RelationName(schema: "public", name: "sessions"), isRoot: false, columns: ["id", "sid"], generatedColumns: [], bytes: 0, blocks: 1,
            isUnlogged: false, standsAlone: true)
        for deed in Self.deeds {
            let moment = try #require(try Stillness.look(at: connection))
            let versions = try RowVersions(readingCatalogs: connection)
            let rows = try connection.query("SELECT count(*) FROM public.sessions").integer ?? 0
            #expect(try versions.prove([(table, rows)], since: moment, at: connection), "before \(deed.sql)")
            try await server.psql(deed.sql)
            #expect(try versions.prove([(table, rows)], since: moment, at: connection) == deed.isHarmless, "\(deed.sql)")
        }
    }
}
