import PostgresClient

/// Some of a table's rows: those that stand in a range of its blocks.
///
/// A row version that a snapshot sees stays where it is, so ranges of `ctid` cut a table without gap or overlap
/// (PostgreSQL manual, "System Columns"). A server reads such a range without the rest of the table since version 14.
struct TableRange: Codable, Hashable, Sendable {
    static let firstVersion = 14

    /// Number of the first block.
    var start: Int
    /// Number of the block after the last; `nil` for all that follow.
    var end: Int?

    /// A name in the state of a database that is loading.
    var label: String { "\(start)-\(end.map(String.init) ?? "")" }

    /// For a query's WHERE.
    var condition: SQL {
        let from: SQL = "ctid >= '(\(start),0)'::tid"
        return end.map { "\(from) AND ctid < '(\($0),0)'::tid" } ?? from
    }

    /// Bytes that are read at once where the snapshot may have to be renewed meanwhile. A source with a quarter of a CPU
    /// sends them in some two seconds, while three others are read beside them.
    static let pieceBytes = 8 * 1024 * 1024

    /// Cuts a table, or a range of it, into pieces that are read one after another.
    ///
    /// - Parameter range: `nil` for the whole table.
    /// - Returns: a single one if it is small.
    static func pieces(of table: TableContents, within range: TableRange?) -> [TableRange] {
        let (start, end) = (range?.start ?? 0, range?.end ?? table.blocks)
        let blocks = max(1, pieceBytes / max(1, table.bytes / max(1, table.blocks)))
        var pieces = stride(from: start, to: max(end, start + 1), by: blocks).map {
            TableRange(start: $0, end: min($0 + blocks, end))
        }
        // More may have been written since the blocks were counted.
        if range?.end == nil, let last = pieces.indices.last { pieces[last].end = nil }
        return pieces
    }

    /// Cuts a table into ranges of about as many bytes each.
    ///
    /// - Parameter limit: bytes with TOAST; a table below it stays whole.
    /// - Returns: nothing for a table that stays whole.
    static func cut(_ table: TableContents, limit: Int) -> [TableRange] {
        // A crash empties an unlogged table: ranges that an earlier attempt has copied would prove nothing.
        guard !table.isUnlogged, !table.isRoot, table.bytes >= limit else { return [] }
        let count = min((table.bytes + limit - 1) / limit + 1, table.blocks, 1000)
        guard count > 1 else { return [] }
        return (0..<count).map { number in
            TableRange(
                start: table.blocks * number / count,
                end: number == count - 1 ? nil : table.blocks * (number + 1) / count)
        }
    }
}

/// What the ranges of one table hashed to, added up, and how long they took.
struct TableSums: Sendable {
    /// What the source sent.
    var sent = TableHash()
    /// What the target holds.
    var found = TableHash()
    var copySeconds = 0.0
    var verifySeconds = 0.0
}
