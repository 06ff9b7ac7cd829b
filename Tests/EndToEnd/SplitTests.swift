import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Large tables, which are copied in parts.
    @Suite struct SplitTests {
        private static let database = "backstage_plugin_catalog"
        private static let rangeCopied = "entities: blocks "

        /// One table of some 30 MB, with rows beside the heap, computed columns and gaps.
        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE \(Self.database)")
            try await source.psql(
                """
                CREATE TABLE entities (id int PRIMARY KEY, body text, length int GENERATED ALWAYS AS (length(body)) STORED);
                INSERT INTO entities SELECT g, repeat(md5(g::text), 6) FROM generate_series(1, 100000) g;
                INSERT INTO entities SELECT -g, (SELECT string_agg(md5((g * 100000 + n)::text), '') FROM generate_series(1, 1000) n) FROM generate_series(1, 50) g;
                DELETE FROM entities WHERE id BETWEEN 20000 AND 30000;
                VACUUM entities;
                INSERT INTO entities SELECT g, 'late' FROM generate_series(200001, 201000) g;
                CREATE INDEX entities_body ON entities (md5(body));
                CREATE TABLE refs (entity int REFERENCES entities, note text);
                INSERT INTO refs SELECT g, 'n' FROM generate_series(1, 20) g
                """, database: Self.database)
            return source
        }

        private func job(from source: PostgresServer, to target: PostgresServer, workers: Int = 4) -> Job {
            var job = Job(from: source, to: target)
            job[.splitTablesAtMiB] = "4"
            job[.workers] = "\(workers)"
            return job
        }

        private func checkPublished(_ source: PostgresServer, _ target: PostgresServer) async throws {
            #expect(try await target.contents(of: Self.database) == source.contents(of: Self.database))
            #expect(try await target.schema(of: Self.database) == source.schema(of: Self.database))
            #expect(try await target.psql("SELECT datname FROM pg_database WHERE datname LIKE 'rehome%'").isEmpty)
        }

        /// The parts that were copied, by their blocks.
        private func ranges(_ output: String) -> Set<Substring> {
            Set(
                output.split(separator: "\n").compactMap { line in
                    line.firstRange(of: Self.rangeCopied).map { line[$0.upperBound...].prefix { $0 != "," } }
                })
        }

        @discardableResult
        private func kill(_ job: Job, afterParts count: Int) async throws -> Job.Result {
            var seen = 0
            let killed = try await job.run { line, process in
                if line.contains(Self.rangeCopied) { seen += 1 }
                if seen == count { Glibc.kill(process, SIGKILL) }
            }
            #expect(killed.status == 128 + SIGKILL, "\(killed.output)")
            return killed
        }

        @Test func `a large table is copied in parts and equals the source's`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let result = try await job(from: source, to: target).run()
            #expect(result.end == .success, "\(result.output)")
            #expect(ranges(result.output).count >= 6, "\(result.output)")
            #expect(!result.output.contains("refs: blocks"))
            try await checkPublished(source, target)
        }

        @Test func `parts that were copied before a kill -9 are checked at the source and not copied again`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = job(from: source, to: target, workers: 1)
            let killed = try await kill(job, afterParts: 2)

            let second = try await job.run()

            #expect(second.end == .success, "\(second.output)")
            #expect(second.output.contains("taken up where an earlier attempt ended"))
            #expect(
                ranges(second.output).isDisjoint(with: ranges(killed.output)), "\(killed.output)\n\n\(second.output)")
            #expect(ranges(killed.output).count >= 2 && ranges(second.output).count >= 2)
            try await checkPublished(source, target)
        }

        @Test(arguments: [
            "UPDATE entities SET body = 'changed' WHERE id = 1", "DELETE FROM entities WHERE id = 1000",
            "INSERT INTO entities SELECT g, repeat(md5(g::text), 6) FROM generate_series(300000, 340000) g",
        ])
        func `parts that the source has changed since are copied again`(sql: String) async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = job(from: source, to: target, workers: 1)
            try await kill(job, afterParts: 2)
            try await source.psql("SET default_transaction_read_only = off; \(sql)", database: Self.database)

            let second = try await job.run()

            #expect(second.end == .success, "\(second.output)")
            #expect(second.output.contains("beginning again"), "\(second.output)")
            try await checkPublished(source, target)
        }

        @Test func `another size of the parts begins again`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = job(from: source, to: target, workers: 1)
            try await kill(job, afterParts: 1)
            job[.splitTablesAtMiB] = "1024"
            let second = try await job.run()
            #expect(second.end == .success, "\(second.output)")
            #expect(
                second.output.contains("cut its large tables differently") && ranges(second.output).isEmpty,
                "\(second.output)")
            try await checkPublished(source, target)
        }

        @Test func `a row that is changed at the target before the parts are read back is found`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            var changed = false
            let result = try await job(from: source, to: target, workers: 1).run { line, process in
                guard !changed, line.contains(Self.rangeCopied) else { return }
                Glibc.kill(process, SIGSTOP)
                let staging = try? await target.value(
                    of:
                        "SELECT datname FROM pg_database WHERE datname LIKE 'rehome%' AND shobj_description(oid, 'pg_database') LIKE '%loading%'"
                )
                changed =
                    (try? await target.psql(
                        "UPDATE entities SET body = 'other' WHERE ctid = '(0,1)'", database: staging ?? "")) != nil
                Glibc.kill(process, SIGCONT)
            }
            #expect(changed)
            #expect(result.end == .mismatch && result.output.contains("entities"), "\(result.output)")
            #expect(try await target.psql("SELECT datname FROM pg_database WHERE datname LIKE 'backstage%'").isEmpty)
        }
    }
}
