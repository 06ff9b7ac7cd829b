import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct MaintenanceTests {
        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE app")
            try await source.psql("CREATE TABLE t AS SELECT g FROM generate_series(1, 1000) g", database: "app")
            return source
        }

        private func command(_ arguments: String..., of job: Job) async throws -> Job.Result {
            var job = job
            job.arguments = arguments
            return try await job.run()
        }

        @Test func `a killed attempt is seen, released and cleaned up by hand`() async throws {
            let source = try await source()
            try await source.psql("CREATE DATABASE large")
            try await source.psql("CREATE TABLE t AS SELECT g FROM generate_series(1, 1000) g", database: "large")
            let target = try await PostgresServer.start()
            let job = Job(from: source, to: target)
            #expect(try await command("status", of: job).output.contains("not published\nsource: not fenced"))
            // Everything is sealed then, and nothing published.
            let proxy = try await TCPProxy.start(to: target.port)
            try await proxy.hold(.before, "LOCK TABLE rehome.attempt")
            var held = job
            held[.targetPort] = "\(proxy.port)"
            let killed = try await held.run(
                meanwhile: { process in
                    try await proxy.untilHeld()
                    kill(process, SIGKILL)
                }, onLine: { _, _ in })
            #expect(killed.status == 128 + SIGKILL, "\(killed.output)")

            // As an older program leaves it, which kept its delays elsewhere.
            let control = try await target.value(of: "SELECT datname FROM pg_database WHERE datname ~ '^rehome_[^_]+$'")
            try await target.psql("DROP TABLE rehome.delay", database: control)
            let status = try await command("status", of: job)
            #expect(status.output.contains("sealed: app, under the name rehome_"), "\(status.output)")
            #expect(status.output.contains("source: fenced: app, large"))
            let early = try await command("clean", of: job)
            #expect(early.end == .personMustAct)
            #expect(early.output.contains("Run 'rehome-job release' first"))

            #expect(try await command("release", of: job).output.contains("released: app, large"))
            try await source.psql("INSERT INTO t VALUES (1)", database: "app")
            #expect(try await command("clean", of: job).output.contains("dropped: rehome_"))
            #expect(try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'rehome%'") == "0")
        }

        /// The chart of Red Hat Developer Hub has the orchestrator's services look elsewhere once its own database is off.
        @Test func `schemas of what is published get other names, once, and nothing else does`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE sonataflow")
            try await source.psql(
                #"CREATE SCHEMA "a-b"; CREATE TABLE "a-b".t AS SELECT 7 AS a; CREATE SCHEMA "say ""x"""; CREATE SCHEMA other"#,
                database: "sonataflow")
            let job = Job(from: source, to: target)
            func rename(_ database: String, _ names: String...) async throws -> Job.Result {
                var job = job
                job.arguments = ["rename-schemas", "--database", database] + names
                return try await job.run()
            }
            let early = try await rename("sonataflow", "a-b", "b")
            #expect(early.end == .personMustAct && early.output.contains("not published yet"), "\(early.output)")
            #expect(try await job.run().end == .success)
            #expect(try await rename("sonataflow", "a-b").status != 0)

            // All of them or none.
            try await target.psql("CREATE SCHEMA made", database: "sonataflow")
            let doubled = try await rename("sonataflow", "a-b", "b", "other", "made")
            #expect(doubled.end == .personMustAct, "\(doubled.output)")
            #expect(doubled.output.contains("schema made is there already, beside other"), "\(doubled.output)")
            try await target.psql("DROP SCHEMA made", database: "sonataflow")

            let renamed = try await rename("sonataflow", "a-b", "b", #"say "x""#, #"y";"#, "absent", "z")
            #expect(renamed.end == .success && renamed.output.contains("renamed: a-b to b"), "\(renamed.output)")
            #expect(renamed.output.contains("not in sonataflow under either name: absent, z"), "\(renamed.output)")
            #expect(try await target.value(of: "SELECT a FROM b.t", database: "sonataflow") == "7")
            #expect(
                try await target.value(
                    of: #"SELECT count(*) FROM pg_namespace WHERE nspname IN ('y";', 'other')"#, database: "sonataflow")
                    == "2")
            let again = try await rename("sonataflow", "a-b", "b")
            #expect(again.end == .success && again.output.contains("named already: b"), "\(again.output)")
            #expect(try await rename("absent", "a-b", "b").end == .success)
            try await target.psql("CREATE DATABASE mine")
            let foreign = try await rename("mine", "public", "b")
            #expect(
                foreign.end == .personMustAct && foreign.output.contains("is not one that this"), "\(foreign.output)")
        }

        /// A server that is stopped while it drops one leaves it like that.
        @Test(arguments: [["migrate"], ["clean", "migrate"], ["status", "release", "migrate"]])
        func `databases of ours whose drop was broken off are dropped again`(commands: [String]) async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE app")
            try await source.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (1)", database: "app")
            // It waits for a word that does not come, so it cannot publish before it is killed.
            var first = Job(from: source, to: target)
            first[.cutover] = CutoverPolicy.onCommand.rawValue
            let killed = try await first.run { line, process in
                if line.contains("everything is at the target") { kill(process, SIGKILL) }
            }
            #expect(killed.status == 128 + SIGKILL, "\(killed.output)")
            try await target.psql("UPDATE pg_database SET datconnlimit = -2 WHERE datname LIKE 'rehome%'")
            for command in commands {
                var job = Job(from: source, to: target)
                job.arguments = [command]
                let result = try await job.run()
                #expect(result.end == .success, "\(result.output)")
            }
            #expect(try await target.value(of: "SELECT a FROM t", database: "app") == "1")
            #expect(try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'rehome%'") == "0")
        }

        @Test func `a database that only has the name of a staging database is not dropped`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = Job(from: source, to: target)
            _ = try await job.run { line, process in
                if line.contains("schema brought over") { kill(process, SIGKILL) }
            }
            let staging = try await target.value(
                of: #"SELECT datname FROM pg_database WHERE datname LIKE 'rehome\_%\_%'"#)
            try await target.psql("COMMENT ON DATABASE \(staging) IS NULL")
            try await target.psql("CREATE TABLE precious (a int)", database: staging)
            let result = try await job.run()
            #expect(result.end == .personMustAct, "\(result.output)")
            #expect(result.output.contains("database \(staging) has the name of a staging database"))
            #expect(try await target.value(of: "SELECT count(*) FROM precious", database: staging) == "0")
        }

        @Test func `after publishing the fence is lifted only when asked in so many words, and nothing is cleaned`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            try await source.psql("ALTER DATABASE app SET default_transaction_read_only = off")
            let job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            let status = try await command("status", of: job)
            #expect(
                status.output.contains("published: 1 databases")
                    && status.output.contains("as it should be after publishing"))
            #expect(try await command("release", of: job).end == .personMustAct)
            #expect(try await command("clean", of: job).output.contains("nothing was left"))
            #expect(try await command("release", "--even-if-published", of: job).end == .success)
            // What was there before the fence is there again.
            let setting = try await source.value(
                of:
                    "SELECT setconfig::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = 'app'"
            )
            #expect(setting == "{default_transaction_read_only=off}")
        }

        @Test func `the preflight says everything at once and changes nothing`() async throws {
            let source = try await source()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE TABLE stray (a int)")
            try await target.psql("CREATE DATABASE app")
            try await target.psql("CREATE TABLE taken (a int)", database: "app")
            let job = Job(from: source, to: target)
            let text = try await command("preflight", of: job)
            #expect(text.end == .personMustAct)
            #expect(text.output.contains("error: database postgres at the source holds objects of users"))
            #expect(text.output.contains("error: database app exists at the target and holds 1 objects"))
            let json = try await command("preflight", "--output", "json", of: job)
            #expect(json.output.contains(#""severity" : "error""#) && json.output.hasPrefix("{"))
            #expect(try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'rehome%'") == "0")
            #expect(try await !source.psql("SHOW default_transaction_read_only", database: "app").contains("on"))
        }
    }
}
