import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Rounds learn from the source's log what has changed, and miss nothing.
    @Suite struct LoggedChangesTests {
        private static let start = """
            CREATE TABLE plain (id int PRIMARY KEY, text text); INSERT INTO plain SELECT g, repeat('x', 700) FROM generate_series(1, 8000) g;
            CREATE TABLE empty (id int, text text);
            CREATE TABLE wide (id int PRIMARY KEY, text text); ALTER TABLE wide ALTER text SET STORAGE EXTERNAL;
            INSERT INTO wide SELECT g, repeat('y', 9000) FROM generate_series(1, 50) g;
            CREATE TABLE parted (id int, kind int) PARTITION BY LIST (kind);
            CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1); CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
            INSERT INTO parted SELECT g, 1 FROM generate_series(1, 100) g;
            CREATE TABLE emptied (id int); INSERT INTO emptied SELECT generate_series(1, 100);
            CREATE TABLE rewritten (id int PRIMARY KEY, text text); INSERT INTO rewritten SELECT g, 'z' FROM generate_series(1, 100) g;
            CREATE SEQUENCE numbers; CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM plain WHERE text = 'seen';
            SELECT lo_from_bytea(4711, 'one');
            """

        private static let unlogged =
            "CREATE UNLOGGED TABLE unlogged (id int); INSERT INTO unlogged SELECT generate_series(1, 100)"

        /// What each round finds something of. All but the first also changes a catalog.
        private static let changes = [
            """
            UPDATE plain SET text = 'other' WHERE id % 1000 = 1; INSERT INTO empty SELECT g, repeat('x', 700) FROM generate_series(1, 200) g;
            UPDATE wide SET text = repeat('n', 9000) WHERE id = 7; UPDATE unlogged SET id = -id WHERE id = 8; UPDATE parted SET kind = 2 WHERE id = 9;
            SELECT nextval('numbers')
            """,
            "UPDATE plain SET text = 'seen' WHERE id = 2; REFRESH MATERIALIZED VIEW seen; DELETE FROM plain WHERE id = 3",
            "TRUNCATE emptied; INSERT INTO emptied VALUES (1)",
            "UPDATE rewritten SET text = 'a' WHERE id = 1; CLUSTER rewritten USING rewritten_pkey; UPDATE rewritten SET text = 'b' WHERE id = 2",
            "SELECT lo_put(4711, 0, 'two'); SELECT nextval('numbers') FROM generate_series(1, 40)",
            "VACUUM FULL pg_class", "UPDATE plain SET text = 'after' WHERE id = 4",
            "VACUUM FULL plain", "UPDATE plain SET text = 'at last' WHERE id = 5",
            "VACUUM plain; VACUUM FREEZE wide; DELETE FROM wide WHERE id = 8; UPDATE wide SET id = -9 WHERE id = 9",
            "REINDEX TABLE plain; ANALYZE plain; DELETE FROM plain WHERE id = 6",
        ]

        private static func move(
            from source: PostgresServer, to target: PostgresServer, hasUnlogged: Bool = true,
            during body: @escaping (_ nextRound: () async throws -> Void) async throws -> Void
        ) async throws -> Job.Result {
            try await source.psql("CREATE DATABASE app")
            try await source.psql(start, database: "app")
            if hasUnlogged { try await source.psql(unlogged, database: "app") }
            return try await Job(from: source, to: target).runOnCommand {
                try await body {
                    let before = try await rounds(at: target)
                    let isPast = try await eventually(within: .seconds(120)) {
                        try await rounds(at: target) >= before + 2
                    }
                    #expect(isPast)
                }
            }
        }

        private static func rounds(at target: PostgresServer) async throws -> Int {
            let control = try await target.value(of: "SELECT datname FROM pg_database WHERE datname ~ '^rehome_[^_]+$'")
            return Int(try await target.value(of: "SELECT max(round) FROM rehome.progress", database: control)) ?? 0
        }

        /// A commit that the disk does not hold yet is in the snapshot, and so it must be in what is read of the log. With
        /// the least that can be logged, rows in a new file are not.
        @Test(arguments: [15, 18])
        func `every kind of change is brought over`(version: Int) async throws {
            let source = try await PostgresServer.start(
                .major(version),
                settings: ["synchronous_commit": "off", "wal_writer_delay": "10000"].merging(
                    version < 18 ? [:] : ["wal_level": "minimal", "max_wal_senders": "0", "wal_compression": "on"]
                ) { own, _ in own })
            let target = try await PostgresServer.start(.major(18))
            let result = try await Self.move(from: source, to: target) { nextRound in
                for change in Self.changes {
                    for statement in change.split(separator: "; ") {
                        try await source.psql(String(statement), database: "app")
                    }
                    try await nextRound()
                }
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(!result.output.contains("is begun again"), "\(result.output)")
            let (there, here) = (try await source.contents(of: "app"), try await target.contents(of: "app"))
            #expect(there == here)
            let object = "SELECT encode(lo_get(4711), 'escape')"
            #expect(try await target.value(of: object, database: "app") == "two")
        }

        /// ANALYZE takes transaction identifiers, as autovacuum does, and the fence does not forbid it.
        @Test func `statistics that are gathered under the fence make no further round necessary`() async throws {
            let source = try await PostgresServer.start(settings: ["autovacuum": "off"])
            let target = try await PostgresServer.start()
            let gathering = Task {
                // Until the database is there, and where the fence ends the session, it fails.
                while !Task.isCancelled {
                    _ = try? await source.psql("VACUUM ANALYZE plain; VACUUM FREEZE wide", database: "app")
                }
            }
            defer { gathering.cancel() }
            let result = try await Self.move(from: source, to: target, hasUnlogged: false) { nextRound in
                try await nextRound()
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(!result.output.contains("the source has moved"), "\(result.output)")
            let (there, here) = (try await source.contents(of: "app"), try await target.contents(of: "app"))
            #expect(there == here)
        }

        @Test func `no database is looked into in which nothing but rows has changed`() async throws {
            let source = try await PostgresServer.start(settings: ["autovacuum": "off", "log_statement": "all"])
            let target = try await PostgresServer.start()
            // What the server logs from when the copy keeps up.
            var before = 0
            let result = try await Self.move(from: source, to: target) { nextRound in
                try await nextRound()
                before = try source.log().utf8.count
                for number in 1...3 {
                    try await source.psql(
                        "UPDATE plain SET text = 'short \(number)' WHERE id = 4000", database: "app")
                    try await nextRound()
                }
            }
            #expect(result.end == .success, "\(result.output)")
            let log = String(decoding: try source.log().utf8.dropFirst(before), as: UTF8.self)
            #expect(log.contains("rehome_log"))
            for look in ["EXECUTE rehome_catalogs", "EXECUTE rehome_files", "rehome_page"] {
                #expect(!log.contains(look), "\(look)")
            }
            let (there, here) = (try await source.contents(of: "app"), try await target.contents(of: "app"))
            #expect(there == here)
        }
    }
}
