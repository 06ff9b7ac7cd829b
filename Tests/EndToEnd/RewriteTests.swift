import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Tables that are rewritten or emptied while they are copied: no snapshot sees what they held before.
    @Suite struct RewriteTests {
        @Test(arguments: [
            "ALTER TABLE parents ALTER note TYPE varchar(250)",
            "BEGIN; TRUNCATE parents CASCADE; INSERT INTO parents VALUES (1, 'new'); COMMIT",
        ])
        func `a table that others refer to may be rewritten before its first copy is over`(sql: String) async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE family")
            try await source.psql(
                """
                CREATE TABLE children (id int PRIMARY KEY, parent int, note text); INSERT INTO children SELECT g, 1 + g % 1000, repeat(md5(g::text), 10) FROM generate_series(1, 100000) g;
                CREATE TABLE parents (id int PRIMARY KEY, note text); INSERT INTO parents SELECT g, 'p' FROM generate_series(1, 1000) g;
                ALTER TABLE children ADD FOREIGN KEY (parent) REFERENCES parents
                """, database: "family")
            var isDone = false
            var job = Job(from: source, to: target)
            // One table after another, the largest first.
            job[.workers] = "1"
            let result = try await job.run { line, process in
                guard !isDone, line.contains("family: 2 tables") else { return }
                isDone = true
                try await source.psql("\(sql)", database: "family")
            }
            #expect(isDone && result.end == .success, "\(result.output)")
            #expect(try await target.contents(of: "family") == source.contents(of: "family"))
        }

        @Test func `rows that the target refuses are what is told, though the source still sends others`() async throws
        {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE family")
            try await source.psql(
                """
                CREATE FUNCTION allowed() RETURNS boolean LANGUAGE sql AS 'SELECT true';
                CREATE TABLE first (a int CONSTRAINT first_of_all CHECK (allowed())); INSERT INTO first SELECT generate_series(1, 2000);
                CREATE TABLE second (a text); INSERT INTO second SELECT repeat('x', 50) FROM generate_series(1, 500);
                CREATE TABLE third (a text); INSERT INTO third SELECT repeat('x', 50) FROM generate_series(1, 400);
                CREATE OR REPLACE FUNCTION allowed() RETURNS boolean LANGUAGE sql AS 'SELECT false'
                """, database: "family")
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .personMustAct && result.output.contains("first_of_all"), "\(result.output)")
            #expect(!result.output.contains("already in progress"), "\(result.output)")
        }
    }
}
