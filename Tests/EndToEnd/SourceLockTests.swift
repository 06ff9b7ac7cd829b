import JobContract
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Backstage alters its tables while they are read: nobody fails for it, and nobody waits longer than needed.
    @Suite struct SourceLockTests {
        private static func servers() async throws -> (source: PostgresServer, target: PostgresServer) {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            try await source.psql(
                "CREATE TABLE a (i int); INSERT INTO a VALUES (1); CREATE TABLE b (i int); INSERT INTO b VALUES (2)",
                database: "app")
            return (source, target)
        }

        /// A session of ours has waited for a lock for longer than it takes until a server looks for a circle.
        private static func waitsForLong(at server: PostgresServer) async throws -> Bool {
            try await eventually {
                try await server.value(
                    of: """
                        SELECT count(*) FROM pg_locks WHERE NOT granted AND clock_timestamp() - waitstart > '1.2 s'
                          AND pid IN (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'rehome/%')
                        """) != "0"
            }
        }

        enum Reading: String, CaseIterable {
            case schema = "ACCESS SHARE MODE"
            case rows = "SAVEPOINT reading;"
        }

        @Test(.timeLimit(.minutes(5)), arguments: Reading.allCases)
        func `who alters tables in another order than they are read in is not chosen to end a deadlock`(
            reading: Reading
        ) async throws {
            let (source, target) = try await Self.servers()
            let proxy = try await TCPProxy.start(to: source.port)
            try await proxy.pause(before: reading.rawValue)
            var job = Job(from: source, to: target)
            job[.sourcePort] = "\(proxy.port)"
            let result = try await job.run(
                meanwhile: { _ in
                    try await proxy.untilHeld()
                    let plugin = try PlainSession(to: source, database: "app")
                    try plugin.run("BEGIN; ALTER TABLE b ADD COLUMN j int")
                    try await proxy.goOn()
                    // It holds the lock on a by now.
                    #expect(try await Self.waitsForLong(at: source))
                    #expect(throws: Never.self) {
                        try plugin.run("ALTER TABLE a ADD COLUMN j int")
                        try plugin.run("COMMIT")
                    }
                }, onLine: { _, _ in })
            #expect(result.end == .success, "\(result.output)")
            let altered = "SELECT count(*) FROM pg_attribute WHERE attname = 'j'"
            #expect(try await source.value(of: altered, database: "app") == "2")
            #expect(try await target.schema(of: "app") == source.schema(of: "app"))
            #expect(try await target.contents(of: "app") == source.contents(of: "app"))
        }

        @Test(.timeLimit(.minutes(5)))
        func `a table that somebody keeps locked is waited for, and who does so is named`() async throws {
            let (source, target) = try await Self.servers()
            let proxy = try await TCPProxy.start(to: source.port)
            try await proxy.pause(before: Reading.rows.rawValue)
            var job = Job(from: source, to: target)
            job[.sourcePort] = "\(proxy.port)"
            let result = try await job.run(
                meanwhile: { _ in
                    try await proxy.untilHeld()
                    let holder = try PlainSession(to: source, database: "app", application: "vacuum-full")
                    try holder.run("BEGIN; LOCK TABLE b IN ACCESS EXCLUSIVE MODE")
                    try await proxy.goOn()
                    #expect(try await Self.waitsForLong(at: source))
                    // While it waits, nobody waits for it: it has given up what it held.
                    let other = try PlainSession(to: source, database: "app", settings: ["lock_timeout": "10s"])
                    #expect(throws: Never.self) { try other.run("BEGIN; LOCK TABLE a; ROLLBACK") }
                    #expect(try await Self.waitsForLong(at: source))
                    try holder.run("ROLLBACK")
                }, onLine: { _, _ in })
            #expect(result.end == .success, "\(result.output)")
            let note = "app.public.b is locked by session "
            #expect(result.output.contains(note), "\(result.output)")
            #expect(result.output.contains(", vacuum-full), and the copy waits for it"), "\(result.output)")
            #expect(result.output.ranges(of: note).count == 1, "\(result.output)")
            #expect(try await target.contents(of: "app") == source.contents(of: "app"))
        }

        enum Change: String, CaseIterable {
            case locked = "BEGIN; LOCK TABLE b IN ACCESS EXCLUSIVE MODE"
            case dropped = "DROP TABLE b"
        }

        @Test(.timeLimit(.minutes(5)), arguments: Change.allCases)
        func `a round goes on whatever happens to a table while it reads the schema`(change: Change) async throws {
            let (source, target) = try await Self.servers()
            let proxy = try await TCPProxy.start(to: source.port)
            var job = Job(from: source, to: target)
            job[.sourcePort] = "\(proxy.port)"
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            var word = job
            word.arguments = ["go"]
            let go = word
            var plugin: PlainSession?
            var (wasPutOff, isLater) = (false, false)
            let result = try await job.run { line, _ in
                if plugin == nil, line.contains("the fence waits for") {
                    try await proxy.pause(before: Reading.schema.rawValue)
                    plugin = try PlainSession(to: source, database: "app")
                    try plugin?.run("CREATE TABLE c (i int)")
                    try await proxy.untilHeld()
                    try plugin?.run(change.rawValue)
                    try await proxy.goOn()
                } else if change == .locked, !wasPutOff, line.contains("app: not brought up to date in this round") {
                    wasPutOff = true
                    try plugin?.run("ROLLBACK")
                } else if plugin != nil, !isLater, line.contains("app: everything is at the target") {
                    isLater = true
                    #expect(try await go.run().end == .success)
                }
            }
            #expect(isLater && wasPutOff == (change == .locked), "\(result.output)")
            #expect(result.end == .success, "\(result.output)")
            #expect(try await target.schema(of: "app") == source.schema(of: "app"))
        }

        @Test(.timeLimit(.minutes(5))) func `who alters a table does not wait for the end of its copy`() async throws {
            let (source, target) = try await Self.servers()
            // The target takes half a minute for the rows, which fill the buffers between the servers.
            try await source.psql(
                """
                CREATE FUNCTION checked(text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
                CREATE TABLE large (t text CHECK (checked(t)));
                INSERT INTO large SELECT repeat(md5(g::text), 2000) FROM generate_series(1, 600) g;
                CREATE OR REPLACE FUNCTION checked(text) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(0.05) IS NOT NULL'
                """, database: "app")
            let wasAltered = Mutex(false)
            let result = try await Job(from: source, to: target).run(
                meanwhile: { _ in
                    let isRead = """
                        SELECT count(*) FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE application_name LIKE 'rehome/%'
                          AND relation = (SELECT oid FROM pg_class WHERE relname = 'large') AND wait_event = 'ClientWrite'
                        """
                    #expect(try await eventually { try await source.value(of: isRead, database: "app") != "0" })
                    let plugin = try PlainSession(to: source, database: "app", settings: ["lock_timeout": "15s"])
                    #expect(throws: Never.self) {
                        try plugin.run("BEGIN; ALTER TABLE large ADD COLUMN j int")
                    }
                    try plugin.run(
                        "CREATE OR REPLACE FUNCTION checked(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; COMMIT"
                    )
                    wasAltered.withLock { $0 = true }
                }, onLine: { _, _ in })
            #expect(wasAltered.withLock { $0 })
            #expect(result.end == .success, "\(result.output)")
            #expect(try await target.schema(of: "app") == source.schema(of: "app"))
            #expect(try await target.contents(of: "app") == source.contents(of: "app"))
        }

        @Test(.timeLimit(.minutes(5)))
        func `a table that was compared may be altered while the next ones are compared`() async throws {
            let (source, target) = try await Self.servers()
            var job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            let proxy = try await TCPProxy.start(to: target.port)
            try await proxy.pause(before: #""public"."b""#)
            job[.targetPort] = "\(proxy.port)"
            job.arguments = ["verify"]
            let wasAltered = Mutex(false)
            let result = try await job.run(
                meanwhile: { _ in
                    try await proxy.untilHeld()
                    let plugin = try PlainSession(to: target, database: "app", settings: ["lock_timeout": "1s"])
                    #expect(throws: Never.self) {
                        try plugin.run("BEGIN; ALTER TABLE a ADD COLUMN j int")
                    }
                    wasAltered.withLock { $0 = true }
                    try plugin.run("ROLLBACK")
                    try await proxy.goOn()
                }, onLine: { _, _ in })
            #expect(wasAltered.withLock { $0 })
            #expect(result.end == .success, "\(result.output)")
        }
    }
}
