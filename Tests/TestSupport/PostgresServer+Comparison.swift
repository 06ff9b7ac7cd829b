extension PostgresServer {
    /// What a table, a materialized view, a sequence or all large objects of a database hold.
    public struct Content: Equatable, Sendable {
        public var rows: Int
        /// MD5 over the rows, whatever their order.
        public var digest: String
    }

    /// The database's schema as `pg_dump` writes it, without owners and privileges and without what differs from run
    /// to run and from server to server.
    ///
    /// Servers of different majors print views differently. For these compare with what ``copy(_:to:as:)`` makes on
    /// the target rather than with the source.
    /// - Parameter dumper: Whose `pg_dump`. To compare two servers use the same one for both.
    public func schema(of database: String, dumpedBy dumper: PostgresInstallation? = nil) async throws -> String {
        let dumper = try dumper ?? .newest()
        let dump = try await run(
            "pg_dump", of: dumper,
            ["--schema-only", "--no-owner", "--no-privileges", "--restrict-key", "comparison"], database: database)
        // Only the header names versions; the same words further down would be part of some object.
        let lines = dump.split(separator: "\n", omittingEmptySubsequences: false)
        let header = lines.prefix(12).filter { !$0.hasPrefix("-- Dumped ") }
        return (header + lines.dropFirst(12)).map(Self.withoutColumnVersions).joined(separator: "\n")
    }

    /// Minor releases from November 2026 on keep a number of their own among a column's options, `pg_attver`, which an
    /// older `pg_dump` takes for the user's.
    private static func withoutColumnVersions(_ line: Substring) -> Substring {
        guard line.hasPrefix("ALTER TABLE ONLY "), line.contains("pg_attver") else { return line }
        return line.contains(/SET \(pg_attver=\d+\);$/)
            ? "" : Substring(line.replacing(/pg_attver=\d+, |, pg_attver=\d+/, with: ""))
    }

    /// Copies a database with `pg_dump` and `psql`, the way that everybody trusts, as something to compare with.
    public func copy(_ database: String, to target: PostgresServer, as copy: String) async throws {
        let dump = try await run("pg_dump", of: installation, ["--no-owner", "--no-privileges"], database: database)
        try await target.psql("CREATE DATABASE :\"copy\" TEMPLATE template0", variables: ["copy": copy])
        try await target.psql(dump, database: copy)
    }

    /// What every table (partitions, not their parents), populated materialized view and sequence holds, by
    /// schema-qualified name, and the large objects under "large objects". Computed by the server alone, with nothing
    /// of the code under test.
    public func contents(of database: String) async throws -> [String: Content] {
        var contents: [String: Content] = [:]
        for line in try await psql(Self.contentQuery, database: database).split(separator: "\n") {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count >= 3, let rows = Int(fields[fields.count - 2]) else { continue }
            let name = fields.dropLast(2).joined(separator: "|")
            contents[name] = Content(rows: rows, digest: String(fields[fields.count - 1]))
        }
        return contents
    }

    private static let contentQuery = #"""
        SET search_path = '';
        SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1;
        SET bytea_output = 'hex'; SET row_security = off;
        SELECT format(
            $$SELECT %L, count(*), md5(coalesce(string_agg(h, '' ORDER BY h), ''))
              FROM (SELECT md5("~row~"::text) COLLATE "C" AS h FROM ONLY %s AS "~row~") AS hashes$$,
            replace(c.oid::regclass::text, E'\n', '\n'), c.oid::regclass)
        FROM pg_catalog.pg_class c
        WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated)
          AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
        ORDER BY c.oid::regclass::text
        \gexec
        SELECT format(
            'SELECT %L, 1, last_value::text || is_called::text FROM %s', c.oid::regclass, c.oid::regclass)
        FROM pg_catalog.pg_class c WHERE c.relkind = 'S' ORDER BY c.oid::regclass::text
        \gexec
        SELECT 'large objects', count(*),
            md5(coalesce(string_agg(oid || ' ' || md5(lo_get(oid)), ',' ORDER BY oid), ''))
        FROM pg_catalog.pg_largeobject_metadata;
        """#
}
