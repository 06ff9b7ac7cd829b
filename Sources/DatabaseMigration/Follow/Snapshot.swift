import JobContract
import PostgresClient

/// What one transaction of the source sees, as far as it decides which row versions may be younger.
struct Snapshot: Sendable, Equatable {
    /// Every transaction with a lower identifier had ended when the snapshot was taken (`pg_snapshot_xmin`).
    let oldest: UInt64
    /// No transaction with this identifier or a higher one had begun (`pg_snapshot_xmax`).
    let next: UInt64

    /// - Parameter text: as `pg_current_snapshot()` writes it: `xmin:xmax:list`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let oldest = UInt64(parts[0]), let next = UInt64(parts[1]) else { return nil }
        (self.oldest, self.next) = (oldest, next)
    }

    /// The query that reads it. The function had another name before version 13.
    static func query(version: Int) -> SQL {
        version >= 13
            ? "SELECT pg_catalog.pg_current_snapshot()::text" : "SELECT pg_catalog.txid_current_snapshot()::text"
    }

    /// The oldest transaction as an `xid` holds it: modulo 2^32.
    var horizon: UInt32 { UInt32(truncatingIfNeeded: oldest) }

    /// For a WHERE: whether a row version was made by a transaction that this snapshot need not see.
    ///
    /// It is true of every version that the snapshot does not see and a later one does, since the transaction that made
    /// the version had not ended. `age` counts from the same point throughout a transaction, so the border is computed
    /// once. A version that was frozen since may look young after 2^31 transactions; it is then looked at for nothing.
    var madeSince: SQL { "age(t.xmin) <= (SELECT age('\(horizon)'::xid))" }

    /// For a WHERE: whether a row version that this snapshot sees may have been deleted or replaced since.
    ///
    /// - Parameter mark: taken before the snapshot; without one, every version that was ever locked counts.
    func goneSince(_ mark: TransactionMark?) -> SQL {
        guard let mark else { return "t.xmax <> 0" }
        // Where several transactions have locked a version, xmax is the number of a list of them. A list that names a
        // transaction from after the mark was made after it too (PostgreSQL's README.tuplock). The counter may move
        // between the two calls, so the border is 10,000 lists further back.
        return """
            t.xmax <> 0 AND (age(t.xmax) <= (SELECT age('\(horizon)'::xid)) \
            OR mxid_age(t.xmax) BETWEEN 1 AND mxid_age('\(mark.nextMultixact)'::xid) + 10000)
            """
    }
}

/// A moment at the source by which transactions are told apart. A transaction that took its identifier after the mark
/// has also made its multixacts, and changed blocks, after the mark.
struct TransactionMark: Sendable {
    /// The number that the next list of lockers ("multixact") was going to get.
    let nextMultixact: UInt32
    /// Where the next change was going to be written in the log, as a `pg_lsn`.
    let logPosition: ByteText
    /// A transaction that began after both were read.
    let transaction: UInt64

    /// Takes a mark. It uses up one transaction identifier.
    static func take(at source: Connection) throws(PostgresError) -> TransactionMark? {
        try TransactionMark(source.execute(taking(version: source.majorVersion)))
    }

    /// The statements that take a mark.
    static func taking(version: Int) -> SQL {
        let identifier: SQL =
            version >= 13 ? "pg_catalog.pg_current_xact_id()::text" : "pg_catalog.txid_current()::text"
        // In this order: the identifier must be younger than the others.
        return
            "BEGIN READ WRITE; SELECT mxid_age('1'::xid), pg_catalog.pg_current_wal_insert_lsn(); SELECT \(identifier); ROLLBACK"
    }

    /// - Parameter results: of ``taking(version:)``.
    init?(_ results: [QueryResult]) {
        guard results.count == 4, let row = results[1].rows.first, let age = row.integer(0), let position = row[1],
            let transaction = UInt64(results[2].text)
        else { return nil }
        nextMultixact = UInt32(bitPattern: Int32(truncatingIfNeeded: age)) &+ 1
        (logPosition, self.transaction) = (position, transaction)
    }

    /// The latest of several marks that was taken before every transaction that `snapshot` does not see.
    static func latest(of marks: [TransactionMark], before snapshot: Snapshot) -> TransactionMark? {
        marks.last { $0.transaction < snapshot.oldest }
    }
}

extension Connection {
    /// Begins a transaction that reads by a snapshot which another session has exported.
    ///
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/retry`` if that session has ended.
    func begin(bySnapshot name: String) throws {
        do {
            try execute(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT \(literal: name)")
        } catch {
            guard error.state == .undefinedObject || error.state == .invalidParameterValue else { throw error }
            throw MigrationFailure(
                .retry, "\(place): the session that holds the database's snapshot is gone: \(error.message)",
                advice: "It was terminated, or its connection broke. The next attempt takes a new snapshot.")
        }
    }
}
