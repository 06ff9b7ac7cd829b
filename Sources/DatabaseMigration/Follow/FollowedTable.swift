import PostgresClient

/// A table that the target holds as a snapshot of the source showed it.
struct FollowedTable: Sendable {
    /// A relation that holds rows: the table itself, or a partition whose rows are copied through the root.
    struct Part: Sendable, Hashable {
        var oid: UInt32
        var name: RelationName
        /// The file that its rows are in (`pg_class.relfilenode`). TRUNCATE and whatever rewrites a table make a new
        /// one, in which a snapshot from before sees other rows than it saw (PostgreSQL manual, "Concurrency Control",
        /// "Caveats").
        var file: UInt32
        var blocks: Int
    }

    /// Changes that were found while the table's database was copied and indexed. They stand in temporary tables.
    struct WaitingChanges: Sendable {
        /// What the rows hash to that are gone, and those that are new. Some may have come and gone.
        var gone = TableHash()
        var new = TableHash()

        static func + (first: WaitingChanges, second: WaitingChanges) -> WaitingChanges {
            var sum = first
            sum.gone += second.gone
            sum.new += second.new
            return sum
        }

        var rows: Int { gone.base.rows + new.base.rows }
    }

    let contents: TableContents
    var parts: [Part]
    /// What the source's rows hash to; the target's hash to the same. Changes that wait are not in it.
    var hash = TableHash()
    /// Whether all rows are at the target.
    var isCopied = false
    /// The ranges that had been read when the snapshot was renewed for the last time, while the table was being copied.
    var rangesRead: [TableRange] = []
    /// Whether the target's rows, with the changes that wait, are those of the held snapshot. Else the table is copied
    /// again.
    var isCurrent = true
    var identity = RowIdentity.row(probe: nil)
    /// Changes that wait at the target until they can be made; `nil` if the temporary tables for them do not exist.
    var waiting: WaitingChanges?

    var name: RelationName { contents.name }
    /// Whether some of its rows are at the target, or on their way.
    var hasRows: Bool { isCopied || !rangesRead.isEmpty }
    /// Whether single rows can be told apart, removed and added.
    var canBeFollowed: Bool { !contents.isRoot && !contents.columns.isEmpty }
}

/// How a row that the source has deleted is found at the target, to be removed there.
enum RowIdentity: Sendable, Equatable {
    /// The columns of the primary key. All have types of the system, so their equality can be relied on.
    case key([Identifier])
    /// The text of the whole row, and how many rows have it. The probe is an indexed column, if there is one, which
    /// saves reading the whole table.
    case row(probe: Probe?)

    /// By the text of the whole row, even where there is a key.
    var byRow: RowIdentity {
        guard case .key(let key) = self else { return self }
        return .row(probe: key.first.map { Probe(column: $0, isNullable: false) })
    }

    struct Probe: Sendable, Equatable {
        var column: Identifier
        var isNullable: Bool
    }

    /// Reads how each table's rows are told apart, at the target: its statistics say which index leads to the fewest
    /// rows.
    static func read(at staging: Connection) throws(PostgresError) -> [RelationName: RowIdentity] {
        let rows = try staging.query(
            """
            WITH indexes AS (
                SELECT i.indrelid, i.indexrelid, i.indisprimary, i.indkey, i.indnkeyatts, n.nspname, c.relname, c.reltuples
                FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND c.relkind = 'r'
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = x.relam AND m.amname = 'btree'
                WHERE i.indisvalid AND i.indpred IS NULL AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'),
            keys AS (
                SELECT i.*, k.place, a.attname, NOT a.attnotnull AS isnullable,
                       -- An expression has no attribute.
                       a.attname IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid AND (t.typnamespace <> 'pg_catalog'::regnamespace OR t.typtype = 'd')) AS issimple,
                       (SELECT abs(CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(i.reltuples, 1) ELSE s.n_distinct END)
                        FROM pg_catalog.pg_stats s WHERE s.schemaname = i.nspname AND s.tablename = i.relname AND s.attname = a.attname LIMIT 1) AS spread
                FROM indexes i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
                LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
                WHERE k.place <= i.indnkeyatts)
            SELECT nspname, relname, 'key', attname, false, place::float8 FROM keys k
            WHERE indisprimary AND NOT EXISTS (SELECT FROM keys o WHERE o.indexrelid = k.indexrelid AND o.issimple IS NOT TRUE)
            UNION ALL
            SELECT nspname, relname, 'probe', attname, isnullable, -coalesce(spread, 0) FROM keys WHERE place = 1 AND issimple
            ORDER BY 1, 2, 3, 6
            """
        ).rows
        var identities: [RelationName: RowIdentity] = [:]
        for (table, rows) in Dictionary(grouping: rows, by: { $0.relation(0) }) {
            let key: [Identifier] = rows.filter { $0.text(2) == "key" }.map { $0.name(3) }
            let probe = rows.first { $0.text(2) == "probe" }.map { Probe(column: $0.name(3), isNullable: $0.isTrue(4)) }
            identities[table] = key.isEmpty ? .row(probe: probe) : .key(key)
        }
        return identities
    }
}
