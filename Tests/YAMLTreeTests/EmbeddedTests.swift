import Testing
import YAMLTree

/// YAML inside of YAML, as ConfigMaps hold it.
struct EmbeddedTests {
    private let path: YAMLPath = ["data", "plugins.yaml"]

    private func embedded(_ text: String, inDocument index: Int = 0) throws -> EmbeddedYAML {
        try #require(try EmbeddedYAML(at: path, inDocument: index, of: YAMLFile(parsing: text, name: "cm.yaml")))
    }

    @Test func `only the lines that must change do, comments and odd indentation kept`() throws {
        let text = """
            kind: ConfigMap
            data:
                other: x   # stays
                plugins.yaml: |
                   # the list
                   plugins:

                     - package: a   # first
                       dependencies:
                       - ref: sonataflow
                     -   package: b

            metadata: {name: plugins}

            """
        let edits: [YAMLEdit] = [
            .set(["plugins", 0, "dependencies"], [[:]]), .set(["plugins", 1, "dependencies"], [[:]]),
        ]
        let edited = try embedded(text).applying(edits)
        #expect(
            edited.file.text
                == text.replacing("           - ref: sonataflow", with: "           - {}").replacing(
                    "-   package: b\n", with: "-   package: b\n             dependencies:\n             - {}\n"),
            "\(edited.file.text)")
        #expect(try edited.inner.onlyDocument.root[at: ["plugins", 1, "dependencies"]]?.items?.count == 1)
    }

    @Test func `line endings of the outer file stay`() throws {
        let text = "---\r\nkind: Other\r\n---\r\ndata:\r\n  plugins.yaml: |-\r\n    a: 1\r\n    b: 2\r\nkind: ConfigMap"
        let edited = try embedded(text, inDocument: 1).applying([.set(["a"], 3)])
        #expect(edited.file.text == text.replacing("a: 1", with: "a: 3"))
    }

    @Test(arguments: ["'{\"a\": 1}'", "\"a: 1\\n\"", ">\n    a: 1\n", "|+\n    a: 1\n\n"])
    func `every style of scalar can hold it`(scalar: String) throws {
        let text = "data:\n  plugins.yaml: \(scalar)\n  z: 1\n"
        let edited = try embedded(text).applying([.set(["a"], 2)])
        #expect(try edited.inner.onlyDocument.root.value() == ["a": 2])
        let again = try embedded(edited.file.text)
        #expect(try again.inner.onlyDocument.root.value() == ["a": 2])
        #expect(edited.file.text.hasSuffix("\n  z: 1\n"))
    }

    @Test func `a second place in an error is the outer file's, too`() throws {
        let text = "kind: ConfigMap\ndata:\n  plugins.yaml: |\n    a: 1\n    b: 2\n    a: 3\n"
        let error = #expect(throws: YAMLError.self) { try embedded(text) }
        #expect(error?.position.line == 6)
        #expect(error?.expected == "it once; it is first given in line 4")
    }

    @Test func `errors tell the place in the outer file`() throws {
        let text = "data:\n  plugins.yaml: |\n      a: [1\n      b: 2\n"
        let error = #expect(throws: YAMLError.self) { try embedded(text) }
        #expect(error?.position.line == 4 || error?.position.line == 5, "\(String(describing: error))")
        let anchored = "data:\n  plugins.yaml: |\n      a: &x {k: 1}\n      b: *x\n"
        let refused = #expect(throws: YAMLError.self) { try embedded(anchored).applying([.set(["b", "k", "l"], 2)]) }
        #expect(refused?.position.description == "cm.yaml:3:17", "\(String(describing: refused))")
        let inner = try embedded(anchored)
        let node = try #require(try inner.inner.onlyDocument.root[at: ["a"]])
        #expect(inner.place(of: node.start).description == "cm.yaml:3:10")
    }

    @Test func `what is no scalar holds nothing`() throws {
        for text in ["data: {plugins.yaml: {a: 1}}\n", "data: {}\n", "a: 1\n"] {
            #expect(try EmbeddedYAML(at: path, inDocument: 0, of: YAMLFile(parsing: text, name: "x")) == nil)
        }
    }
}
