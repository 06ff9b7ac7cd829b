import Glibc
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

        /// Setting all sequences in one transaction would take more locks than a server has by default; pg_dump takes one
        /// for every table at the source, whoever runs it, so that server needs more.
        @Test(.whenWhole)
        func `20,000 tables with sequences arrive at a server of default settings`() async throws {
            let source = try await PostgresServer.start(settings: ["max_locks_per_transaction": "1024"])
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE many")
            try await source.psql(
                #"SELECT format('CREATE TABLE t%s (id serial PRIMARY KEY, note text); INSERT INTO t%1$s (note) VALUES (%1$L)', g) FROM generate_series(1, 20000) g \gexec"#,
                database: "many")
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .success, "\(result.output)")
            let counts =
                "SELECT count(*), sum(last_value) FROM pg_sequences UNION ALL SELECT count(*), 0 FROM pg_tables WHERE schemaname = 'public'"
            let (moved, original) = (
                try await target.psql(counts, database: "many"), try await source.psql(counts, database: "many")
            )
            #expect(moved == original && moved.contains("20000"))
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
                #"SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, note text)', g) FROM generate_series(1, 2000) g \gexec"#,
                database: "many")
            let size = try await source.value(of: "SELECT pg_table_size('large') >= 1 << 30", database: "large")
            #expect(size == "t")
            let target = try await PostgresServer.start()
            let peak = try await peak(of: source, target)
            print("peak for a table of 1 GB: \(peak >> 20) MiB")
            #expect(peak < Self.limit)
            #expect(try await target.value(of: "SELECT count(*) FROM large", database: "large") == "1100000")
        }

        @Test(
            .whenWhole,
            arguments: [
                (width: 50_000_000, tables: 1), (width: 40_000_000, tables: 4), (width: 300_000_000, tables: 1),
            ])
        func `wide rows take three times the widest of them, however many tables have some`(width: Int, tables: Int)
            async throws
        {
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

        /// The kernel ends a process that takes more than its control group may have.
        @Test(
            .whenWhole, .enabled(if: MemoryLimit.isAvailable, "this machine lets nobody make control groups"),
            arguments: [(mebibytes: 448, isEnough: true), (mebibytes: 256, isEnough: false)])
        func `within a real limit the Job ends well, or says before the fence what it needs`(
            mebibytes: Int, isEnough: Bool
        ) async throws {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE wide")
            try await source.psql(
                "CREATE TABLE wide AS SELECT g AS id, (SELECT jsonb_agg(md5(i::text)) FROM generate_series(1, 3000000) i) AS body FROM generate_series(1, 2) g",
                database: "wide")
            let target = try await PostgresServer.start()
            let limit = try MemoryLimit(bytes: mebibytes << 20)
            var job = Job(from: source, to: target)
            job.launcher = limit.launcher
            let result = try await job.run()
            if isEnough {
                #expect(result.end == .success, "\(result.output)")
            } else {
                #expect(result.end == .personMustAct, "\(result.output)")
                #expect(result.output.contains("the widest row, in wide.public.wide, takes"))
                #expect(result.output.contains("and its limit is 256 MiB"))
                #expect(!result.output.contains("fenced 1"))
            }
        }
    }

    /// A control group with a limit of memory, gone with the value.
    private final class MemoryLimit {
        private static let isUnified = access("/sys/fs/cgroup/cgroup.controllers", R_OK) == 0
        private static let parent = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
        static var isAvailable: Bool { access(parent, W_OK) == 0 }

        private let group = "\(parent)/rehome-test-\(getpid())-\(UInt32.random(in: .min ... .max))"
        /// Runs a program in the group from its first instruction on.
        var launcher: [String] { ["/bin/sh", "-c", #"echo $$ >"$0/cgroup.procs" && exec "$@""#, group] }

        init(bytes: Int) throws {
            guard mkdir(group, 0o755) == 0 else { throw Errno(rawValue: errno) }
            let file = Self.isUnified ? "memory.max" : "memory.limit_in_bytes"
            try FilePath("\(group)/\(file)").write("\(bytes)")
        }

        deinit { rmdir(group) }
    }
}
