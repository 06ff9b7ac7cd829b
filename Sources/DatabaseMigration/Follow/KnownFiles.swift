import PostgresClient

/// What the files of one database hold, as far as that decides which changes in the log matter.
struct KnownFiles: Sendable {
    /// `pg_database.oid`.
    let database: UInt32
    /// The files of indexes, sequences, TOAST tables and statistics. A TOASTed value does not change without its row,
    /// and an index not without rows or catalogs, whose own files show that. Sequences are read again in any case.
    private let unimportant: Set<UInt32>

    /// - Returns: `nil` if a relation lies in a tablespace of its own: a file's number is unique in one tablespace
    ///   only.
    init?(reading connection: Connection) throws(PostgresError) {
        let rows = try connection.query(
            """
            SELECT d.oid, pg_catalog.bool_or(c.reltablespace <> 0),
                   pg_catalog.string_agg(pg_catalog.pg_relation_filenode(c.oid)::text, ' ') FILTER (WHERE c.relkind IN ('i', 'S', 't')
                       OR c.oid IN ('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_statistic_ext_data'::regclass))
            FROM pg_catalog.pg_class c, pg_catalog.pg_database d
            WHERE d.datname = pg_catalog.current_database() AND NOT c.relisshared AND c.relpersistence <> 't' GROUP BY d.oid
            """
        ).rows
        guard let row = rows.first, let oid = UInt32(row.text(0)), !row.isTrue(1) else { return nil }
        database = oid
        unimportant = Set(row.text(2).split(separator: " ").compactMap { UInt32($0) })
    }

    /// Whether nothing but rows of tables has changed: the catalogs and the large objects are as they were, and every
    /// table has its file.
    ///
    /// - Parameters:
    ///   - changed: what the log says of this database.
    ///   - files: as they were looked at last.
    func showsOnlyRows(_ changed: LoggedChanges.Blocks, files: SourceFiles) -> Bool {
        files.areSettled && changed.keys.allSatisfy { unimportant.contains($0) || files.holdsRows($0) }
    }

    /// Whether nothing that matters has changed at all.
    func showsNothing(_ changed: LoggedChanges.Blocks) -> Bool { changed.keys.allSatisfy(unimportant.contains) }
}
