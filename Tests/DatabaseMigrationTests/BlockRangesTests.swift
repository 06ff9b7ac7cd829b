import Testing

@testable import DatabaseMigration

@Suite struct BlockRangesTests {
    private func ranges(_ blocks: [Int], of total: Int) -> [Range<Int>]? {
        if case .some(let ranges) = BlockRanges(of: blocks, total: total) { ranges } else { nil }
    }

    @Test func `blocks that follow each other are read as one range`() {
        #expect(ranges([], of: 10) == [])
        #expect(ranges([3, 4, 5, 13, 30], of: 1000) == [3..<6, 13..<14, 30..<31])
    }

    @Test func `where most blocks have changed, the table is read as a whole`() {
        #expect(ranges(Array(0..<70), of: 100) == nil)
        #expect(ranges(Array(0..<60), of: 100) == [0..<60])
    }

    @Test func `many ranges become as many as are allowed, and hold every block`() throws {
        let blocks = (0..<3000).map { $0 * 100 + $0 * $0 % 37 }
        let found = try #require(ranges(blocks, of: 10_000_000))
        #expect(found.count == BlockRanges.limit)
        #expect(blocks.allSatisfy { block in found.contains { $0.contains(block) } })
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    }

    @Test func `the widest gaps stay`() throws {
        let blocks = (0..<3000).map { $0 * 20 } + [1_000_000, 2_000_000]
        let found = try #require(ranges(blocks, of: 10_000_000))
        #expect(found.suffix(2) == [1_000_000..<1_000_001, 2_000_000..<2_000_001])
    }

    @Test func `of a table that is partly read, no block of the rest is looked at`() {
        let read = [TableRange(start: 100, end: 200), TableRange(start: 0, end: 50), TableRange(start: 200, end: 210)]
        #expect(BlockRanges.all.within(read) == .some([0..<50, 100..<210]))
        #expect(
            BlockRanges.some([10..<20, 40..<120, 205..<300]).within(read)
                == .some([10..<20, 40..<50, 100..<120, 205..<210]))
        #expect(BlockRanges.some([60..<90]).within(read).isEmpty)
        #expect(
            BlockRanges.some([5..<9, 900..<1000]).within([TableRange(start: 500, end: nil)]) == .some([900..<1000]))
        #expect(BlockRanges.all.within([]).isEmpty)
    }
}
