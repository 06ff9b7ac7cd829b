import SystemPackage
import TestSupport
import Testing

/// Every error and every warning about the input names the page that tells more.
struct ErrorPageTests {
    private let messages = "docs/troubleshooting.md#rehome"
    private let external = "docs/reference/config.md#spectargetexternal"

    private func errors(replacing part: String, with text: String, in name: String = "rehome.yaml") async throws
        -> [String]
    {
        try await withTemporaryFolder { folder in
            for file in ["backstage.yaml", "ca.pem", "rehome.yaml"] {
                var content = try Checkout.folder.appending("examples/external/\(file)").text()
                if file == name {
                    try #require(content.contains(part))
                    content = content.replacing(part, with: text)
                }
                try put(content, at: folder.appending(file))
            }
            let result = try await rehome("render", in: folder)
            #expect(result.code == 65, "\(result)")
            return Self.problems(result.errors)
        }
    }

    /// Each with the lines that belong to it.
    private static func problems(_ text: String, _ severity: String = "error") -> [String] {
        var problems: [String] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix(" "), let last = problems.popLast() {
                problems.append("\(last)\n\(line)")
            } else {
                problems.append(String(line))
            }
        }
        return problems.filter { $0.contains(": \(severity): ") }
    }

    @Test func `an error names the page of the section that it is about, or else the page of messages`() async throws {
        let cases: [(part: String, text: String, page: String)] = [
            ("host: portal.postgres.example.com", "host: no host!", external),
            ("hos", "hots", external),
            ("caFile: ca.pem", "caFile: other.pem", messages),
            ("file: backstage.yaml", "file: other.yaml", "docs/reference/config.md#specbackstage"),
            ("\"1.10\"", "\"1.7\"", "docs/reference/config.md#specbackstage"),
            ("    external:", "    crunchyPGO: {cluster: c}\n    external:", "docs/reference/config.md#spectarget"),
            ("  target:\n", "  target: {}\n  other:\n", "docs/reference/config.md#spectarget"),
            ("platform: kubernetes", "\tplatform: kubernetes", messages),
        ]
        for (part, text, page) in cases {
            let problems = try await errors(replacing: part, with: text)
            #expect(!problems.isEmpty && problems.allSatisfy { $0.contains("docs/") }, "\(part): \(problems)")
            #expect(problems.contains { $0.contains(page) }, "\(part): \(problems)")
        }
    }

    @Test(arguments: ["render", "check", "diff"]) func `a warning names its page, too`(command: String) async throws {
        try await withTemporaryFolder { folder in
            for file in ["backstage.yaml", "ca.pem", "rehome.yaml"] {
                try put(try Checkout.folder.appending("examples/external/\(file)").text(), at: folder.appending(file))
            }
            let result = try await rehome(command, in: folder)
            let warnings = Self.problems(result.errors, "warning")
            for page in ["docs/reference/config.md#specbackstage", messages] {
                #expect(warnings.contains { $0.hasSuffix("\n  See \(page)") }, "\(result)")
            }
            #expect(warnings.allSatisfy { $0.contains("\n  See docs/") }, "\(result)")
        }
    }

    @Test func `what --set gets wrong is told with its page`() async throws {
        for (assignment, page) in [
            ("external.host=a b", external), ("nokeyatall", messages),
            ("hots=x", "docs/reference/config.md#specsourceserver"),
        ] {
            let result = try await rehome(
                "init", "--from", "examples/external/backstage.yaml", "-f", "-", "--set", assignment)
            let problems = Self.problems(result.errors)
            #expect(result.code == 65 && !problems.isEmpty, "\(result)")
            #expect(
                problems.allSatisfy { $0.contains("See docs/") } && problems.contains { $0.contains(page) },
                "\(problems)")
        }
    }
}
