import Glibc
import Testing
import YAMLTree

@Suite struct ParsingTests {
    private func root(_ text: String) throws -> YAMLNode {
        try YAMLFile(parsing: text, name: "f.yaml").onlyDocument.root
    }

    private func error(_ text: String) -> String {
        do throws(YAMLError) {
            _ = try YAMLFile(parsing: text, name: "f.yaml")
            return "no error"
        } catch {
            return error.description
        }
    }

    // MARK: Places

    @Test func `a node remembers line, column and byte, past a byte order mark, wide characters and CRLF`() throws {
        let item = try #require(root("\u{FEFF}ä: ö\r\nb:\r\n  - x\r\n")[at: ["b", 0]])
        #expect(item.start.description == "f.yaml:3:5")
        #expect(item.start.offset == 19)
        #expect(item.end.offset == 20)
    }

    @Test func `a block collection ends where its last node does, comments after it left out`() throws {
        let root = try root("a:\n  b:\n  - 1\n  - 2\n\n# about c\nc: 3\n")
        #expect(root["a"]?.end.description == "f.yaml:4:6")
    }

    @Test(arguments: ["a:\nb: 1", "a: \nb: 1", "{a: , b: 1}", "{a, b: 1}", "? a\nb: 1", "a: # none\nb: 1"])
    func `a value that is not there stands right after its colon or key`(text: String) throws {
        let value = try #require(root(text)["a"])
        #expect(value.isNull)
        #expect(value.start == value.end)
        #expect(value.start.line == 1)
        let before = Array(text.utf8)[value.start.offset - 1]
        #expect(before == UInt8(ascii: ":") || before == UInt8(ascii: "a"))
    }

    @Test func `documents of a stream are told apart`() throws {
        let file = try YAMLFile(parsing: "a: 1\n---\n# nothing\n---\nb: 2\n...\n", name: "f.yaml")
        #expect(file.documents.map { $0.root.value() } == [["a": 1], nil, ["b": 2]])
        #expect(file.documents.map(\.start.line) == [1, 2, 4])
        #expect(throws: YAMLError.self) { try file.onlyDocument }
    }

    @Test func `an empty file has no document, and asking for the only one says so`() throws {
        let file = try YAMLFile(parsing: "# nothing\n", name: "f.yaml")
        #expect(file.documents.isEmpty)
        #expect(throws: YAMLError.self) { try file.onlyDocument }
    }

    // MARK: Reading

    @Test func `paths lead through mappings and lists, and to nothing where nothing is`() throws {
        let root = try root("spec:\n  envs:\n  - name: A\n")
        #expect(root[at: ["spec", "envs", 0, "name"]]?.string == "A")
        #expect(root[at: ["spec", "envs", 1]] == nil)
        #expect(root[at: ["spec", 0]] == nil)
        #expect(root[at: ["spec", "envs", "name"]] == nil)
    }

    @Test func `aliases are followed`() throws {
        let root = try root("base: &b {name: x}\nuse: *b\n")
        #expect(root[at: ["use", "name"]]?.string == "x")
        #expect(root["use"]?.isAlias == true)
        #expect(root["use"]?.start.line == 2)
    }

    @Test func `an anchor given twice means its latest node before the alias`() throws {
        let root = try root("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")
        #expect(root["b"]?.int == 1)
        #expect(root["d"]?.int == 2)
    }

    @Test func `merge keys are seen by look-ups, own keys first, then the sources in order`() throws {
        let root = try root("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nm:\n  <<: [*a, *b]\n  x: 0\n")
        let merged = try #require(root["m"])
        #expect(merged["x"]?.int == 0)
        #expect(merged["y"]?.int == 1)
        #expect(merged["z"]?.int == 2)
        #expect(merged.value() == ["x": 0, "y": 1, "z": 2])
    }

    @Test func `a quoted << is a key like any other`() throws {
        #expect(try root("'<<': {x: 1}")["x"] == nil)
    }

    // MARK: Refusals

    @Test func `a key given twice is an error at the second`() {
        #expect(
            error("a: 1\nb: 2\n\"a\": 3\n")
                == "f.yaml:3:1: the key 'a' is given twice; expected it once; it is first given in line 1")
    }

    @Test(arguments: [0, 1, 14, 15, 16, 17, 18, 50, 99])
    func `a key given twice is found among few and among many`(first: Int) throws {
        // Both ways to write an é: two keys, which only their bytes tell apart.
        let keys = ["\u{E9}", "e\u{301}"] + (2..<100).map { "k\($0)" }
        let text = keys.map { "\($0): 1\n" }.joined()
        #expect(try root(text).entries?.count == 100)
        #expect(
            error(text + "\(keys[first]): 2\n")
                == "f.yaml:101:1: the key '\(keys[first])' is given twice; "
                + "expected it once; it is first given in line \(first + 1)")
    }

    @Test(arguments: [
        ("a: b: c", "f.yaml:1:5: a ':' stands where no key can be; expected quotes"),
        (
            "a: [1,\nb: 2",
            "f.yaml:3:1: the brackets are not closed (parsing a flow sequence that begins at line 1, column 4)"
        ),
        ("a:\n\tb: 1", "f.yaml:2:1: a value cannot begin with this character; expected spaces, not tabs"),
        ("a: \"x", "f.yaml:1:6: the file ends in the middle of a value"),
        ("a:\n- b\nc", "f.yaml:3:1: the key has no ':'"),
        ("a: *no", "f.yaml:1:4: the alias *no refers to nothing; expected an anchor &no before it"),
        ("a: &a [*a]", "f.yaml:1:8: the alias *a stands inside the node that it refers to"),
        ("? [a]\n: b", "f.yaml:1:3: a list or a mapping stands as a key"),
        ("a: 1\n b: 2", "f.yaml:2:3: a ':' stands where no key can be"),
        ("a: x\u{0}y", "f.yaml:1:5: the control character U+0000"),
        ("é: \u{1B}[0m", "f.yaml:1:4: the control character U+001B"),
        ("a: \u{7F}", "f.yaml:1:4: the control character U+007F"),
    ])
    func `what is no YAML is refused with its place and what was expected`(text: String, message: String) {
        #expect(error(text).hasPrefix(message), "\(error(text))")
    }

    @Test(
        arguments: [
            ([0x61, 0x3A, 0x20, 0xC3], "f.yaml:1:4: byte 0xC3 is no UTF-8"),
            ([0x61, 0x3A, 0x20, 0x0A, 0x80], "f.yaml:2:1: byte 0x80 is no UTF-8"),
            ([0x61, 0x3A, 0x20, 0xED, 0xA0, 0x80], "f.yaml:1:4: byte 0xED is no UTF-8"),
            ([0xFF, 0xFE, 0x61, 0x00], "f.yaml:1:1: the file is UTF-16"),
        ] as [([UInt8], String)])
    func `bytes that are no UTF-8 are refused with their place`(bytes: [UInt8], message: String) {
        #expect {
            try YAMLFile(parsing: bytes, name: "f.yaml")
        } throws: { "\($0)".hasPrefix(message) }
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "a:\n "])
    func `nesting without end is refused, not followed`(piece: String) {
        let text =
            piece == "a:\n "
            ? (0..<1000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
            : String(repeating: piece, count: 100_000)
        #expect(throws: YAMLError.self) { try YAMLFile(parsing: text, name: "f.yaml") }
    }

    @Test func `aliases of aliases that multiply are refused where they pass the limit`() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        #expect(
            error(text).hasPrefix("f.yaml:5:5: aliases of aliases make more than 100000 nodes of this"),
            "\(error(text))")
        let merges = (1...60).map { "m\($0): &m\($0) {<<: [*m\($0 - 1), *m\($0 - 1)]}\n" }.joined()
        #expect(error("m0: &m0 {k: v}\n" + merges).contains("aliases of aliases make more than"))
    }

    @Test func `aliases that repeat a little are no trouble`() throws {
        let root = try root("a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]\n")
        #expect(root["c"]?.value() == [[[1, 2], [1, 2]], [[1, 2], [1, 2]]])
    }

    @Test(arguments: ["{x: *a%}", "[*a%]", "{<<: *a%}"])
    func `a chain of aliases counts as nesting`(link: String) {
        var text = "a0: &a0 {x: 1}\n"
        for level in 1...1_000 {
            text += "a\(level): &a\(level) \(link.replacing("%", with: "\(level - 1)"))\n"
        }
        #expect(
            error(text).hasPrefix("f.yaml:256:7: through aliases this is nested more than 256 levels deep"),
            "\(error(text))")
    }

    @Test func `nesting and aliases together are refused before anybody goes down them`() {
        var text = ""
        for level in 0..<100 {
            let inner = level == 0 ? "x" : "*a\(level - 1)"
            text +=
                "a\(level): &a\(level) " + String(repeating: "[", count: 200) + inner
                + String(repeating: "]", count: 200) + "\n"
        }
        #expect(error(text).hasPrefix("f.yaml:2:"), "\(error(text))")
    }

    @Test func `more nodes than any manifest has are refused at the first too many`() {
        #expect(
            error(String(repeating: "-\n", count: 1_100_000)).hasSuffix(
                "the file has more than 1000000 nodes; expected a file of its own for what is not concerned"))
    }

    @Test func `parsing time grows with the text, not with its square`() throws {
        // Processor time of this thread alone: other tests run beside this one.
        func time(_ count: Int) throws -> Double {
            let lines = (0..<count).map { "- {name: n\($0), text: \"größer\", list: [1, 2, 3]} # é\n" }
            let text = lines.joined()
            return try (0..<3).map { _ in
                let start = processorSeconds()
                _ = try YAMLFile(parsing: text, name: "f.yaml")
                return processorSeconds() - start
            }.min() ?? 0
        }
        func processorSeconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let small = try time(2000)
        let large = try time(20_000)
        // Ten times the text; a hundred times the time if it were quadratic.
        #expect(large < small * 40)
    }
}
