import JobContract
import PostgresClient

/// Blocks of a table in which something may have changed.
enum BlockRanges: Sendable, Equatable {
    case all
    /// In order, without overlap; empty for a table in which nothing has changed.
    case some([Range<Int>])

    /// Two ranges with at most this many blocks between them are read as one: the blocks cost a query less than another
    /// range.
    private static let gap = 8
    /// With more ranges than this the whole table is read.
    private static let limit = 100

    /// - Parameter blocks: in rising order.
    init(of blocks: some Sequence<Int>, total: Int) {
        var ranges: [Range<Int>] = []
        for block in blocks {
            if let last = ranges.last, block - last.upperBound <= Self.gap {
                ranges[ranges.count - 1] = last.lowerBound..<block + 1
            } else {
                ranges.append(block..<block + 1)
            }
        }
        let read = ranges.reduce(0) { $0 + $1.count }
        self = ranges.count > Self.limit || read * 3 > total * 2 ? .all : .some(ranges)
    }

    var isEmpty: Bool { self == .some([]) }

    /// How many blocks are read of a table that has as many.
    func count(of total: Int) -> Int {
        switch self {
        case .all: total
        case .some(let ranges): ranges.reduce(0) { $0 + $1.count }
        }
    }

    /// For a WHERE, one condition for each query: the server reads a range of `ctid` without the rest of the table.
    var conditions: [SQL] {
        switch self {
        case .all: ["true"]
        case .some(let ranges):
            ranges.map { "t.ctid >= '(\($0.lowerBound),0)'::tid AND t.ctid < '(\($0.upperBound),0)'::tid" }
        }
    }
}

/// Reads which blocks of a table are not marked as visible to all transactions.
///
/// While a snapshot is held, VACUUM marks no block as visible to all in which something has changed since: the block
/// holds a row version that this snapshot sees differently than later ones do. So the blocks without the mark, read
/// after a new snapshot was taken, include every block in which the two can differ (PostgreSQL manual, 73.4; the
/// server's own index-only scans rely on the same).
///
/// The function that reads the map is of the extension `pageinspect`. It is made in a transaction that is rolled back,
/// so nothing of it stays at the source. That takes a superuser and uses up one transaction identifier.
struct VisibilityMap {
    /// The function has had this form since version 14, which is also the first that reads ranges of `ctid`.
    static let firstVersion = 14

    /// What was read of one table.
    struct Reading: Sendable {
        var file: UInt32
        var blocks: Int
        var changed: BlockRanges
    }

    /// Two bits for each block, the first of which says "visible to all"; 24 bytes of a page are its header.
    private static let bitsPerBlock = 2
    private static let headerBytes = 24

    /// - Parameters:
    ///   - tables: object identifiers.
    ///   - connection: a session in the database with no transaction of its own.
    /// - Returns: a reading for each table that is still there, and the transaction that was used up.
    static func read(_ tables: [UInt32], at connection: Connection) throws -> (
        readings: [UInt32: Reading], transaction: UInt64
    ) {
        let results = try connection.execute(
            """
            BEGIN READ WRITE;
            CREATE FUNCTION pg_temp.rehome_page(text, text, bigint) RETURNS bytea LANGUAGE c STRICT AS '$libdir/pageinspect', 'get_raw_page_fork_1_9';
            SELECT pg_catalog.pg_current_xact_id()::text;
            SELECT r.oid, pg_catalog.pg_relation_filenode(r.oid), r.blocks, p.page,
                   pg_catalog.encode(substr(pg_temp.rehome_page(r.name, 'vm', p.page), \(headerBytes + 1),
                       least((r.blocks - p.page * r.perpage + 3) / 4, r.perpage / 4)::int), 'hex')
            FROM (SELECT c.oid, pg_catalog.pg_relation_size(c.oid) / b.size AS blocks, pg_catalog.pg_relation_size(c.oid, 'vm') / b.size AS pages,
                         (b.size - \(headerBytes)) * \(8 / bitsPerBlock) AS perpage,
                         pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
                  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
                       (SELECT current_setting('block_size')::bigint AS size) b
                  WHERE c.oid = ANY ('{\(list: tables.map { "\($0)" as SQL })}'::oid[]) OFFSET 0) r
            LEFT JOIN LATERAL generate_series(0, least(r.pages, (r.blocks + r.perpage - 1) / r.perpage) - 1) p (page) ON true ORDER BY r.oid, p.page;
            ROLLBACK
            """)
        guard results.count == 5, let transaction = UInt64(results[2].text) else {
            throw MigrationFailure(.internalError, "\(connection.place): the visibility map could not be read")
        }
        var readings: [UInt32: Reading] = [:]
        for (table, rows) in Dictionary(grouping: results[3].rows, by: { UInt32($0.text(0)) ?? 0 }) {
            guard let first = rows.first, let file = UInt32(first.text(1)), let blocks = first.integer(2) else {
                continue
            }
            let map = rows.flatMap { $0[4]?.bytes ?? [] }
            readings[table] = Reading(
                file: file, blocks: blocks, changed: BlockRanges(of: unmarked(in: map, blocks: blocks), total: blocks))
        }
        return (readings, transaction)
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
