import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Changes of the schema at the source, after the copy, that leave what `pg_dump` writes of it as it was.
    @Suite struct LayoutTests {
        private static let start = """
            CREATE TYPE pair AS (x int, y int);
            CREATE TABLE live (id int PRIMARY KEY, pair pair, b int);
            CREATE TABLE next (LIKE live INCLUDING ALL);
            CREATE TABLE parted (id int, b int) PARTITION BY LIST (id);
            CREATE TABLE part PARTITION OF parted FOR VALUES IN (1, 2, 3, 4, 5);
            INSERT INTO live SELECT g, ROW(g, g)::pair, g FROM generate_series(1, 5) g;
            INSERT INTO next SELECT g, ROW(g, g)::pair, 10 * g FROM generate_series(1, 5) g;
            INSERT INTO parted SELECT g, g FROM generate_series(1, 5) g;
            """

        /// By the database in which they happen.
        private static let changes = [
            "column": "ALTER TABLE live DROP COLUMN b; ALTER TABLE live ADD COLUMN b int",
            "default":
                "ALTER TABLE live DROP COLUMN b; ALTER TABLE live ADD COLUMN b int DEFAULT 7; ALTER TABLE live ALTER b DROP DEFAULT",
            "table":
                "DROP TABLE next; CREATE TABLE next (LIKE live INCLUDING ALL); INSERT INTO next VALUES (100, NULL, 100)",
            "names":
                "ALTER TABLE live RENAME TO other; ALTER TABLE next RENAME TO live; ALTER TABLE other RENAME TO next; ALTER INDEX live_pkey RENAME TO other_pkey; ALTER INDEX next_pkey RENAME TO live_pkey; ALTER INDEX other_pkey RENAME TO next_pkey",
            "schemas":
                "CREATE SCHEMA s; ALTER TABLE live SET SCHEMA s; ALTER TABLE next RENAME TO live; ALTER TABLE s.live RENAME TO next; ALTER TABLE s.next SET SCHEMA public; ALTER INDEX live_pkey RENAME TO other_pkey; ALTER INDEX next_pkey RENAME TO live_pkey; ALTER INDEX other_pkey RENAME TO next_pkey; DROP SCHEMA s",
            "partition":
                "DROP TABLE part; CREATE TABLE part PARTITION OF parted FOR VALUES IN (1, 2, 3, 4, 5); INSERT INTO parted VALUES (2, 200)",
            "attribute": "ALTER TYPE pair DROP ATTRIBUTE y; ALTER TYPE pair ADD ATTRIBUTE y int",
        ]

        @Test func `a table is told by what it is, not by its name`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            for name in Self.changes.keys {
                try await source.psql("CREATE DATABASE \"\(name)\"")
                try await source.psql(Self.start, database: name)
            }
            let result = try await Job(from: source, to: target).runOnCommand {
                for (name, sql) in Self.changes {
                    let before = try await source.schema(of: name)
                    try await source.psql(sql, database: name)
                    let after = try await source.schema(of: name)
                    #expect(after == before, "\(name): the change shows in the dump, so it tests something else")
                }
            }
            #expect(result.end == .success, "\(result.output)")
            for name in Self.changes.keys.sorted() {
                let (there, here) = (try await source.contents(of: name), try await target.contents(of: name))
                #expect(there == here, "\(name)")
            }
        }
    }
}
