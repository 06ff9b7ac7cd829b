import TestSupport
import Testing
import YAMLTree

/// Texts that nobody means: each ends in a result or an error with a place.
@Suite struct HostileTextTests {
    private func edited(_ text: String, _ edits: YAMLEdit...) throws -> String {
        try YAMLFile(parsing: text, name: "cr.yaml").applying(edits).text
    }

    // MARK: Line breaks that few know

    @Test(arguments: ["\u{85}", "\u{2028}", "\u{2029}"])
    func `a comment ends where libyaml ends it, at line breaks of Unicode too`(lineBreak: String) throws {
        let text = "a: {# comment\(lineBreak)b: 1, c: 2}\nd: 3\n"
        #expect(try edited(text, .remove(["a", "b"])) == "a: {# comment\(lineBreak)c: 2}\nd: 3\n")
        #expect(try edited(text, .set(["a", "b"], 4)) == "a: {# comment\(lineBreak)b: 4, c: 2}\nd: 3\n")
        #expect(try edited("a: 1 # x\(lineBreak)b: 2\(lineBreak)c: 3", .remove(["b"])) == "a: 1 # x\(lineBreak)c: 3")
        #expect(try edited("a: 1\(lineBreak)", .set(["b"], 2)) == "a: 1\(lineBreak)b: 2\n")
    }

    // MARK: Keys and values that are hardly there

    @Test(arguments: [
        "?\n:a: 1\n", "a: 0?\n::", "? application\n:b: 1\n", "spec:\n  ? application\n  :b: 1\n", "?\n? :\n: :",
    ])
    func `a question mark without a value before a key that begins with a colon is no trap`(text: String) {
        everyEdit(of: text)
    }

    @Test(arguments: [
        [0x04, 0x61, 0x26, 0x30, 0x3F, 0x0A, 0x3A, 0x3A], [0x61, 0x3A, 0x20, 0x30, 0x3F, 0x0A, 0x3A, 0x3A],
    ])
    func `bytes that once were a trap are none`(bytes: [UInt8]) {
        everyEdit(of: String(decoding: bytes, as: UTF8.self))
    }

    /// Edits every node of a text in every way; whatever comes of each is fine.
    private func everyEdit(of text: String) {
        guard let file = try? YAMLFile(parsing: text, name: "f.yaml") else { return }
        for (index, document) in file.documents.enumerated() {
            for path in document.root.paths {
                let edits: [YAMLEdit] = [
                    .set(path, "x"), .set(path, ["k": [1]]), .set(path.appending("new"), "x"),
                    .set(path + ["a", "b"], 1),
                    .append(to: path, "x"), .append(to: path.appending("list"), ["k": "v"]), .insert("x", after: path),
                    .remove(path),
                ]
                for edit in edits { _ = try? file.applying([edit], toDocument: index) }
            }
        }
    }

    // MARK: Anything at all

    @Test(arguments: UInt64(0)..<16)
    func `whatever becomes of a text by accident, it is read and edited, or refused with a place`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            var document = RandomDocument(random: SeededGenerator(seed: random.next()))
            var bytes = Array(document.text().utf8)
            for _ in 0..<random.number(1...6) { mutate(&bytes, &random) }
            guard let file = try? YAMLFile(parsing: bytes, name: "f.yaml") else { continue }
            for index in file.documents.indices {
                let root = file.documents[index].root
                for node in root.nodes { _ = (node.value(), node.kind, node.isAmbiguous) }
                let edit = RandomEdit(random: SeededGenerator(seed: random.next())).edit(of: root)
                guard let edited = try? file.applying([edit], toDocument: index) else { continue }
                let again = edited.documents[index].root.value().yaml()
                #expect((try? YAMLFile(parsing: again, name: "again").onlyDocument.root.value()) != nil)
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let place = random.number(0...bytes.count)
        let end = min(bytes.count, place + random.number(0...8))
        switch random.number(0...3) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: bytes[place..<end], at: random.number(0...bytes.count))
        case 2:
            let piece = random.pick([
                "?", ":", "- ", "-", "{", "}", "[", "]", ",", "#", "&a ", "*a", "!t ", "!<x>", "|", ">+", "'", "\"",
                "\n",
                "\r", "\t", "  ", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}", "<<: ", "---\n", "...\n", "%", "é",
                "\u{301}",
            ])
            bytes.insert(contentsOf: piece.utf8, at: place)
        default:
            guard place < bytes.count else { return }
            bytes[place] = UInt8(random.number(0...255))
        }
    }
}

extension YAMLNode {
    /// This node and all below it.
    fileprivate var nodes: [YAMLNode] {
        switch content {
        case .sequence(let items, _): [self] + items.flatMap(\.nodes)
        case .mapping(let entries, _): [self] + entries.flatMap { [$0.key] + $0.value.nodes }
        case .scalar, .alias: [self]
        }
    }

    /// The paths that lead to a node.
    fileprivate var paths: [YAMLPath] {
        switch content {
        case .sequence(let items, _):
            [[]] + items.enumerated().flatMap { item in item.element.paths.map { [.index(item.offset)] + $0 } }
        case .mapping(let entries, _):
            [[]] + entries.flatMap { entry in entry.value.paths.map { [.key(entry.name)] + $0 } }
        case .scalar, .alias: [[]]
        }
    }
}
