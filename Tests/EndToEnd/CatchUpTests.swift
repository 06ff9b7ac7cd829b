import Glibc
import JobContract
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// What is written while the indexes of a database are built, for which nobody may write into its tables at the
    /// target.
    @Suite struct CatchUpTests {
        /// An index that is built on its own, since its table is large enough.
        private static let index = "CREATE INDEX keyed_text"

        /// Servers, and a Job that is held before it builds the index, until the proxy goes on.
        private static func heldAtIndex() async throws -> (
            source: PostgresServer, target: PostgresServer, proxy: TCPProxy, job: Job
        ) {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            try await source.psql(
                """
                CREATE TABLE keyed (id int PRIMARY KEY, text text, twice int GENERATED ALWAYS AS (id * 2) STORED);
                INSERT INTO keyed SELECT g, repeat(md5(g::text), 3) FROM generate_series(1, 40000) g;
                CREATE INDEX keyed_text ON keyed (text);
                CREATE TABLE keyless (text text, document json); INSERT INTO keyless SELECT g % 10, '{"a": 1}' FROM generate_series(1, 1000) g;
                CREATE TABLE small (id int PRIMARY KEY, other int UNIQUE DEFERRABLE REFERENCES small); INSERT INTO small SELECT g, g FROM generate_series(1, 100) g;
                CREATE TABLE columnless (); INSERT INTO columnless DEFAULT VALUES;
                CREATE UNLOGGED TABLE unlogged (i int); INSERT INTO unlogged VALUES (1);
                CREATE TABLE emptied (i int); INSERT INTO emptied SELECT generate_series(1, 100);
                CREATE TABLE rewritten (i int); INSERT INTO rewritten SELECT generate_series(1, 100);
                CREATE TABLE whole (i int) PARTITION BY HASH (i); CREATE TABLE part_0 PARTITION OF whole FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                CREATE TABLE part_1 PARTITION OF whole FOR VALUES WITH (MODULUS 2, REMAINDER 1); INSERT INTO whole SELECT generate_series(1, 100);
                CREATE MATERIALIZED VIEW sums AS SELECT count(*) FROM keyless;
                CREATE SEQUENCE numbers; SELECT lo_from_bytea(4711, 'early')
                """, database: "app")
            let proxy = try await TCPProxy.start(to: target.port)
            try await proxy.pause(before: index)
            var job = Job(from: source, to: target)
            job[.targetPort] = "\(proxy.port)"
            return (source, target, proxy, job)
        }

        /// What is written in two steps, with rounds between them: some rows of the first come and go.
        private static let steps = [
            """
            UPDATE keyed SET text = 'new' WHERE id % 100 = 0;
            UPDATE keyed SET text = text WHERE id % 100 = 1;
            DELETE FROM keyed WHERE id % 100 = 2;
            UPDATE keyed SET id = id + 100000 WHERE id % 100 = 3;
            INSERT INTO keyed SELECT g, 'new' FROM generate_series(50001, 50100) g;
            INSERT INTO keyless SELECT 'new', '[]' FROM generate_series(1, 20);
            DELETE FROM keyless WHERE ctid IN (SELECT ctid FROM keyless WHERE text = '3' LIMIT 30);
            UPDATE keyless SET text = text WHERE text = '5';
            UPDATE small SET other = 101 - id;
            INSERT INTO columnless DEFAULT VALUES; INSERT INTO unlogged VALUES (2);
            DELETE FROM emptied WHERE i < 10; UPDATE rewritten SET i = i + 1;
            DELETE FROM whole WHERE i < 10
            """,
            """
            UPDATE keyed SET text = 'newer' WHERE id % 200 = 0;
            INSERT INTO keyed SELECT g, repeat(md5(g::text), 3) FROM generate_series(1, 40000) g WHERE g % 100 = 2;
            UPDATE keyed SET id = id - 100000 WHERE id BETWEEN 100001 AND 140000;
            DELETE FROM keyed WHERE id BETWEEN 50001 AND 50050;
            DELETE FROM keyless WHERE ctid IN (SELECT ctid FROM keyless WHERE text = 'new' LIMIT 10);
            INSERT INTO keyless SELECT '3', '{"a": 1}' FROM generate_series(1, 5);
            UPDATE small SET other = id; DELETE FROM small WHERE id > 90;
            BEGIN; TRUNCATE emptied; INSERT INTO emptied VALUES (7); COMMIT;
            INSERT INTO rewritten VALUES (1); VACUUM FULL rewritten; DELETE FROM rewritten WHERE i = 50;
            SELECT nextval('numbers'), lo_put(4711, 0, 'later'), lo_from_bytea(4712, 'new'); REFRESH MATERIALIZED VIEW sums
            """,
        ]

        /// Counts the rounds that a log tells of.
        private static func rounds(in log: String) -> Int { log.matches(of: #/Z round \d+: /#).count }

        @Test(.timeLimit(.minutes(5)), arguments: ["auto", "never"])
        func `what changes while an index is built arrives, and no snapshot is held for as long`(functions: String)
            async throws
        {
            let (source, target, proxy, held) = try await Self.heldAtIndex()
            var job = held
            job[.sourceFunctions] = functions
            let log = Mutex("")
            let result = try await job.run(
                meanwhile: { _ in
                    try await proxy.untilHeld()
                    var first: String?
                    for step in Self.steps {
                        try await source.psql(step, database: "app")
                        if first == nil { first = try await source.value(of: "SELECT txid_current() % 4294967296") }
                        // The first of them may have begun before.
                        let before = Self.rounds(in: log.withLock { $0 })
                        #expect(try await eventually { Self.rounds(in: log.withLock { $0 }) >= before + 2 })
                    }
                    let old = """
                        SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rehome/%' AND datname = 'app'
                          AND age(backend_xmin) >= age('\(first ?? "")'::xid)
                        """
                    #expect(try await source.value(of: old) == "0")
                    #expect(!log.withLock { $0 }.contains("app: everything is at the target"))
                    try await proxy.goOn()
                }, onLine: { line, _ in log.withLock { $0 += line + "\n" } })
            #expect(result.end == .success, "\(result.output)")
            #expect(try await target.contents(of: "app") == source.contents(of: "app"), "\(result.output)")
            #expect(try await target.schema(of: "app") == source.schema(of: "app"))
        }

        @Test(.timeLimit(.minutes(5))) func `a schema that changes while an index is built is brought over anew`()
            async throws
        {
            let (source, target, proxy, job) = try await Self.heldAtIndex()
            var isChanged = false
            let result = try await job.run { line, _ in
                if !isChanged, line.contains("app.public.keyed: ") {
                    isChanged = true
                    try await proxy.untilHeld()
                    try await source.psql(
                        "ALTER TABLE keyed ADD COLUMN late int; UPDATE keyed SET late = 1", database: "app")
                } else if line.contains("the source's schema has changed") {
                    try await proxy.goOn()
                }
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(result.output.contains("the source's schema has changed"), "\(result.output)")
            #expect(try await target.contents(of: "app") == source.contents(of: "app"), "\(result.output)")
            #expect(try await target.schema(of: "app") == source.schema(of: "app"))
        }

        @Test(.timeLimit(.minutes(5))) func `an attempt that dies with changes that wait is taken up`() async throws {
            let (source, target, proxy, job) = try await Self.heldAtIndex()
            var isChanged = false
            let killed = try await job.run { line, process in
                if !isChanged, line.contains("app.public.keyed: ") {
                    isChanged = true
                    try await proxy.untilHeld()
                    try await source.psql(Self.steps[0], database: "app")
                } else if isChanged, Self.rounds(in: line) > 0 {
                    kill(process, SIGKILL)
                }
            }
            #expect(killed.status == 128 + SIGKILL, "\(killed.output)")
            try await source.psql(Self.steps[1], database: "app")
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(try await target.contents(of: "app") == source.contents(of: "app"), "\(result.output)")
        }

        /// What happens while a table is read that takes several pieces.
        enum Event: String, CaseIterable {
            case rowsMove = """
                UPDATE large SET text = text || '!' WHERE id % 50 = 0; UPDATE keyless SET text = text || '!' WHERE document::text LIKE '%7}';
                UPDATE large SET id = id + 1000000 WHERE id % 50 = 1; DELETE FROM large WHERE id % 50 = 2; DELETE FROM keyless WHERE text = md5('3');
                INSERT INTO large SELECT g, 'new' FROM generate_series(500001, 500100) g; INSERT INTO keyless SELECT md5('5'), '{"a": 5}' FROM generate_series(1, 20);
                SELECT lo_from_bytea(4712, 'new')
                """
            case truncated =
                "BEGIN; TRUNCATE large; INSERT INTO large SELECT g, 'new' FROM generate_series(1, 1000) g; COMMIT"
            case rewritten = "UPDATE large SET text = 'moved' WHERE id % 50 = 0; VACUUM FULL large; VACUUM FULL keyless"
            case altered = "ALTER TABLE large ADD COLUMN late int; UPDATE large SET late = id WHERE id % 50 = 0"
        }

        @Test(.timeLimit(.minutes(5)), arguments: Event.allCases)
        func `a snapshot is renewed while a large table is read, and each row arrives once`(event: Event) async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            try await source.psql(
                """
                CREATE TABLE large (id int PRIMARY KEY, text text); INSERT INTO large SELECT g, repeat(md5(g::text), 8) FROM generate_series(1, 100000) g;
                CREATE INDEX ON large (text);
                CREATE TABLE keyless (text text, document json); INSERT INTO keyless SELECT md5((g % 1000)::text), json_build_object('a', g % 10) FROM generate_series(1, 200000) g;
                CREATE TABLE small (i int); INSERT INTO small VALUES (1); SELECT lo_from_bytea(4711, 'early')
                """, database: "app")
            // Where nobody else is connected, nothing is read in pieces.
            let plugin = try PlainSession(to: source, database: "app")
            let proxy = try await TCPProxy.start(to: source.port)
            // The second piece, after some 1,000 blocks.
            try await proxy.pause(before: #"FROM ONLY "public"."large" WHERE ctid >= '(10"#)
            var job = Job(from: source, to: target)
            job[.sourcePort] = "\(proxy.port)"
            let result = try await job.run(
                meanwhile: { _ in
                    try await proxy.untilHeld()
                    try await source.psql(event.rawValue, database: "app")
                    // The follower has taken the snapshot over a little later, so by then it is old.
                    let old =
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rehome/%' AND datname = 'app' AND clock_timestamp() - xact_start > '2.1 s'"
                    #expect(try await eventually { try await source.value(of: old) != "0" })
                    try await proxy.goOn()
                }, onLine: { _, _ in })
            #expect(result.end == .success, "\(result.output)")
            let lines = result.output.split(separator: "\n")
            let round = lines.firstIndex { Self.rounds(in: String($0)) > 0 }
            let copied = lines.firstIndex { $0.contains("app.public.large: ") }
            let wasRenewed = round.map { round in copied.map { round < $0 } ?? false } ?? false
            #expect(wasRenewed, "\(result.output)")
            withExtendedLifetime(plugin) {}
            #expect(try await target.contents(of: "app") == source.contents(of: "app"), "\(result.output)")
            #expect(try await target.schema(of: "app") == source.schema(of: "app"))
        }

        /// Writes at random into both tables until it is cancelled. `$1` stands for the seed.
        private static let writing = """
            DO $$ DECLARE place int; BEGIN
                PERFORM setseed($1);
                LOOP
                    place := 1 + floor(random() * 100000);
                    CASE floor(random() * 9)
                        WHEN 0 THEN UPDATE large SET text = md5(random()::text) WHERE id = place;
                        WHEN 1 THEN UPDATE large SET id = id + 1000000 WHERE id = place AND NOT EXISTS (SELECT FROM large WHERE id = place + 1000000);
                        WHEN 2 THEN UPDATE large SET id = id - 1000000 WHERE id = (SELECT min(id) FROM large WHERE id > 1000000 + place)
                                        AND NOT EXISTS (SELECT FROM large WHERE id = (SELECT min(id) - 1000000 FROM large WHERE id > 1000000 + place));
                        WHEN 3 THEN DELETE FROM large WHERE id BETWEEN place AND place + 3;
                        WHEN 4 THEN INSERT INTO large VALUES (place, 'again') ON CONFLICT (id) DO UPDATE SET text = large.text;
                        WHEN 5 THEN UPDATE keyless SET text = md5(random()::text) WHERE number = place;
                        WHEN 6 THEN DELETE FROM keyless WHERE ctid = (SELECT ctid FROM keyless WHERE number = place LIMIT 1);
                        WHEN 7 THEN INSERT INTO keyless SELECT number, text, document FROM keyless WHERE number BETWEEN place AND place + 1;
                        ELSE UPDATE keyless SET document = document WHERE number BETWEEN place AND place + 2;
                    END CASE;
                    COMMIT;
                    IF random() < 0.01 THEN PERFORM pg_sleep(0.01); END IF;
                END LOOP;
            END $$
            """

        @Test(.timeLimit(.minutes(5)), arguments: [("auto", "1024"), ("never", "1024"), ("auto", "12")])
        func `what is written at random while large tables are read arrives once`(functions: String, splitAt: String)
            async throws
        {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            try await source.psql(
                """
                CREATE TABLE large (id int PRIMARY KEY, text text); INSERT INTO large SELECT g, repeat(md5(g::text), 8) FROM generate_series(1, 100000) g;
                CREATE UNIQUE INDEX ON large ((id % 1000000 + id / 1000000 * 1000000));
                CREATE TABLE keyless (number int, text text, document json);
                INSERT INTO keyless SELECT g, repeat(md5(g::text), 6), '{"a": 1}' FROM generate_series(1, 100000) g; CREATE INDEX ON keyless (number)
                """, database: "app")
            // Far away, so that the snapshot grows old while they are read.
            let proxy = try await TCPProxy.start(to: source.port)
            try await proxy.delay(seconds: 0.1)
            var job = Job(from: source, to: target)
            job[.sourcePort] = "\(proxy.port)"
            job[.sourceFunctions] = functions
            job[.splitTablesAtMiB] = splitAt
            let seed = Double.random(in: 0...1)
            let result = try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<2 {
                    let sql = Self.writing.replacing("$1", with: "\((seed + Double(number)) / 3)")
                    group.addTask { _ = try? await source.psql(sql, database: "app") }
                }
                let result = try await job.run { line, _ in
                    if line.contains("app.public.large: ") { try await proxy.delay(seconds: 0) }
                    guard line.contains("app: everything is at the target") else { return }
                    try await source.psql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO %'")
                }
                return result
            }
            #expect(result.end == .success, "seed \(seed)\n\(result.output)")
            let lines = result.output.split(separator: "\n")
            let early = lines.prefix { !$0.contains("app.public.large: ") }.count { Self.rounds(in: String($0)) > 0 }
            #expect(early >= 1, "\(result.output)")
            #expect(
                try await target.contents(of: "app") == source.contents(of: "app"), "seed \(seed)\n\(result.output)")
        }
    }
}
