import JobContract
import PostgresClient

/// The blocks that the source's write-ahead log says have changed, in all databases.
///
/// Every change of a block of a permanent relation is logged, with its database, file and number (PostgreSQL manual,
/// "Reliability and the Write-Ahead Log"). A transaction logs nothing that it does to rows before it takes its
/// identifier. So the log names every block in which an older and a newer snapshot can differ, if it is read from a
/// ``TransactionMark/logPosition`` on that was taken before every transaction that the older one does not see.
///
/// It has to be read after the newer snapshot was taken, and up to what was logged by then. With asynchronous commit a
/// snapshot sees what the disk does not hold yet, and only what the disk holds can be read. So the Job first commits a
/// message in the log, with synchronous commit, which brings the disk up to that point.
///
/// One reading serves every database, and costs as much as was written. The function that reads the log is of the
/// extension `pg_walinspect`. It is made in a transaction that is rolled back, so nothing of it stays in any database.
/// That takes a superuser.
struct LoggedChanges: Sendable {
    /// The first version with `pg_walinspect`.
    static let firstVersion = 15

    /// Blocks by the number of their file, `pg_class.relfilenode`.
    typealias Blocks = [UInt32: Set<Int>]

    /// From where on the log was read.
    let since: TransactionMark
    /// By `pg_database.oid`; 0 for the catalogs that all databases share.
    private var databases: [UInt32: Blocks] = [:]
    /// Whether the Job's own message was read, which comes last.
    private var isWhole = false

    /// Whether no catalog has changed that all databases share.
    var areSharedCatalogsUnchanged: Bool { databases[0] == nil }

    /// The changes of one database.
    ///
    /// - Parameter mark: from before every transaction that the older snapshot does not see.
    /// - Returns: `nil` if the log was read from a later point on.
    func blocks(in database: UInt32, since mark: TransactionMark?) -> Blocks? {
        guard let mark, since.transaction <= mark.transaction else { return nil }
        return databases[database] ?? [:]
    }

    // MARK: Reading

    /// Whether the log could be read, and if not, whether it is worth another try.
    enum Outcome: Sendable {
        case read(LoggedChanges)
        /// Not this time: too much was logged, or the log tells too little.
        case unfit
        /// Not at this server.
        case impossible(String)
    }

    /// More bytes of the log than this are not read: looking into the databases is faster then.
    private static let mostBytes = 64 << 20

    /// Reads the log from the earliest mark on that is not too far back.
    ///
    /// - Parameters:
    ///   - marks: in the order in which they were taken.
    ///   - earlier: transactions of earlier readings, in which functions were made in this session's database.
    ///   - limit: a statement that limits how long others may take.
    ///   - source: a superuser's session with no transaction of its own. No event trigger may fire in its database.
    ///   - own: is told of each transaction that took an identifier. The first commits nothing but a message in the
    ///     log, and the second is rolled back.
    static func read(
        since marks: [TransactionMark], passingOver earlier: [UInt64], limit: SQL, at source: Connection,
        own: (UInt64) -> Void
    ) throws -> Outcome {
        guard !marks.isEmpty else { return .unfit }
        let distances = try source.execute(
            """
            BEGIN READ WRITE; SET LOCAL synchronous_commit = local;
            SELECT pg_catalog.pg_current_xact_id()::text, pg_catalog.pg_logical_emit_message(true, 'rehome', '');
            COMMIT; BEGIN;
            SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), p)::bigint
            FROM pg_catalog.unnest(\(array: marks.map(\.logPosition))::pg_lsn[]) WITH ORDINALITY m (p, place) ORDER BY place;
            COMMIT; \(RolledBackFunctions.beginning)
            """)
        guard distances.count == 9, let message = UInt64(distances[2].text), distances[5].rows.count == marks.count
        else {
            throw MigrationFailure(.internalError, "\(source.place): the log's position could not be read")
        }
        own(message)
        let reading = try RolledBackFunctions.transaction(distances[8], at: source)
        own(reading)
        guard
            let mark = zip(marks, distances[5].rows).first(where: { $1.integer(0) ?? .max <= Self.mostBytes })?.0
        else {
            try source.execute("ROLLBACK")
            return .unfit
        }
        var (changes, isUnderstood, isMade) = (LoggedChanges(since: mark), true, false)
        do {
            try source.send(
                "\(limit); \(creation); \(records(since: mark, upTo: message, passingOver: earlier + [reading])); ROLLBACK"
            )
            try CopyStream.readAll(at: source, onBegin: { isMade = true }) { line in
                if !changes.add(line) { isUnderstood = false }
            }
            return isUnderstood && changes.isWhole ? .read(changes) : .unfit
        } catch let error as PostgresError where error.kind == .statementFailed {
            try source.stopStatement()
            try source.execute("ROLLBACK")
            // The server may have removed the log since.
            guard !isMade else { return .unfit }
            // The library is not there, or has no such function, or this role may not use it: that does not pass.
            let isForGood = ["58", "42", "0A"].contains(error.state?.errorClass ?? "")
            return isForGood ? .impossible(error.message) : .unfit
        }
    }

    private init(since mark: TransactionMark) { since = mark }

    /// The function has had this form since version 15; later versions of the extension keep it for earlier ones.
    private static let creation: SQL = """
        CREATE FUNCTION pg_temp.rehome_log(pg_lsn, OUT start_lsn pg_lsn, OUT end_lsn pg_lsn, OUT prev_lsn pg_lsn, OUT xid xid, OUT resource_manager text,
            OUT record_type text, OUT record_length int, OUT main_data_length int, OUT fpi_length int, OUT description text, OUT block_ref text)
        RETURNS SETOF record LANGUAGE c STRICT AS '$libdir/pg_walinspect', 'pg_get_wal_records_info_till_end_of_wal'
        """

    /// Records of these resource managers tell of blocks of indexes and sequences only.
    private static let others: SQL = "'Btree', 'Hash', 'Gin', 'Gist', 'SPGist', 'BRIN', 'Sequence'"

    /// Reads a line for each record: what it says of blocks, or one word for the Job's own message. The line is empty,
    /// and so not understood, for a catalog that gets another file, since that record names no block (`relmapper.c`).
    private static func records(
        since mark: TransactionMark, upTo message: UInt64, passingOver own: [UInt64]
    ) -> SQL {
        let xids = own.filter { $0 != message }.map { "\(UInt32(truncatingIfNeeded: $0))" as SQL }
        return """
            COPY (SELECT CASE resource_manager WHEN 'RelMap' THEN '' WHEN 'LogicalMessage' THEN '\(ownMessage)' ELSE block_ref END
                  FROM pg_temp.rehome_log(\(literal: mark.logPosition)::pg_lsn)
                  WHERE resource_manager = 'RelMap' OR resource_manager = 'LogicalMessage' AND xid = '\(UInt32(truncatingIfNeeded: message))'::xid
                    OR block_ref <> '' AND NOT xid = ANY ('{\(list: xids)}'::xid[]) AND resource_manager NOT IN (\(others))
                    AND (resource_manager, record_type) NOT IN (\(harmless))) TO STDOUT
            """
    }

    /// Records that leave every row version as snapshots see it: hint bits, marks in the visibility map, counters that
    /// are changed in place in a row (`heap_inplace_update`), and VACUUM's. While the older snapshot is held, VACUUM
    /// removes and freezes only what looks the same to everybody. The names are those of versions 15 to 18.
    private static let harmless: SQL = """
        ('XLOG', 'FPI_FOR_HINT'), ('Heap', 'INPLACE'), ('Heap2', 'VISIBLE'), ('Heap2', 'VACUUM'), ('Heap2', 'FREEZE_PAGE'), ('Heap2', 'PRUNE'),
        ('Heap2', 'PRUNE_ON_ACCESS'), ('Heap2', 'PRUNE_VACUUM_SCAN'), ('Heap2', 'PRUNE_VACUUM_CLEANUP')
        """

    private static let ownMessage: SQL = "message"

    /// Takes up `blkref #0: rel 1663/5/16384 fork main blk 2 (FPW); hole: … blkref #1: …`: tablespace, database, file.
    ///
    /// - Returns: whether the line was understood.
    private mutating func add(_ line: UnsafeRawBufferPointer) -> Bool {
        let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        if words.count == 1, words[0].elementsEqual(Self.ownMessage.bytes) {
            isWhole = true
            return true
        }
        var (position, found) = (words.startIndex, 0)
        while position < words.endIndex {
            defer { position += 1 }
            guard words[position].elementsEqual("rel".utf8) else { continue }
            guard position + 5 < words.endIndex, words[position + 2].elementsEqual("fork".utf8),
                words[position + 4].elementsEqual("blk".utf8),
                let block = Int(String(decoding: words[position + 5], as: UTF8.self))
            else { return false }
            let relation = words[position + 1].split(separator: UInt8(ascii: "/")).map {
                UInt32(String(decoding: $0, as: UTF8.self))
            }
            guard relation.count == 3, let database = relation[1], let file = relation[2] else { return false }
            if words[position + 3].elementsEqual("main".utf8) {
                databases[database, default: [:]][file, default: []].insert(block)
            }
            found += 1
        }
        return found > 0
    }
}
