import Testing
import YAMLTree

@Suite struct ParsingTests {
    @Test func `a node remembers where it stood`() throws {
        let file = try YAMLFile(parsing: "\u{FEFF}ä: ö\r\nb:\r\n  - x\r\n", name: "f.yaml")
        let item = try #require(file.onlyDocument.root[at: ["b", 0]])
        #expect(item.start == YAMLPosition(file: "f.yaml", line: 3, column: 5, offset: 19))
        #expect(item.end.offset == 20)
    }
}
