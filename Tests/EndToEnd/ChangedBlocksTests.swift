import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// Rounds read only the blocks that have changed, and miss none.
    @Suite struct ChangedBlocksTests {
        /// No block of these is marked as visible to all, so each would be read in every round.
        private static let start = """
            CREATE TABLE wide (id int PRIMARY KEY, text text) WITH (autovacuum_enabled = off, fillfactor = 90);
            INSERT INTO wide SELECT g, repeat('x', 700) FROM generate_series(1, 8000) g;
            CREATE UNLOGGED TABLE unlogged (id int, text text) WITH (autovacuum_enabled = off);
            INSERT INTO unlogged SELECT g, repeat('x', 700) FROM generate_series(1, 2000) g;
            CREATE TABLE tail (id int, text text) WITH (autovacuum_enabled = off);
            INSERT INTO tail SELECT g, repeat('x', 700) FROM generate_series(1, 2000) g;
            """

        /// How many rounds the Job says it has made.
        private static func rounds(at target: PostgresServer) async throws -> Int {
            let control = try await target.value(of: "SELECT datname FROM pg_database WHERE datname ~ '^rehome_[^_]+$'")
            return Int(try await target.value(of: "SELECT max(round) FROM rehome.progress", database: control)) ?? 0
        }

        @Test(arguments: [false, true])
        func `what a transaction wrote before a snapshot and committed after it is found`(isLogHidden: Bool)
            async throws
        {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            if isLogHidden { try await source.hideLog() }
            try await source.psql("CREATE DATABASE app")
            try await source.psql(Self.start, database: "app")
            var job = Job(from: source, to: target)
            if isLogHidden { job[.exclude] = "postgres" }
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            job[.logFormat] = "json"
            var go = job
            go.arguments = ["go"]
            var isGiven = false
            let result = try await job.run { [go] line, _ in
                guard line.contains(#""keepingUp""#), !isGiven else { return }
                isGiven = true
                let long = try PlainSession(to: source, database: "app")
                try long.run(
                    """
                    BEGIN; UPDATE wide SET text = 'long' WHERE id % 900 = 1; DELETE FROM wide WHERE id % 900 = 2;
                    UPDATE unlogged SET text = 'long' WHERE id % 300 = 1; INSERT INTO tail VALUES (0, 'long')
                    """)
                // Snapshots are taken while the transaction runs. Others write on.
                try await Self.letRoundsPass(2, at: target) { number in
                    try await source.psql(
                        "UPDATE wide SET text = 'short \(number)' WHERE id % 1000 = 5", database: "app")
                }
                // Blocks at the end of a table come and go.
                try await source.psql(
                    "BEGIN; INSERT INTO tail SELECT g, repeat('y', 700) FROM generate_series(1, 3000) g; ROLLBACK; VACUUM tail",
                    database: "app")
                try long.run("COMMIT")
                try await Self.letRoundsPass(2, at: target) { number in
                    try await source.psql(
                        "UPDATE unlogged SET text = 'short \(number)' WHERE id = 7; DELETE FROM wide WHERE id = 500 + \(number)",
                        database: "app")
                }
                let word = try await go.run()
                #expect(word.end == .success, "\(word.output)")
            }
            #expect(result.end == .success, "\(result.output)")
            let (there, here) = (try await source.contents(of: "app"), try await target.contents(of: "app"))
            #expect(there == here)
            // Of the unlogged table every block is read. Of the some 1,300 others there must be few.
            let blocks = try result.output.split(separator: "\n").filter { $0.contains(#""event":"round""#) }.compactMap
            {
                try JSONValue(String($0))["blocks"]?.number
            }
            let last = try #require(blocks.last)
            #expect(last > 100 && last < 400, "\(blocks)")
        }

        /// The server itself takes a damaged visibility map for an empty one.
        @Test func `a visibility map that cannot be read makes rounds read everything, and no more`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.hideLog()
            try await source.psql("CREATE DATABASE app")
            try await source.psql(Self.start, database: "app")
            try await source.psql("VACUUM wide", database: "app")
            let path = try await source.value(of: "SELECT pg_relation_filepath('wide') || '_vm'", database: "app")
            try await source.pause()
            let file = try FileDescriptor.open(source.folder.appending("data").appending(path), .writeOnly)
            _ = try file.closeAfter { try file.writeAll(Array(repeating: UInt8(0xFF), count: 24)) }
            try await source.resume()
            var job = Job(from: source, to: target)
            job[.exclude] = "postgres"
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(result.output.contains("app: the visibility map cannot be read"), "\(result.output)")
            // The transaction that tried was ours.
            #expect(!result.output.contains("the source has moved"), "\(result.output)")
            let (there, here) = (try await source.contents(of: "app"), try await target.contents(of: "app"))
            #expect(there == here)
        }

        /// Does something, and waits until so many rounds have begun and ended after it.
        private static func letRoundsPass(
            _ count: Int, at target: PostgresServer, _ change: (Int) async throws -> Void
        ) async throws {
            for number in 1...count {
                try await change(number)
                let before = try await rounds(at: target)
                let isPast = try await eventually(within: .seconds(180)) { try await rounds(at: target) >= before + 2 }
                #expect(isPast)
            }
        }
    }
}
