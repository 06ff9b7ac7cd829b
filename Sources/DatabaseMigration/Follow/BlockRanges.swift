import JobContract
import PostgresClient

/// Blocks of a table in which something may have changed.
enum BlockRanges: Sendable, Equatable {
    case all
    /// In order, without overlap; empty for a table in which nothing has changed.
    case some([Range<Int>])

    /// With more ranges than this, those that lie closest are read as one: a statement must stay small.
    static let limit = 1000

    /// - Parameter blocks: in rising order.
    init(of blocks: some Sequence<Int>, total: Int) {
        var ranges: [Range<Int>] = []
        for block in blocks {
            if let last = ranges.last, block == last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound..<block + 1
            } else {
                ranges.append(block..<block + 1)
            }
        }
        ranges = Self.merged(ranges)
        let read = ranges.reduce(0) { $0 + $1.count }
        self = read * 3 > total * 2 ? .all : .some(ranges)
    }

    /// Merges the ranges that lie closest until ``limit`` are left: the widest gaps stay.
    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        guard ranges.count > limit else { return ranges }
        let gaps = ranges.indices.dropFirst().map {
            (place: $0, blocks: ranges[$0].lowerBound - ranges[$0 - 1].upperBound)
        }
        let kept = Set(gaps.sorted { $0.blocks > $1.blocks }.prefix(limit - 1).map(\.place))
        return ranges.enumerated().reduce(into: []) { merged, next in
            if let last = merged.last, !kept.contains(next.offset) {
                merged[merged.count - 1] = last.lowerBound..<next.element.upperBound
            } else {
                merged.append(next.element)
            }
        }
    }

    var isEmpty: Bool { self == .some([]) }

    /// Those that lie in ranges of the table, which do not overlap, and no others.
    func within(_ parts: [TableRange]) -> BlockRanges {
        let parts = parts.map { $0.start..<max($0.start, $0.end ?? Self.end) }.sorted { $0.lowerBound < $1.lowerBound }
        let ranges =
            switch self {
            case .all: [0..<Self.end]
            case .some(let ranges): ranges
            }
        var common: [Range<Int>] = []
        for part in parts {
            for range in ranges where range.overlaps(part) {
                let shared = range.clamped(to: part)
                if let last = common.last, last.upperBound == shared.lowerBound {
                    common[common.count - 1] = last.lowerBound..<shared.upperBound
                } else {
                    common.append(shared)
                }
            }
        }
        return .some(common)
    }

    /// A block number that no table reaches (`MaxBlockNumber` in PostgreSQL's `block.h`).
    private static let end = Int(UInt32.max) - 1

    /// How many blocks are read of a table.
    ///
    /// - Parameter total: how many blocks the table has.
    func count(of total: Int) -> Int {
        switch self {
        case .all: total
        case .some(let ranges): ranges.reduce(0) { $0 + $1.count }
        }
    }

    /// A query that gives a number and the address of each row version in these blocks.
    ///
    /// The server reads a range of `ctid` without the rest of the table. It plans the inner query once and runs it for
    /// each range; OFFSET keeps it from making one join of both, which would read the whole table.
    ///
    /// - Parameter condition: on the table, as `t`.
    func addresses(_ number: Int, in table: RelationName, where condition: SQL) -> SQL {
        guard case .some(let ranges) = self else {
            return "SELECT \(number), t.ctid FROM ONLY \(table) t WHERE \(condition)"
        }
        func beginnings(_ blocks: [Int]) -> SQL {
            "'{\(list: blocks.map { "\"(\($0),0)\"" as SQL })}'::tid[]"
        }
        return """
            SELECT \(number), found.ctid FROM unnest(\(beginnings(ranges.map(\.lowerBound))), \(beginnings(ranges.map(\.upperBound)))) r (first, past),
                LATERAL (SELECT t.ctid FROM ONLY \(table) t WHERE t.ctid >= r.first AND t.ctid < r.past AND (\(condition)) OFFSET 0) found
            """
    }
}
