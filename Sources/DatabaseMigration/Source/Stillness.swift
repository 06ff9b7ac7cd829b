import JobContract
import PostgresClient

/// Evidence that nothing was written at the source between two looks.
///
/// Every transaction that writes takes a transaction identifier, and `pg_current_snapshot()` shows the next one to be
/// given out. Nothing was written in the whole cluster between two looks if two things hold. No transaction holds an
/// identifier, and the only ones given out in between are our own, which have written nothing.
///
/// Whether a transaction is in progress must be read from the locks: a snapshot does not list a running one that is
/// newer than every completed one. `nextval` takes no identifier, so sequences are read again besides. ANALYZE and
/// autovacuum do take some, so a counter that has moved only means that the log has to tell what was written, or that
/// the next round has to look again.
struct Stillness: Sendable, Equatable {
    /// The identifier that the next transaction was going to take.
    private var next: UInt64
    private var preparedTransactions: Int

    /// Looks until no transaction is in progress, for at most half a minute.
    ///
    /// - Parameters:
    ///   - deadline: gives up earlier, if this comes first.
    ///   - preparation: statements that come first, in the same round trip.
    ///   - prepared: is told their results.
    /// - Returns: `nil` if some transaction did not end, so that nothing can be proved.
    static func look(
        at source: Connection, until deadline: FenceDeadline = FenceDeadline(seconds: nil),
        after preparation: SQL? = nil, prepared: ([QueryResult]) -> Void = { _ in }
    ) throws(PostgresError) -> Stillness? {
        // The functions had other names before version 13.
        let prefix: SQL = source.majorVersion >= 13 ? "pg" : "txid"
        for attempt in 0..<600 {
            // Most transactions end within milliseconds.
            let nap: SQL = attempt <= 50 ? "0.005" : "0.06"
            let before: SQL = attempt > 0 ? "SELECT pg_catalog.pg_sleep(\(nap));" : preparation.map { "\($0);" } ?? ""
            // The locks first, and the snapshot in a transaction after that: a transaction that ends between the two
            // looks has moved the counter by then.
            let results = try source.execute(
                """
                \(before) BEGIN;
                SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted),
                       (SELECT count(*) FROM pg_catalog.pg_prepared_xacts);
                COMMIT;
                SELECT pg_catalog.\(prefix)_snapshot_xmax(s)::text,
                       pg_catalog.\(prefix)_snapshot_xmin(s) = pg_catalog.\(prefix)_snapshot_xmax(s)
                FROM pg_catalog.\(prefix)_current_snapshot() s
                """)
            let looks = Array(results.suffix(4))
            if attempt == 0 { prepared(results.dropLast(4)) }
            if looks.count == 4, let locks = looks[1].rows.first, let row = looks[3].rows.first, locks.isTrue(0),
                row.isTrue(1), let next = UInt64(row.text(0))
            {
                return Stillness(next: next, preparedTransactions: locks.integer(1) ?? 0)
            }
            guard !deadline.hasPassed else { return nil }
        }
        return nil
    }

    /// Whether this look proves that nothing was written since `earlier`.
    ///
    /// - Parameter own: transactions of ours, which were rolled back, or have committed nothing but a message in the
    ///   log.
    func proves(_ earlier: Stillness?, own: some Collection<UInt64> = []) -> Bool {
        guard let earlier, hasNothingPrepared(since: earlier) else { return false }
        let between = Set(own.filter { (earlier.next..<next).contains($0) })
        return UInt64(between.count) == next - earlier.next
    }

    /// Whether no transaction was prepared at both looks, in one life of the server.
    func hasNothingPrepared(since earlier: Stillness) -> Bool {
        preparedTransactions == 0 && earlier.preparedTransactions == 0 && next >= earlier.next
    }
}
