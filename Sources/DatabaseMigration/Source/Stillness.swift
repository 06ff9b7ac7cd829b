import JobContract
import PostgresClient

/// Evidence that nothing was written at the source between two looks.
///
/// Every transaction that writes takes a transaction identifier, and `pg_current_snapshot()` shows how far they are
/// completed; when no transaction holds one and the snapshot is the same later on, nothing was written in the whole
/// cluster. That none is in progress must be seen from the locks: a snapshot does not list a running transaction that
/// is newer than every completed one. `nextval` takes none, so sequences are read again besides; ANALYZE and autovacuum
/// do, so movement means "look again", not "somebody wrote": ``RowVersions`` tells the two apart.
struct Stillness: Sendable, Equatable {
    private var snapshot: String
    private var preparedTransactions: Int

    /// The identifier that the next transaction was going to take, as an `xid` holds it: modulo 2^32.
    var nextTransaction: UInt32? {
        let parts = snapshot.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 3 ? UInt64(parts[1]).map { UInt32(truncatingIfNeeded: $0) } : nil
    }

    /// Looks until no transaction is in progress, for at most half a minute.
    ///
    /// - Returns: `nil` if some transaction never ended: then there is no such evidence.
    static func look(at source: Connection) throws(PostgresError) -> Stillness? {
        // The functions had other names before version 13.
        let prefix: SQL = source.majorVersion >= 13 ? "pg" : "txid"
        for _ in 0..<300 {
            let row = try source.query(
                """
                SELECT s::text,
                       pg_catalog.\(prefix)_snapshot_xmin(s) = pg_catalog.\(prefix)_snapshot_xmax(s)
                       AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted),
                       (SELECT count(*) FROM pg_catalog.pg_prepared_xacts)
                FROM pg_catalog.\(prefix)_current_snapshot() s
                """
            ).rows.first
            if let row, row.isTrue(1) { return Stillness(snapshot: row.text(0), preparedTransactions: row.integer(2) ?? 0) }
            try source.execute("SELECT pg_catalog.pg_sleep(0.1)")
        }
        return nil
    }

    /// Whether this look proves that nothing was written since `earlier`.
    func proves(_ earlier: Stillness?) -> Bool { self == earlier && preparedTransactions == 0 }
}
