import JobContract
import PostgresClient

/// Which file each relation of a database has its rows in.
struct SourceFiles: Sendable {
    struct Entry: Sendable {
        var part: FollowedTable.Part
        /// The file when this was read; not the snapshot's if the relation was truncated or rewritten since.
        var fileNow: UInt32
        /// The table that is partitioned, for a partition.
        var root: RelationName?
        var isMaterializedView: Bool
        /// Whether each change of its blocks is logged, block by block: permanent, and stored as a heap.
        var isLogged: Bool
    }

    let entries: [Entry]
    private let places: [UInt32: Int]
    private let files: Set<UInt32>

    subscript(oid: UInt32) -> Entry? { places[oid].map { entries[$0] } }

    /// Whether no relation is being truncated or rewritten.
    var areSettled: Bool { entries.allSatisfy { $0.fileNow == $0.part.file } }

    /// Whether the log has each change of every relation.
    var areAllLogged: Bool { entries.allSatisfy(\.isLogged) }

    /// Whether a file holds rows of a table or of a materialized view, and not of a catalog.
    func holdsRows(_ file: UInt32) -> Bool { files.contains(file) }

    /// The access method of ordinary tables, `heap` in `pg_am.dat`.
    static let heap = 2

    /// The relations that hold rows, as the connection's snapshot shows them.
    static let query: SQL = """
        SELECT c.oid, n.nspname, c.relname, c.relfilenode, pg_catalog.pg_relation_filenode(c.oid),
               pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::int, rn.nspname, r.relname, c.relkind = 'm',
               c.relpersistence = 'p' AND c.relam = \(heap)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN (pg_catalog.pg_class r JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace)
            ON c.relispartition AND r.oid = pg_catalog.pg_partition_root(c.oid)
        WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
        """

    /// The same query, in a session that ``prepare(at:)`` has made ready.
    static let execute: SQL = "EXECUTE rehome_files"

    static func prepare(at connection: Connection) throws(PostgresError) {
        try connection.execute("PREPARE rehome_files AS \(query)")
    }

    init(_ result: QueryResult?) {
        entries = (result?.rows ?? []).map { row in
            Entry(
                part: .init(
                    oid: UInt32(row.text(0)) ?? 0, name: row.relation(1), file: UInt32(row.text(3)) ?? 0,
                    blocks: row.integer(5) ?? 0),
                fileNow: UInt32(row.text(4)) ?? 0, root: row[7] == nil ? nil : row.relation(6),
                isMaterializedView: row.isTrue(8), isLogged: row.isTrue(9))
        }
        files = Set(entries.map(\.part.file))
        places = Dictionary(entries.enumerated().map { ($1.part.oid, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Which of these relations have another file by now, or are gone.
    ///
    /// A file that a relation has left never comes back, so equality now is equality at every moment before.
    static func changed(_ parts: [FollowedTable.Part], at connection: Connection) throws(PostgresError) -> Set<UInt32> {
        guard !parts.isEmpty else { return [] }
        let now = try connection.query(
            "SELECT oid, pg_catalog.pg_relation_filenode(oid) FROM pg_catalog.unnest('{\(list: parts.map { "\($0.oid)" as SQL })}'::oid[]) oid"
        ).rows.map { (UInt32($0.text(0)) ?? 0, UInt32($0.text(1)) ?? 0) }
        let files = Dictionary(now, uniquingKeysWith: { first, _ in first })
        return Set(parts.filter { files[$0.oid] != $0.file }.map(\.oid))
    }
}
