import JobContract
import PostgresClient

/// Finds the blocks in which two snapshots of a database can differ, in two steps.
///
/// The first takes the blocks that are not marked as visible to all transactions. While a snapshot is held, VACUUM
/// marks no block in which something has changed since: the block holds a row version that this snapshot sees
/// differently than later ones do. So the blocks without the mark, read after a new snapshot was taken, include every
/// block in which the two can differ (PostgreSQL manual, "Visibility Map"). The server's own index-only scans rely on
/// the same.
///
/// The second step leaves those out whose last change is older than every transaction that the older snapshot does not
/// see. Each change of a block is logged, and the block's header notes where (`pd_lsn`; PostgreSQL manual, "Database
/// Page Layout"). A transaction logs nothing that it does to rows before it takes its identifier. So a block whose note
/// is not later than a ``TransactionMark/logPosition`` from before all of these identifiers holds nothing of those
/// transactions. Changes of unlogged tables are noted nowhere, so all their blocks stay in. (With `wal_level = minimal`
/// some changes are not logged either, but only of files that the same transaction has made, and a table in a new file
/// is copied again.)
///
/// The second step is left out for tables with few rows to a block. While others use the server's cache, it is also
/// left out where it would fill half of that.
///
/// The functions that read both are of the extension `pageinspect`. They are made in a transaction that is rolled back,
/// so nothing of them stays at the source. That takes a superuser and uses up one transaction identifier.
struct ChangedBlocks {
    /// The functions have had this form since version 14, which is also the first that reads ranges of `ctid`.
    static let firstVersion = 14

    /// What was read of one table.
    struct Reading: Sendable {
        var blocks: Int
        var changed: BlockRanges
    }

    /// Whether the next round may succeed after an error: a table was dropped, moved, cut shorter or locked meanwhile.
    static func isTemporary(_ error: PostgresError) -> Bool {
        guard let state = error.state else { return false }
        return [.undefinedTable, .invalidParameterValue].contains(state)
            || ["3F000", "55P03", "40P01"].contains(state.rawValue)
    }

    /// Two bits for each block, the first of which says "visible to all"; 24 bytes of a page are its header.
    private static let bitsPerBlock = 2
    private static let headerBytes = 24

    /// With no more rows than this in a block, looking at them takes less time than reading the block's `pd_lsn`.
    private static let fewRows = 25

    /// - Parameters:
    ///   - tables: object identifiers.
    ///   - mark: from before every transaction that the older snapshot does not see; without one, the first step has to
    ///     do.
    ///   - limit: a statement that limits how long each of the others may take.
    ///   - sparesCache: whether others use the server's cache. Reading blocks for their `pd_lsn` fills it, which
    ///     reading a whole table does not.
    ///   - connection: a session in which ``RolledBackFunctions/begin(at:)`` was called.
    /// - Returns: a reading for each table that is still there.
    static func read(
        _ tables: [UInt32], since mark: TransactionMark?, limit: SQL, sparesCache: Bool, at connection: Connection
    ) throws -> [UInt32: Reading] {
        let results = try connection.execute(
            """
            \(limit);
            CREATE FUNCTION pg_temp.rehome_page(text, text, bigint) RETURNS bytea LANGUAGE c STRICT AS '$libdir/pageinspect', 'get_raw_page_fork_1_9';
            CREATE FUNCTION pg_temp.rehome_header(bytea, OUT lsn pg_lsn, OUT checksum smallint, OUT flags smallint, OUT lower smallint, OUT upper smallint,
                OUT special smallint, OUT pagesize smallint, OUT version smallint, OUT prune_xid xid) LANGUAGE c STRICT AS '$libdir/pageinspect', 'page_header';
            SELECT r.oid, r.blocks, p.page,
                   pg_catalog.encode(substr(pg_temp.rehome_page(r.name, 'vm', p.page), \(headerBytes + 1),
                       least((r.blocks - p.page * r.perpage + 3) / 4, r.perpage / 4)::int), 'hex'), r.dated, r.cache
            FROM (SELECT c.oid, pg_catalog.pg_relation_size(c.oid) / b.size AS blocks, pg_catalog.pg_relation_size(c.oid, 'vm') / b.size AS pages,
                         (b.size - \(headerBytes)) * \(8 / bitsPerBlock) AS perpage, \(name) AS name,
                         c.relpersistence = 'p' AND c.relam = \(SourceFiles.heap) AND (c.reltuples <= 0 OR c.reltuples > c.relpages * \(fewRows)) AS dated,
                         pg_catalog.pg_size_bytes(current_setting('shared_buffers')) / b.size AS cache
                  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
                       (SELECT current_setting('block_size')::bigint AS size) b
                  WHERE c.oid = ANY ('{\(list: tables.map { "\($0)" as SQL })}'::oid[]) OFFSET 0) r
            LEFT JOIN LATERAL generate_series(0, least(r.pages, (r.blocks + r.perpage - 1) / r.perpage) - 1) p (page) ON true ORDER BY r.oid, p.page
            """)
        guard results.count == 4 else {
            throw MigrationFailure(.internalError, "\(connection.place): the visibility map could not be read")
        }
        var readings: [UInt32: Reading] = [:]
        var unmarked: [UInt32: [Int]] = [:]
        for (table, rows) in Dictionary(grouping: results[3].rows, by: { UInt32($0.text(0)) ?? 0 }) {
            guard let first = rows.first, let blocks = first.integer(1) else {
                continue
            }
            let found = Self.unmarked(in: rows.flatMap { $0[3]?.bytes ?? [] }, blocks: blocks)
            readings[table] = Reading(blocks: blocks, changed: BlockRanges(of: found, total: blocks))
            let fits = !sparesCache || found.count <= (first.integer(5) ?? 0) / 2
            if first.isTrue(4), !found.isEmpty, fits { unmarked[table] = found }
        }
        if let mark, !unmarked.isEmpty, let changed = try changed(unmarked, since: mark, at: connection) {
            for table in unmarked.keys {
                guard let blocks = readings[table]?.blocks else { continue }
                readings[table]?.changed = BlockRanges(of: changed[table] ?? [], total: blocks)
            }
        }
        try connection.execute("ROLLBACK")
        return readings
    }

    /// The name of a relation as text that stands for an identifier.
    private static let name: SQL = "pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)"

    /// Those of some tables' blocks that were changed after a mark, in rising order.
    ///
    /// - Returns: `nil` if the blocks cannot be read, as when a table was dropped or cut shorter meanwhile. The first
    ///   step's blocks are right without this step.
    private static func changed(
        _ blocks: [UInt32: [Int]], since mark: TransactionMark, at connection: Connection
    ) throws(PostgresError) -> [UInt32: [Int]]? {
        var pieces: [(table: UInt32, blocks: Range<Int>)] = []
        for (table, blocks) in blocks.sorted(by: { $0.key < $1.key }) {
            for block in blocks {
                if let last = pieces.last, last.table == table, last.blocks.upperBound == block {
                    pieces[pieces.count - 1].blocks = last.blocks.lowerBound..<block + 1
                } else {
                    pieces.append((table, block..<block + 1))
                }
            }
        }
        // VACUUM may cut blocks off meanwhile that hold nothing any more.
        let query: SQL = """
            SELECT r.oid, b.block FROM (
                SELECT p.oid, p.first, least(p.past, pg_catalog.pg_relation_size(p.oid) / current_setting('block_size')::bigint) AS past, \(name) AS name
                FROM unnest('{\(list: pieces.map { "\($0.table)" as SQL })}'::oid[], '{\(list: pieces.map { "\($0.blocks.lowerBound)" as SQL })}'::bigint[],
                    '{\(list: pieces.map { "\($0.blocks.upperBound)" as SQL })}'::bigint[]) p (oid, first, past)
                JOIN pg_catalog.pg_class c ON c.oid = p.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace OFFSET 0) r,
                LATERAL generate_series(r.first, r.past - 1) b (block)
            WHERE (pg_temp.rehome_header(pg_temp.rehome_page(r.name, 'main', b.block))).lsn > \(literal: mark.logPosition)::pg_lsn ORDER BY r.oid, b.block
            """
        let rows: [QueryResult.Row]
        do { rows = try connection.query(query).rows } catch {
            guard error.kind == .statementFailed, error.state?.errorClass != "57" else { throw error }
            return nil
        }
        return Dictionary(grouping: rows) { UInt32($0.text(0)) ?? 0 }.mapValues { $0.compactMap { $0.integer(1) } }
    }

    /// Blocks whose bit is not set, or that the map does not reach.
    ///
    /// - Parameter map: bytes in hexadecimal, four blocks each, the lowest bits first (`visibilitymap.c`).
    static func unmarked(in map: [UInt8], blocks: Int) -> [Int] {
        var unmarked: [Int] = []
        for block in 0..<blocks {
            let place = block / 4 * 2
            guard place + 1 < map.count else {
                unmarked.append(block)
                continue
            }
            // A byte has four pairs of bits in two hexadecimal digits; the second digit holds the lower two.
            let digit = map[block % 4 < 2 ? place + 1 : place]
            let value = digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
            if value >> (block % 2 * bitsPerBlock) & 1 == 0 { unmarked.append(block) }
        }
        return unmarked
    }
}
