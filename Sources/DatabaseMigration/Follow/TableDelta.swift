import JobContract
import PostgresClient

/// What has changed in one table between two snapshots.
struct TableDelta: Sendable {
    /// The table's place among those of its database.
    let table: Int
    /// Versions that only the older snapshot sees, by the place of the part that holds them.
    var gone: [Int: [TupleAddress]] = [:]
    /// Versions that only the newer snapshot sees.
    var new: [Int: [TupleAddress]] = [:]

    var goneCount: Int { gone.values.reduce(0) { $0 + $1.count } }
    var newCount: Int { new.values.reduce(0) { $0 + $1.count } }
}

/// Finds, at the source, what two snapshots of a database see differently.
///
/// If one snapshot sees a row version and the other does not, it was made or deleted by a transaction that had not
/// ended when the older one was taken. PostgreSQL notes in a version which transaction deleted it, and keeps the
/// version as long as the older snapshot is held. So deleted rows can still be read at the source, and no new row takes
/// their addresses.
struct ChangeSearch {
    /// A part that may have changed, and where.
    struct Place: Sendable {
        var table: Int
        var part: Int
        var relation: RelationName
        var blocks: BlockRanges
    }

    /// The result of a search.
    struct Found: Sendable {
        var deltas: [TableDelta] = []
        /// Tables of which so much has changed that they are copied again as a whole.
        var overflowing: Set<Int> = []
    }

    /// Sessions in transactions of the older and of the newer snapshot.
    let older: Connection
    let newer: Connection
    let snapshot: Snapshot
    /// A mark from before the older snapshot.
    let mark: TransactionMark?
    /// A table with more changed versions than this overflows.
    let limit: Int

    func run(_ places: [Place]) throws -> Found {
        guard !places.isEmpty else { return Found() }
        // Both sessions work at the same time.
        try older.send(Self.candidates(places, where: snapshot.goneSince(mark)))
        try newer.send(Self.candidates(places, where: snapshot.madeSince))
        var overflowing: Set<Int> = []
        var gone = try read(from: older, places, limit: limit, overflowing: &overflowing)
        var new = try read(from: newer, places, limit: limit, overflowing: &overflowing)
        for position in places.indices where overflowing.contains(places[position].table) {
            gone[position] = nil
            new[position] = nil
        }
        // Versions that both snapshots see were only locked, or made by a transaction that had just ended. They are
        // dropped.
        let (stillThere, wereThere) = (gone, new)
        if !stillThere.isEmpty { try newer.send(Self.visible(stillThere, places)) }
        if !wereThere.isEmpty { try older.send(Self.visible(wereThere, places)) }
        if !stillThere.isEmpty {
            try Self.remove(read(from: newer, places, limit: .max, overflowing: &overflowing), from: &gone)
        }
        if !wereThere.isEmpty {
            try Self.remove(read(from: older, places, limit: .max, overflowing: &overflowing), from: &new)
        }
        var deltas: [Int: TableDelta] = [:]
        for (position, addresses) in gone where !addresses.isEmpty {
            deltas[places[position].table, default: TableDelta(table: places[position].table)].gone[
                places[position].part] =
                addresses
        }
        for (position, addresses) in new where !addresses.isEmpty {
            deltas[places[position].table, default: TableDelta(table: places[position].table)].new[
                places[position].part] =
                addresses
        }
        return Found(deltas: deltas.values.sorted { $0.table < $1.table }, overflowing: overflowing)
    }

    private static func candidates(_ places: [Place], where condition: SQL) -> SQL {
        let locks = stride(from: 0, to: places.count, by: perStatement).map { start in
            ReadLock.statements(for: places[start..<min(start + perStatement, places.count)].map(\.relation))
        }
        return locks.joined(separator: "")
            + copy(
                places.enumerated().map { number, place in
                    place.blocks.addresses(number, in: place.relation, where: condition)
                })
    }

    private static func visible(_ addresses: [Int: [TupleAddress]], _ places: [Place]) -> SQL {
        copy(
            addresses.sorted { $0.key < $1.key }.flatMap { number, addresses in
                TupleAddress.pieces(addresses).map {
                    "SELECT \(number), t.ctid FROM ONLY \(places[number].relation) t WHERE t.ctid = ANY (\(TupleAddress.array($0)))"
                        as SQL
                }
            })
    }

    /// Queries per statement: the server plans them one after another, and a database may have 20,000 tables.
    private static let perStatement = 200

    private static func copy(_ queries: [SQL]) -> SQL {
        stride(from: 0, to: queries.count, by: perStatement).map { start in
            "COPY (\(queries[start..<min(start + perStatement, queries.count)].joined(separator: " UNION ALL "))) TO STDOUT"
                as SQL
        }.joined(separator: "; ")
    }

    private static func remove(_ seen: [Int: [TupleAddress]], from addresses: inout [Int: [TupleAddress]]) {
        for (position, seen) in seen {
            let seen = Set(seen)
            addresses[position]?.removeAll(where: seen.contains)
        }
    }

    /// Reads pairs of a position in `places` and an address.
    ///
    /// - Parameter limit: addresses of one table beyond which the table counts as overflowing.
    private func read(from connection: Connection, _ places: [Place], limit: Int, overflowing: inout Set<Int>) throws
        -> [Int: [TupleAddress]]
    {
        var found: [Int: [TupleAddress]] = [:]
        var counts: [Int: Int] = [:]
        var over: Set<Int> = []
        var isUnderstood = true
        try CopyStream.readAll(at: connection) { line in
            guard let (position, address) = Self.parse(line), places.indices.contains(position) else {
                isUnderstood = false
                return
            }
            let table = places[position].table
            counts[table, default: 0] += 1
            if counts[table, default: 0] > limit {
                over.insert(table)
            } else {
                found[position, default: []].append(address)
            }
        }
        guard isUnderstood else {
            throw MigrationFailure(
                .internalError, "\(connection.place): the search for changes answered what it was not asked")
        }
        overflowing.formUnion(over)
        return found
    }

    /// `number`, a tab, `(block,place)`, a newline.
    private static func parse(_ line: UnsafeRawBufferPointer) -> (place: Int, address: TupleAddress)? {
        guard let tab = line.firstIndex(of: UInt8(ascii: "\t")), line.last == UInt8(ascii: "\n"),
            let position = Int(String(decoding: line[..<tab], as: UTF8.self)),
            let address = TupleAddress(UnsafeRawBufferPointer(rebasing: line[(tab + 1)..<(line.count - 1)]))
        else { return nil }
        return (position, address)
    }
}
