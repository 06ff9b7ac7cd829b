import JobContract
import PostgresClient

/// How wide the widest row of each table is in COPY's text format, as far as that matters for memory.
///
/// The size of a TOASTed value is in its TOAST pointer, so texts and byte strings are measured without being read.
/// Values of other types are read, but only those that take much room.
struct RowWidths: Sendable {
    /// Bytes of the widest row, for tables that may have wide ones.
    let widths: [RelationName: Int]

    var widest: (table: RelationName, bytes: Int)? { widths.max { $0.value < $1.value }.map { ($0.key, $0.value) } }

    /// A table with fewer bytes of TOAST than this has no row that matters.
    private static let smallest = 1024 * 1024
    /// A compressed value of at most this many bytes is a few megabytes at most.
    private static let smallValue = 64 * 1024

    init(reading connection: Connection) throws(PostgresError) {
        let columns = try connection.query(
            """
            SELECT n.nspname, c.relname, a.attname, t.typname IN ('text', 'varchar', 'bpchar'), t.typname = 'bytea'
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attlen = -1 AND a.attstorage <> 'p'
            JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
              AND c.reltoastrelid <> 0 AND pg_catalog.pg_relation_size(c.reltoastrelid) >= \(Self.smallest)
              AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
            ORDER BY 1, 2, a.attnum
            """)
        var expressions: [RelationName: [SQL]] = [:]
        for row in columns.rows {
            let column: Identifier = row.name(2)
            let width: SQL =
                if row.isTrue(3) {
                    "octet_length(\(column))"
                } else if row.isTrue(4) {
                    "2 * octet_length(\(column))"
                } else {
                    "CASE WHEN pg_column_size(\(column)) > \(Self.smallValue) THEN octet_length(\(column)::text) ELSE pg_column_size(\(column)) END"
                }
            expressions[row.relation(0), default: []].append("coalesce((\(width))::bigint, 0)")
        }
        var widths: [RelationName: Int] = [:]
        for (table, parts) in expressions {
            let results = try connection.executeWithPatience(
                "\(ReadLock.statements(for: [table]))SELECT max(\(parts.joined(separator: " + "))) FROM ONLY \(table)")
            widths[table] = results.last?.integer ?? 0
        }
        self.widths = widths
    }
}
