import JobContract
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
                PostgresInstallation.installed.filter { $0.major >= source.major }.map { Pair(source: source, target: $0) }
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

        @Test func `each knex lock table ends with exactly one unlocked row`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE locks")
            for (name, rows) in [("a", ""), ("b", "(1)"), ("c", "(0), (0)"), ("d", "(0)")] {
                try await source.psql(
                    #"CREATE TABLE \#(name)_knex_migrations_lock ("index" serial PRIMARY KEY, is_locked int)"# + (rows.isEmpty ? "" : "; INSERT INTO \(name)_knex_migrations_lock (is_locked) VALUES \(rows)"),
                    database: "locks")
            }

            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .success, "\(result.output)")

            for name in ["a", "b", "c", "d"] {
                #expect(try await target.value(of: "SELECT string_agg(is_locked::text, ',') FROM \(name)_knex_migrations_lock", database: "locks") == "0")
            }
        }
    }
}

extension [String: PostgresServer.Content] {
    /// Lock tables are changed on purpose, and with them the sequence of one that was empty.
    var withoutKnexLocks: Self { filter { !$0.key.contains("knex_migrations_lock") } }
}
