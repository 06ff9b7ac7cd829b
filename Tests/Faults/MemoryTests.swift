import JobContract
import SystemPackage
import TestSupport
import Testing

extension Faults {
    /// The Job's memory does not grow with what it moves.
    @Suite struct MemoryTests {
        private static let limit = 64 << 20

        /// Runs a Job between two servers.
        ///
        /// - Returns: the largest resident set of the process, in bytes.
        private func peak(of source: PostgresServer, _ target: PostgresServer) async throws -> Int {
            var peak = 0
            let result = try await Job(from: source, to: target).run { _, process in
                // The kernel keeps the peak itself, so the last line's is that of the whole run.
                guard let status = try? FilePath("/proc/\(process)/status").text(),
                    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
                    let kilobytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
                else { return }
                peak = max(peak, kilobytes << 10)
            }
            #expect(result.end == .success, "\(result.output)")
            return peak
        }

        @Test(.whenWhole)
        func `a table of 1 GB and 2,000 small ones take less than 64 MiB`() async throws {
            let source = try await PostgresServer.start()
            for database in ["large", "many"] { try await source.psql("CREATE DATABASE \(database)") }
            try await source.psql(
                """
                CREATE TABLE large AS SELECT g AS id, repeat(md5(g::text), 30) AS body FROM generate_series(1, 1100000) g;
                ALTER TABLE large ADD PRIMARY KEY (id)
                """, database: "large")
            try await source.psql(
                #"SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, note text)', g) FROM generate_series(1, 2000) g \gexec"#, database: "many")
            let size = try await source.value(of: "SELECT pg_table_size('large') >= 1 << 30", database: "large")
            #expect(size == "t")
            let target = try await PostgresServer.start()
            let peak = try await peak(of: source, target)
            print("peak for a table of 1 GB: \(peak >> 20) MiB")
            #expect(peak < Self.limit)
            #expect(try await target.value(of: "SELECT count(*) FROM large", database: "large") == "1100000")
        }

        @Test(.whenWhole, arguments: [(width: 50_000_000, tables: 1), (width: 40_000_000, tables: 4), (width: 300_000_000, tables: 1)])
        func `wide rows take three times the widest of them, however many tables have some`(width: Int, tables: Int) async throws {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE wide")
            for table in 0..<tables {
                try await source.psql(
                    "CREATE TABLE wide\(table) AS SELECT g AS id, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, \(width / 32)) i) AS body FROM generate_series(1, 3) g",
                    database: "wide")
            }
            let row = Int(try await source.value(of: "SELECT max(length(body)) FROM wide0", database: "wide")) ?? 0
            #expect(row > width - 100)
            let target = try await PostgresServer.start()
            let peak = try await peak(of: source, target)
            print("peak for \(tables) tables with rows of \(row >> 20) MiB: \(peak >> 20) MiB")
            #expect(peak < Self.limit + 3 * row)
            let sum = "SELECT string_agg(md5(body), ',' ORDER BY id) FROM wide0"
            #expect(try await target.value(of: sum, database: "wide") == source.value(of: sum, database: "wide"))
        }
    }
}
