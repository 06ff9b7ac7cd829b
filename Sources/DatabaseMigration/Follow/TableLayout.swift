import JobContract
import PostgresClient

/// Which tables there are, and which column each value of a row belongs to. A dump of the schema does not tell that.
///
/// The dump stays the same if a table is dropped and made again, if names are swapped, or if a column is dropped and
/// added again. The row versions may stay the same as well: dropping a column changes none, and a column that is added
/// shows its default in all of them. But a column that is added gets a number that none had before it.
struct TableLayout: Equatable {
    private let hash: ByteText

    /// Reads it as the connection's snapshot shows it.
    init(reading connection: Connection) throws(PostgresError) {
        hash = try connection.query(Self.query).value ?? ""
    }

    // Composite types are rows too, and may be a column's type.
    private static let query: SQL = """
        SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(ROW(
            c.oid, n.nspname, c.relname, c.relkind, a.attnum, a.attname, a.atttypid, a.attisdropped,
            ARRAY(SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno))::text, E'\\n'
            ORDER BY c.oid, a.attnum), ''))
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relkind IN ('r', 'p', 'm', 'c') AND c.relpersistence <> 't'
          AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
        """
}
