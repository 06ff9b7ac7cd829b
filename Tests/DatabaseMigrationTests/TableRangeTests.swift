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
}
