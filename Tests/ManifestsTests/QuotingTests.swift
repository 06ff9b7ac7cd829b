import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

@testable import Manifests

/// Whatever goes into another language comes out of that language's own reader as it went in.
struct QuotingTests {
    static let hostile = [
        "plain", "", " ", "a b", "a'b", "'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "a\"b", "a\\b", "a\nb",
        "${PATH}",
        "{{ .x }}", "a{{`b", "--flag", "*", "a|b", "a;b", "a#b", "ä'\u{301}", "'\u{301}x", "{\u{301}{{", "\u{202E}x",
        "a\tb", "é&c=d", "%41",
    ]

    @Test(arguments: hostile) func `a word of a shell is one word`(text: String) async throws {
        let line: ShellLine = "printf '%s' x\(text)y"
        let result = try await run(
            .path("/bin/sh"), arguments: ["-c", line.description], output: .bytes(limit: 1 << 16),
            error: .string(limit: 1 << 16))
        #expect(result.standardOutput == Array("x\(text)y".utf8), "\(line)")
        let alone: ShellLine = "printf '<%s>' \(words: [text, text])"
        let two = try await run(
            .path("/bin/sh"), arguments: ["-c", alone.description], output: .bytes(limit: 1 << 16), error: .discarded)
        #expect(two.standardOutput == Array("<\(text)><\(text)>".utf8))
    }

    /// CEL's escapes are among Python's.
    @Test(arguments: hostile) func `a string of CEL is that string`(text: String) async throws {
        let result = try await python(
            "import ast,sys; sys.stdout.write(ast.literal_eval(sys.argv[1]))", CELString(text).description)
        #expect(result == Array(text.utf8))
    }

    @Test(arguments: hostile) func `a schema in a URL is that schema`(text: String) async throws {
        let url = JDBCURL(host: "h", port: 5432, database: "d", schema: text, isEncrypted: true).description
        let script =
            "import sys,urllib.parse as u; q=u.parse_qsl(u.urlsplit(sys.argv[1][5:]).query, keep_blank_values=True); sys.stdout.write(repr(q[1:])+'\\n'+q[0][1])"
        #expect(try await python(script, url) == Array("[('sslmode', 'require')]\n\(text)".utf8))
    }

    private func python(_ script: String, _ argument: String) async throws -> [UInt8] {
        try await run(
            .path("/usr/bin/python3"), arguments: ["-X", "utf8", "-c", script, argument],
            output: .bytes(limit: 1 << 16),
            error: .string(limit: 1 << 16)
        ).standardOutput
    }

    @Test(arguments: hostile) func `a code span shows the text, on one line, and in one cell`(text: String) {
        guard !text.isEmpty else { return }
        let row = Markdown.table(["a", "b"], [[Markdown.code(text), "end"]]).split(separator: "\n")
        #expect(row.count == 3)
        let spans = RunbookCommands.spans(of: row.last ?? "")
        #expect(spans.count == 1)
        let isShown = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E }
        if isShown { #expect(spans.first.map { $0.trimmed } == text.trimmed) }
        #expect((row.last ?? "").replacing("\\|", with: "").count { $0 == "|" } == 3)
    }

    @Test(arguments: hostile) func `a label of Mermaid holds nothing that Mermaid or HTML obeys`(text: String) {
        let label = MermaidLabel(text, "x").description
        let inside = label.dropFirst().dropLast().replacing("<br>", with: "")
        #expect(
            label.hasPrefix("\"") && label.hasSuffix("\"") && !inside.contains { "\"<>&`{}[]\n".contains($0) },
            "\(label)")
    }

    @Test(arguments: hostile) func `text in a template of Go comes out as it went in`(text: String) async throws {
        guard !text.isEmpty, !text.contains("\u{202E}") else { return }
        guard
            (try? await run(.name("kubectl"), arguments: ["version", "--client"], output: .discarded))?
                .terminationStatus.isSuccess == true
        else { try Test.cancel("kubectl is not installed") }
        try await withTemporaryFolder { folder in
            try folder.appending("cm.yaml").write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
            let result = try await run(
                .name("kubectl"),
                arguments: [
                    "label", "--local", "-f", folder.appending("cm.yaml").string, "a=b", "-o",
                    "go-template=\(GoTemplateText.escaped(text))",
                ],
                output: .bytes(limit: 1 << 16), error: .string(limit: 1 << 16))
            #expect(result.standardOutput == Array(text.utf8), "\(result.standardError)")
        }
    }

    @Test func `what Flux would replace is marked as meant, wherever it stands`() {
        let object: YAMLValue = ["kind": "Job", "metadata": ["name": "x"], "spec": ["a": [["b": "x ${\u{301}Y}"]]]]
        #expect(
            FluxSubstitution.disabled(in: object)["metadata"]?["annotations"] == [
                .init(stringLiteral: FluxSubstitution.annotation): "disabled"
            ])
        let plain: YAMLValue = ["metadata": ["name": "$x {y}"]]
        #expect(FluxSubstitution.disabled(in: plain) == plain)
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
