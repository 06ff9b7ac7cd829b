import FoundationEssentials
import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// Every kind of object, between every pair of versions.
    @Suite struct ConformanceTests {
        struct Pair: CustomTestStringConvertible, Sendable {
            var source: PostgresInstallation
            var target: PostgresInstallation
            var testDescription: String { "\(source.major) to \(target.major)" }

            static let all: [Pair] = PostgresInstallation.installed.flatMap { source in
                PostgresInstallation.installed.filter { $0.major >= source.major }.map {
                    Pair(source: source, target: $0)
                }
            }
        }

        @Test(arguments: Pair.all)
        func `databases come over exactly`(pair: Pair) async throws {
            let source = try await PostgresServer.start(pair.source)
            let target = try await PostgresServer.start(pair.target)
            try await EveryKindOfObject.create("backstage_plugin_every-kind", on: source)
            try await source.psql(#"CREATE DATABASE "Ünïcode ""quoted"" name"; CREATE DATABASE backstage_plugin_proxy"#)
            try await source.psql(
                "CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t SELECT g, 'row ' || g FROM generate_series(1, 5000) g",
                database: #"Ünïcode "quoted" name"#)
            let names = ["backstage_plugin_every-kind", #"Ünïcode "quoted" name"#, "backstage_plugin_proxy"]
            var before: [String: [String: PostgresServer.Content]] = [:]
            for name in names { before[name] = try await source.contents(of: name) }

            let result = try await Job(from: source, to: target).run()

            #expect(result.end == .success, "\(result.output)")
            for name in names {
                let contents = try await target.contents(of: name).withoutKnexLocks
                #expect(contents == before[name]?.withoutKnexLocks)
                // What pg_dump and psql make of the same database is what everybody trusts.
                try await source.copy(name, to: target, as: "reference")
                #expect(try await target.schema(of: name) == target.schema(of: "reference"))
                try await target.psql("DROP DATABASE reference")
            }
        }

        /// What Backstage's own migrations have made (the fixtures' first lines say which release's, and how).
        @Test(
            arguments: Pair.all.filter { pair in
                pair.source.major == PostgresInstallation.installed.first?.major
                    || pair.target.major == PostgresInstallation.installed.last?.major
            })
        func `the databases of Backstage's own migrations come over exactly`(pair: Pair) async throws {
            let source = try await PostgresServer.start(pair.source)
            let target = try await PostgresServer.start(pair.target)
            let folder = Checkout.folder.appending("Tests/TestSupport/sql/knex")
            let rows = try Checkout.folder.appending("Tests/Schemas/fill.sql").text()
            let stems = try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted()
                .filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }
            #expect(stems.count >= 8)
            for stem in stems {
                let name = "backstage_plugin_\(stem)"
                try await source.psql("CREATE DATABASE \"\(name)\"")
                try await source.psql(try folder.appending("\(stem).sql").text(), database: name)
                try await source.psql(rows, database: name)
            }
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .success, "\(result.output)")
            for stem in stems {
                let name = "backstage_plugin_\(stem)"
                try await source.copy(name, to: target, as: "reference")
                #expect(try await target.schema(of: name) == target.schema(of: "reference"))
                let (moved, reference) = (
                    try await target.contents(of: name).withoutKnexLocks,
                    try await target.contents(of: "reference").withoutKnexLocks
                )
                #expect(moved == reference)
                try await target.psql("DROP DATABASE reference")
            }
        }

        @Test func `a database that is published has the statistics of everything in it`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE described")
            try await source.psql(
                """
                CREATE TABLE large (id int PRIMARY KEY, word text, day timestamptz);
                INSERT INTO large SELECT g, repeat(md5((g % 100)::text), 4), '2026-01-01'::timestamptz + g * interval '1 minute' FROM generate_series(1, 60000) g;
                CREATE INDEX large_upper ON large (upper(word));
                CREATE INDEX large_lower ON large (lower(word));
                ALTER INDEX large_lower ALTER COLUMN 1 SET STATISTICS 7;
                CREATE STATISTICS large_kinds ON word, (extract(year FROM day)) FROM large;
                CREATE TABLE other (id int PRIMARY KEY, word text);
                INSERT INTO other SELECT id, word FROM large;
                CREATE STATISTICS other_kinds (dependencies) ON id, (replace(word, '"', '')) FROM other;
                ALTER STATISTICS other_kinds SET STATISTICS 50;
                CREATE TABLE parent (id int, word text);
                INSERT INTO parent SELECT id, word FROM large;
                CREATE TABLE child () INHERITS (parent);
                INSERT INTO child SELECT id + 60000, word FROM large;
                CREATE TABLE small (a int);
                INSERT INTO small VALUES (1), (2);
                CREATE TABLE days (day date) PARTITION BY RANGE (day);
                CREATE TABLE days_2026 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
                INSERT INTO days SELECT '2026-01-01'::date + g FROM generate_series(1, 100) g;
                CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM small;
                """, database: "described")

            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .success, "\(result.output)")

            let known =
                "SELECT string_agg(DISTINCT tablename, ',' ORDER BY tablename) FROM pg_stats WHERE schemaname = 'public'"
            #expect(
                try await target.value(of: known, database: "described")
                    == "child,counted,days,days_2026,large,large_lower,large_upper,other,parent,small")
            // A parent's statistics are those of all its descendants, too.
            #expect(
                try await target.value(
                    of:
                        "SELECT (histogram_bounds::text::int[])[101] > 100000 FROM pg_stats WHERE tablename = 'parent' AND attname = 'id' AND inherited",
                    database: "described") == "t")
            // A column's own target limits its statistics.
            #expect(
                try await target.value(
                    of:
                        "SELECT count(*) FROM pg_stats WHERE tablename = 'large_lower' AND coalesce(cardinality(most_common_vals), 0) > 7",
                    database: "described") == "0")
            #expect(
                try await target.value(
                    of: """
                        SELECT string_agg(concat_ws(' ', stxname, d.stxdndistinct IS NOT NULL, d.stxddependencies IS NOT NULL), ', ' ORDER BY stxname)
                        FROM pg_statistic_ext s JOIN pg_statistic_ext_data d ON d.stxoid = s.oid
                        """, database: "described") == "large_kinds t t, other_kinds f t")
            #expect(try await source.schema(of: "described") == target.schema(of: "described"))
        }

        @Test func `each knex lock table ends with exactly one unlocked row`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE locks")
            for (name, rows) in [("a", ""), ("b", "(1)"), ("c", "(0), (0)"), ("d", "(0)")] {
                try await source.psql(
                    #"CREATE TABLE \#(name)_knex_migrations_lock ("index" serial PRIMARY KEY, is_locked int)"#
                        + (rows.isEmpty ? "" : "; INSERT INTO \(name)_knex_migrations_lock (is_locked) VALUES \(rows)"),
                    database: "locks")
            }

            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .success, "\(result.output)")

            for name in ["a", "b", "c", "d"] {
                #expect(
                    try await target.value(
                        of: "SELECT string_agg(is_locked::text, ',') FROM \(name)_knex_migrations_lock",
                        database: "locks") == "0")
            }
        }
    }
}

extension [String: PostgresServer.Content] {
    /// Lock tables are changed on purpose, and with them the sequence of one that was empty.
    var withoutKnexLocks: Self { filter { !$0.key.contains("knex_migrations_lock") } }
}
