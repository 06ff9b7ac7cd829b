import PostgresClient
import Testing

@testable import DatabaseMigration

@Suite struct TableRangeTests {
    private func table(bytes: Int, blocks: Int, isUnlogged: Bool = false) -> TableContents {
        TableContents(
            name: RelationName(schema: "public", name: "search"), isRoot: false, columns: ["a"], generatedColumns: [],
            bytes: bytes, blocks: blocks,
            isUnlogged: isUnlogged, standsAlone: true)
    }

    @Test(arguments: [(100, 7), (1000, 100), (1001, 3), (12_345, 1234), (1_000_000, 1_000_000)])
    func `ranges follow each other from the first block on, and the last is open`(bytes: Int, blocks: Int) {
        let ranges = TableRange.cut(table(bytes: bytes, blocks: blocks), limit: 100)
        #expect(ranges.count > 1 && ranges.count <= min(blocks, 1000))
        #expect(ranges.first?.start == 0 && ranges.last?.end == nil)
        for (range, next) in zip(ranges, ranges.dropFirst()) {
            #expect(range.end == next.start && range.start < next.start)
        }
    }

    @Test func `small tables, those of one block and unlogged ones stay whole`() {
        #expect(TableRange.cut(table(bytes: 99, blocks: 10), limit: 100).isEmpty)
        #expect(TableRange.cut(table(bytes: 1000, blocks: 1), limit: 100).isEmpty)
        #expect(TableRange.cut(table(bytes: 1000, blocks: 10, isUnlogged: true), limit: 100).isEmpty)
    }

    @Test(arguments: [
        nil, TableRange(start: 0, end: 5000), TableRange(start: 3000, end: 9000), TableRange(start: 3000, end: nil),
        TableRange(start: 5, end: 6),
    ])
    func `pieces cover a table or a range of it once`(range: TableRange?) {
        let pieces = TableRange.pieces(of: table(bytes: 10_000 * 8192, blocks: 10_000), within: range)
        #expect(pieces.first?.start == range?.start ?? 0 && pieces.last?.end == range?.end)
        for (piece, next) in zip(pieces, pieces.dropFirst()) {
            #expect(piece.end == next.start && piece.start < next.start)
        }
        #expect(pieces.allSatisfy { ($0.end ?? 10_000) - $0.start <= TableRange.pieceBytes / 8192 })
    }

    @Test func `small tables, and those without blocks, are one piece`() {
        for (bytes, blocks) in [(0, 0), (0, 5), (8192, 1), (8_000_000, 970)] {
            #expect(
                TableRange.pieces(of: table(bytes: bytes, blocks: blocks), within: nil)
                    == [TableRange(start: 0, end: nil)])
        }
    }
}
