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
    /// With more ranges than this, those that lie closest are read as one: each costs the server a plan.
    static let limit = 100

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

    /// How many blocks are read of a table.
    ///
    /// - Parameter total: how many blocks the table has.
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
