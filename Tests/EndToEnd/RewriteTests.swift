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
    }
}
