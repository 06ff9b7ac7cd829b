import MigrationSpec
import Testing
import YAMLTree

/// What `rehome init` writes.
struct DraftTests {
    private func draft(_ fixture: Fixture = Fixture(), target: ConfigDraft.Target) throws -> String {
        let backstage = try #require(try fixture.load().migration.backstage)
        return ConfigDraft(
            backstage: backstage, file: "backstage.yaml", target: target, orchestratorEvidence: nil, sawPlugins: true
        ).text
    }

    private func problems(_ text: String) throws -> [String] {
        ConfigFormat.problems(in: try YAMLFile(parsing: text, name: "draft").onlyDocument.root).map(\.message)
    }

    @Test(arguments: ConfigDraft.Target.allCases)
    func `a draft lacks only what a person must say`(target: ConfigDraft.Target) throws {
        let missing = try problems(try draft(target: target)).map {
            $0.split(separator: "'").first.map(String.init) ?? $0
        }
        let own = target == .external ? ["external.host", "external.tls.caFile"] : ["statefulSet.image", "statefulSet.tls"]
        let expected =
            own.map { "spec.target.\($0)" }
            + ["spec.credentials.existing.secretName", "spec.migration.image"]
        #expect(Set(missing) == Set(expected))
    }

    @Test(arguments: ConfigDraft.Target.allCases)
    func `every key stands in a draft, and taking its comment away makes it a key`(target: ConfigDraft.Target) throws {
        let names = Set(ConfigFormat.keys.map(\.declaration.name))
        let text = try draft(target: target).split(separator: "\n").map { line -> String in
            let content = line.drop { $0 == " " }
            guard content.hasPrefix("# "), let colon = content.firstIndex(of: ":") else { return String(line) }
            guard names.contains(String(content[..<colon].dropFirst(2))) else { return String(line) }
            return String(line.prefix(line.count - content.count) + content.dropFirst(2))
        }.joined(separator: "\n")
        let root = try YAMLFile(parsing: text, name: "draft").onlyDocument.root
        for key in ConfigFormat.keys {
            let path = YAMLPath(key.path.split(separator: ".").map { .key(String($0)) })
            let other = target == .external ? "statefulSet" : "external"
            let isOther =
                key.path.hasPrefix("spec.target.\(other)")
                || ["plain", "externalSecret", "sealedSecret", "sops"].contains { key.path.hasPrefix("spec.credentials.\($0)") }
            #expect((root[at: path] != nil) == !isOther, "\(key.path)")
        }
        let choices = [
            "expected exactly one of 'argocd', 'flux'",
            "expected exactly one of 'existing', 'externalSecret', 'sealedSecret', 'sops', 'plain'",
        ]
        #expect(
            try problems(text).allSatisfy { problem in
                problem.contains("is missing") || choices.contains { problem.hasSuffix($0) }
            })
    }

    @Test func `a filled-in draft renders`() throws {
        var fixture = Fixture()
        fixture.config = try draft(target: .external)
            .replacing("host:\n", with: "host: db.example.com\n").replacing("caFile:\n", with: "caFile: ca.pem\n")
            .replacing("secretName:\n", with: "secretName: s\n").replacing("image:\n", with: "image: i\n")
            .replacing("  namespace:\n", with: "  namespace: portal\n")
        #expect(fixture.errors == [])
    }
}
