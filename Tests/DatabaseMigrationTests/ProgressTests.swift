import JobContract
import PostgresClient
import Synchronization
import TestSupport
import Testing

@testable import DatabaseMigration

/// What a run tells while one table, one index or one ANALYZE takes long.
@Suite struct ProgressTests {
    private final class Events: Sendable {
        private let all = Mutex<[CopyProgress]>([])
        var list: [CopyProgress] { all.withLock(\.self) }
        func add(_ event: MigrationEvent) {
            if case .progress(let progress) = event { all.withLock { $0.append(progress) } }
        }
    }

    /// A function that is slow at the target, and was quick while the source was filled.
    private func source(tables: [String], rows: Int, indexed: String? = nil) async throws -> PostgresServer {
        let source = try await PostgresServer.start()
        try await source.psql("CREATE DATABASE app")
        var script = "CREATE FUNCTION slow(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN a; END';"
        let body = "(SELECT string_agg(md5(i::text || n), '') FROM generate_series(1, 150) n)"
        for table in tables {
            script += """
                CREATE TABLE \(table) (a int PRIMARY KEY, body text, g int GENERATED ALWAYS AS (public.slow(a)) STORED);
                INSERT INTO \(table) SELECT i, \(body) FROM generate_series(1, \(rows)) i;
                """
        }
        if let indexed {
            script += """
                CREATE TABLE \(indexed) (a int, body text);
                INSERT INTO \(indexed) SELECT i, \(body) FROM generate_series(1, 1200) i;
                CREATE INDEX one ON \(indexed) (public.slow(a)); CREATE INDEX two ON \(indexed) ((public.slow(a) + 1));
                """
        }
        script += """
            ANALYZE;
            CREATE OR REPLACE FUNCTION slow(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_sleep(0.001); RETURN a; END'
            """
        try await source.psql(script, database: "app")
        return source
    }

    private func migration(_ job: Job, _ events: Events, also: @escaping EventSink = { _ in }) throws -> Migration {
        Migration(
            settings: try JobSettings(environment: job.environment), searchPath: job.environment["PATH"] ?? "",
            interrupt: Interrupt(), logInterval: 0.25
        ) {
            events.add($0)
            also($0)
        }
    }

    @Test func `rows, bytes, rate and end move within one table, one index and one ANALYZE`() async throws {
        let source = try await source(tables: ["big"], rows: 3000, indexed: "keyed")
        let target = try await PostgresServer.start()
        let events = Events()
        _ = try await migration(Job(from: source, to: target), events).rehearse()
        let all = events.list
        func isRising(_ values: [Double]) -> Bool { zip(values, values.dropFirst()).allSatisfy { $0 <= $1 } }
        // A copy that has just begun is not in the target's views yet, so what was sent counts at the first look.
        let opened = all.drop { $0.rowsDone == 0 }.dropFirst()
        #expect(isRising(opened.map(\.fraction)) && isRising(opened.map { Double($0.bytesDone) }))
        #expect(isRising(opened.map { Double($0.rowsDone) }))

        let copying = all.filter {
            $0.work.contains { $0.what == "copying public.big" && ($0.rows ?? 0) > 0 && $0.detail.isEmpty }
        }
        #expect(Set(copying.map(\.rowsDone)).count > 2 && Set(copying.map(\.bytesDone)).count > 2)
        for progress in copying {
            #expect(progress.bytesDone < progress.bytesTotal && progress.fraction < 1)
            let rows = progress.rowsTotal ?? 0
            #expect(abs(rows - 4200) < 420, "\(rows)")
        }
        #expect(copying.contains { $0.bytesPerSecond > 0 })
        let ends = copying.compactMap { progress in progress.secondsLeft.map { progress.seconds + $0 } }
        // How fast it is may change meanwhile, on a machine that others use.
        #expect((ends.last ?? .infinity) < 20 * (ends.first ?? 0), "\(ends)")

        let building = all.filter { $0.work.contains { $0.what.hasPrefix("building the index one of public.keyed") } }
        #expect(building.contains { $0.work.contains { $0.what.hasPrefix("building the index two of public.keyed") } })
        let shares = building.flatMap(\.work).filter { $0.what.hasPrefix("building the index one") }.compactMap(
            \.fraction)
        #expect(shares.contains { $0 > 0 && $0 < 1 } && isRising(shares), "\(shares)")
        #expect(building.allSatisfy { $0.fraction < 1 } && building.contains { $0.secondsLeft != nil })
        let analysing = all.flatMap(\.work).filter { $0.what == "analysing public.keyed" }
        #expect(analysing.contains { !$0.detail.isEmpty && $0.fraction != nil }, "\(analysing)")
    }

    @Test func `what another pod copies counts while it does`() async throws {
        let source = try await source(tables: ["big", "large", "wide"], rows: 2500)
        let target = try await PostgresServer.start()
        var job = Job(from: source, to: target)
        job[.pods] = "2"
        job[.workers] = "1"
        let other = job
        let events = Events()
        let (opened, opening) = AsyncStream<Void>.makeStream()
        let leader = try migration(job, events) { if case .opened = $0 { opening.finish() } }
        async let published = leader.run()
        for await _ in opened {}
        let helped = try await other.run()
        #expect(helped.end == .success, "\(helped.output)")
        _ = try await published
        let both = events.list.filter { progress in
            progress.work.count { $0.what.hasPrefix("copying") && ($0.rows ?? 0) > 0 } > 1
        }
        #expect(!both.isEmpty, "\(events.list.map(\.work))")
        // What the target counts for the other pod.
        #expect(both.contains { $0.work.reduce(0) { $0 + ($1.rows ?? 0) } <= $0.rowsDone })
    }
}
