import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// What a schema computes of itself comes out as Backstage's own sessions compute it, whatever rows are read by.
    @Suite struct ValueSettingsTests {
        private static let schema = """
            CREATE FUNCTION day(timestamptz) RETURNS date IMMUTABLE LANGUAGE sql AS 'SELECT $1::date';
            CREATE FUNCTION words(date) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1::text';
            CREATE FUNCTION seen(timestamptz) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT to_char($1, 'HH24:MI')$$;
            CREATE TABLE visits (id int PRIMARY KEY, at timestamptz NOT NULL, on_day date NOT NULL, lasted interval, CHECK (on_day = at::date),
                hour text GENERATED ALWAYS AS (seen(at)) STORED, name text GENERATED ALWAYS AS (words(on_day)) STORED);
            CREATE TABLE keyless (at timestamptz, CHECK (at::date = timestamptz '2026-05-01 20:00+00'::date));
            CREATE UNIQUE INDEX one_a_day ON visits (day(at)); CREATE INDEX by_words ON visits (words(on_day));
            CREATE MATERIALIZED VIEW shown AS SELECT id, at::date AS day, at::text AS at, lasted::text AS lasted FROM visits;
            """

        /// Two moments of one day in UTC, and of two in Tokyo.
        private static func rows(from first: Int, count: Int) -> String {
            """
            INSERT INTO visits SELECT g, t, t::date, interval '-1 day 2 hours' FROM generate_series(\(first), \(first + count - 1)) g,
                LATERAL (SELECT timestamptz '2026-01-01 14:00+00' + g * interval '25 hours 10 minutes' AS t) AS times;
            INSERT INTO keyless SELECT timestamptz '2026-05-01 20:00+00' FROM generate_series(1, \(count))
            """
        }

        private static let evidence = """
            SELECT string_agg(d, ';' ORDER BY d) FROM (SELECT s::text AS d FROM shown s UNION ALL SELECT v::text FROM visits v
                UNION ALL SELECT k::text FROM keyless k) AS rows
            """

        /// What the indexes find, and what is there: an index that was built otherwise finds too little.
        private static let found = """
            SET enable_seqscan = off; SELECT count(*) FROM visits v WHERE EXISTS (SELECT FROM visits w WHERE day(w.at) = day(v.at) AND w.id = v.id)
                AND EXISTS (SELECT FROM visits w WHERE words(w.on_day) = words(v.on_day))
            """

        private static let tokyo = [
            "timezone": "Asia/Tokyo", "datestyle": "German, DMY", "intervalstyle": "sql_standard",
        ]

        @Test(arguments: ["server", "database", "role"])
        func `indexes, checks, generated columns and views are computed by the settings of`(_ place: String)
            async throws
        {
            let settings = place == "server" ? Self.tokyo : [:]
            let source = try await PostgresServer.start(settings: settings)
            let target = try await PostgresServer.start(settings: settings)
            try await source.psql("CREATE DATABASE app")
            for (name, value) in Self.tokyo where place != "server" {
                let whose = place == "database" ? "DATABASE app" : "ROLE postgres IN DATABASE app"
                try await source.psql("ALTER \(whose) SET \(name) = '\(value)'")
            }
            try await source.psql(Self.schema + Self.rows(from: 1, count: 20), database: "app")
            try await source.psql("REFRESH MATERIALIZED VIEW shown", database: "app")

            let job = Job(from: source, to: target)
            let result = try await job.runOnCommand {
                try await source.psql(
                    """
                    UPDATE visits SET lasted = '3 hours' WHERE id < 5; DELETE FROM visits WHERE id = 7; DELETE FROM keyless WHERE ctid = '(0,1)';
                    \(Self.rows(from: 101, count: 5)); REFRESH MATERIALIZED VIEW shown
                    """, database: "app")
            }
            #expect(result.end == .success, "\(result.output)")
            #expect(!result.output.contains("left out"), "\(result.output)")
            #expect(!result.output.contains("does not know"), "\(result.output)")
            let there = try await source.value(of: Self.evidence, database: "app")
            let here = try await target.value(of: Self.evidence, database: "app")
            #expect(there == here)
            #expect(there.contains("03.01.2026"), "the source does not show its days by its own style")
            let found = try await target.psql(Self.found, database: "app")
            #expect(found.split(separator: "\n").last == "24", "\(found)")
            var verification = job
            verification.arguments = ["verify"]
            let verified = try await verification.run()
            #expect(verified.end == .success, "\(verified.output)")
        }
    }
}
