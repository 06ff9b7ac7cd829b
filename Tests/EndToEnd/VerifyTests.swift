import FoundationEssentials
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// `rehome-job verify` against a target that is published already.
    @Suite struct VerifyTests {
        /// Two servers between which the databases have been moved.
        private final class Move {
            let source: PostgresServer
            let target: PostgresServer
            var settings: [JobSetting: String] = [:]

            init(source: PostgresServer, target: PostgresServer) {
                self.source = source
                self.target = target
            }

            private var job: Job {
                var job = Job(from: source, to: target)
                for (setting, value) in settings { job[setting] = value }
                return job
            }

            func migrate() async throws -> Job.Result { try await job.run() }

            func verify(_ options: String...) async throws -> Job.Result {
                var job = job
                job.arguments = ["verify"] + options
                return try await job.run()
            }
        }

        /// A published target, with what a verification has to pass over.
        private func published(_ prepare: (PostgresServer) async throws -> Void = { _ in }) async throws -> Move {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE shop")
            try await source.psql(
                """
                CREATE TABLE orders (id int, region text, note text, PRIMARY KEY (region, id));
                INSERT INTO orders SELECT g, 'eu', 'secret-' || g FROM generate_series(1, 1000) g;
                CREATE TABLE visits (visitor text); INSERT INTO visits VALUES ('somebody'), ('somebody');
                CREATE SEQUENCE numbers; SELECT nextval('numbers');
                CREATE TABLE knex_migrations_lock (index serial PRIMARY KEY, is_locked int);
                INSERT INTO knex_migrations_lock (is_locked) VALUES (1), (1)
                """, database: "shop")
            try await prepare(source)
            let move = Move(source: source, target: try await PostgresServer.start())
            move.settings[.emptyDatabases] = "backstage_plugin_new"
            let early = try await move.verify()
            #expect(early.end == .personMustAct && early.output.contains("is published"), "\(early.output)")
            let result = try await move.migrate()
            #expect(result.end == .success, "\(result.output)")
            return move
        }

        private static let throughTheFence = "SET default_transaction_read_only = off; "

        @Test func `a published target is verified until somebody writes to it, and maintenance is no writing`()
            async throws
        {
            let move = try await published { source in try await EveryKindOfObject.create("every-kind", on: source) }
            for database in ["shop", "every-kind"] {
                try await move.target.psql("VACUUM (FREEZE, ANALYZE)", database: database)
            }
            let equal = try await move.verify()
            #expect(equal.end == .success, "\(equal.output)")
            #expect(equal.output.contains("shop: equal;") && equal.output.contains("backstage_plugin_new: equal;"))
            #expect(
                equal.output.contains("left out, changed on purpose: public.knex_migrations_lock: one unlocked row"))

            try await move.target.psql("SELECT nextval('numbers')", database: "shop")
            let written = try await move.verify("--output", "json")
            #expect(written.end == .personMustAct, "\(written.output)")
            struct Report: Decodable {
                struct Database: Decodable {
                    var name: String
                    var isWrittenTo: Bool
                }
                var databases: [Database]
            }
            let report = try JSONDecoder().decode(Report.self, from: Data(written.written.utf8))
            #expect(report.databases.filter(\.isWrittenTo).map(\.name) == ["shop"])
        }

        @Test(arguments: [
            "INSERT INTO orders VALUES (1001, 'eu', 'new')", "DELETE FROM orders WHERE id = 7",
            "UPDATE knex_migrations_lock SET is_locked = 1",
            "CREATE TABLE more (a int)",
        ])
        func `what is written to a database of the target is noticed, whatever it is`(sql: String) async throws {
            let move = try await published()
            try await move.target.psql(sql, database: "shop")
            let result = try await move.verify()
            #expect(result.end == .personMustAct, "\(result.output)")
            #expect(
                result.output.contains("cannot be verified: shop hold something else than was published"),
                "\(result.output)")
        }

        @Test func `rows that were written at the source since are named by their keys and by nothing else`()
            async throws
        {
            let move = try await published()
            try await move.source.psql(
                Self.throughTheFence + """
                    UPDATE orders SET note = 'secret-changed' WHERE id = 7; DELETE FROM orders WHERE id = 8;
                    INSERT INTO orders VALUES (1, E'a, b\\n', 'secret-new'); INSERT INTO visits VALUES ('someone-else')
                    """, database: "shop")
            let plain = try await move.verify()
            #expect(plain.end == .mismatch, "\(plain.output)")
            #expect(
                plain.output.contains("table public.orders: 1000 rows on both sides, and their contents differ"),
                "\(plain.output)")
            #expect(plain.output.contains("table public.visits: 3 rows at the source, 2 at the target"))
            #expect(!plain.output.contains("id="))

            let explained = try await move.verify("--explain")
            #expect(explained.end == .mismatch)
            for line in [
                "region=eu, id=7: differs\n", "region=eu, id=8: only at the target\n",
                #"region='a, b\u{a}', id=1: only at the source"#,
                "a row of a table without a key: only at the source\n",
            ] {
                #expect(explained.output.contains("    " + line), "\(explained.output)")
            }
            #expect(!explained.output.contains("secret-") && !explained.output.contains("someone-else"))
        }

        @Test func `a schema that was changed at the source since, and a sequence, are differences`() async throws {
            let move = try await published()
            try await move.source.psql(
                Self.throughTheFence + "CREATE INDEX later ON orders (note); SELECT setval('numbers', 77)",
                database: "shop")
            let result = try await move.verify("--explain")
            #expect(result.end == .mismatch, "\(result.output)")
            #expect(result.output.contains("CREATE INDEX later"))
            #expect(
                result.output.contains("sequence public.numbers: stands at 77 at the source and at 1 at the target"))
        }

        @Test func `tickets are cleared and generated columns accepted if asked, and the stamp says so`() async throws {
            let source = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE shop")
            try await source.psql(
                """
                CREATE TABLE backstage_backend_tasks__tasks (id text PRIMARY KEY, settings_json text, next_run_start_at timestamptz,
                    current_run_ticket text, current_run_started_at timestamptz, current_run_expires_at timestamptz);
                INSERT INTO backstage_backend_tasks__tasks VALUES ('running', '{}', now(), 'ticket', now(), now() + '1 h'), ('idle', '{}', now(), NULL, NULL, NULL);
                CREATE FUNCTION public.server() RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT current_setting('port') $$;
                CREATE TABLE documents (id int PRIMARY KEY, server text GENERATED ALWAYS AS (public.server()) STORED);
                INSERT INTO documents VALUES (1), (2)
                """, database: "shop")
            let move = Move(source: source, target: try await PostgresServer.start())
            let refused = try await move.migrate()
            #expect(refused.end == .mismatch, "\(refused.output)")
            #expect(refused.output.contains("shop.public.documents: the generated columns server differ"))
            #expect(refused.output.contains("set spec.migration.acceptGeneratedDifferences"))

            move.settings[.acceptGeneratedDifferences] = "on"
            move.settings[.clearTaskTickets] = "on"
            let result = try await move.migrate()
            #expect(result.end == .success, "\(result.output)")
            let tickets =
                "SELECT count(*), count(current_run_ticket), count(current_run_expires_at) FROM backstage_backend_tasks__tasks"
            #expect(try await move.target.value(of: tickets, database: "shop") == "2|0|0")
            #expect(try await source.value(of: tickets, database: "shop") == "2|1|1")
            let verified = try await move.verify()
            #expect(verified.end == .success, "\(verified.output)")
            #expect(verified.output.contains("public.backstage_backend_tasks__tasks: tickets of running tasks cleared"))
            #expect(verified.output.contains("public.documents: generated columns differ"))
        }
    }
}
