import MigrationSpec
import SystemPackage
import Testing
import YAMLTree

/// What `rehome init` writes.
struct DraftTests {
    private func draft(
        _ fixture: Fixture = Fixture(), target: ConfigDraft.Target, isFull: Bool = false
    ) throws -> String {
        let draft = try config(fixture, target: target)
        return isFull ? draft.fullText : draft.text
    }

    private func config(_ fixture: Fixture = Fixture(), target: ConfigDraft.Target) throws -> ConfigDraft {
        let instance = try InstanceReader(files: fixture.input).read(
            "backstage.yaml", name: nil, plugins: nil, appConfigs: [])
        return ConfigDraft(instance, files: ConfigDraft.FileNames(backstage: "backstage.yaml"), target: target)
    }

    private func root(_ text: String) throws -> YAMLNode {
        try YAMLFile(parsing: text, name: "draft").onlyDocument.root
    }

    private func problems(_ text: String) throws -> [String] {
        ConfigFormat.problems(in: try YAMLFile(parsing: text, name: "draft").onlyDocument.root).map(\.message)
    }

    @Test(arguments: ConfigDraft.Target.allCases, [true, false])
    func `a draft lacks only what a person must say`(target: ConfigDraft.Target, isFull: Bool) throws {
        let missing = try problems(try draft(target: target, isFull: isFull)).map {
            $0.split(separator: "'").first.map(String.init) ?? $0
        }
        let own: [String] =
            switch target {
            case .statefulSet: ["statefulSet.image", "statefulSet.tls"]
            case .cloudNativePG: []
            case .crunchyPGO: ["crunchyPGO.cluster"]
            case .zalando: ["zalando.cluster", "zalando.tls.caFile"]
            case .external: ["external.host", "external.tls.caFile"]
            }
        let isOperated = target == .crunchyPGO || target == .zalando
        let expected =
            own.map { "spec.target.\($0)" }
            + [
                isOperated ? "spec.credentials.operatorSecret.user" : "spec.credentials.existing.secretName",
                "spec.migration.image",
            ]
            + (target == .cloudNativePG || isOperated ? [] : ["spec.adminCredentials.existing.secretName"])
        #expect(Set(missing) == Set(expected))
    }

    @Test(arguments: ConfigDraft.Target.allCases)
    func `every key stands in a draft, and taking its comment away makes it a key`(target: ConfigDraft.Target) throws {
        let names = Set(ConfigFormat.keys.map(\.declaration.name))
        let text = try draft(target: target, isFull: true).split(separator: "\n").map { line -> String in
            let content = line.drop { $0 == " " }
            guard content.hasPrefix("# "), let colon = content.firstIndex(of: ":") else { return String(line) }
            guard names.contains(String(content[..<colon].dropFirst(2))) else { return String(line) }
            return String(line.prefix(line.count - content.count) + content.dropFirst(2))
        }.joined(separator: "\n")
        let root = try YAMLFile(parsing: text, name: "draft").onlyDocument.root
        let isOperated = target == .crunchyPGO || target == .zalando
        let others = ["plain", "externalSecret", "sealedSecret", "sops"]
        for key in ConfigFormat.keys {
            let path = YAMLPath(key.path.split(separator: ".").map { .key(String($0)) })
            let isOther =
                ConfigDraft.Target.allCases.contains {
                    $0 != target && key.path.hasPrefix("spec.target.\($0.rawValue)")
                }
                || key.path.hasPrefix("spec.backstage.helm")
                || (isOperated ? others + ["existing"] : others + ["operatorSecret"]).contains { choice in
                    key.path.hasPrefix("spec.credentials.\(choice)")
                        || target != .cloudNativePG && !isOperated
                            && key.path.hasPrefix("spec.adminCredentials.\(choice)")
                }
            #expect((root[at: path] != nil) == !isOther, "\(key.path)")
        }
        let choices = [
            "expected exactly one of 'argocd', 'flux'",
            "expected exactly one of 'existing', 'operatorSecret', 'externalSecret', 'sealedSecret', 'sops', 'plain'",
        ]
        #expect(
            try problems(text).allSatisfy { problem in
                problem.contains("is missing") || choices.contains { problem.hasSuffix($0) }
            })
    }

    @Test func `plugins, app-configs, platform and orchestrator are filled in, and what app-configs say is told`()
        throws
    {
        let plugins =
            "kind: ConfigMap\nmetadata: {name: plugins}\ndata:\n  dynamic-plugins.yaml: |\n"
            + "    plugins: [{package: a, dependencies: [{ref: sonataflow}]}]\n"
        let fixture = Fixture().replacing(
            inBackstage: "application:\n",
            with: "application:\n    dynamicPluginsConfigMapName: plugins\n    route: {enabled: true}\n"
        ).with("plugins.yaml", plugins).with("app.yaml", "backend: {database: {connection: {host: elsewhere}}}\n")
        let instance = try InstanceReader(files: fixture.input).read(
            "backstage.yaml", name: nil, plugins: "plugins.yaml", appConfigs: ["app.yaml"])
        let names = ConfigDraft.FileNames(backstage: "b", dynamicPlugins: "p", appConfigs: ["a"])
        let spec = try root(ConfigDraft(instance, files: names, target: .external).text)["spec"]
        #expect(spec?[at: ["backstage", "dynamicPluginsFile"]]?.string == "p")
        #expect(spec?[at: ["backstage", "appConfigFiles", 0]]?.string == "a")
        #expect(spec?["platform"]?.string == "openshift")
        #expect(spec?[at: ["orchestrator", "enabled"]]?.bool == true)
        #expect(instance.findings.map(\.position.description) == ["backstage.yaml:11:15", "app.yaml:1:35"])
    }

    @Test(arguments: [
        ("labels: {helm.sh/chart: backstage-1.0}", "patch"), ("labels: {app.kubernetes.io/managed-by: Helm}", "patch"),
        ("annotations: {argocd.argoproj.io/sync-wave: '3'}", "inPlace"),
        ("labels: {kustomize.toolkit.fluxcd.io/name: portal}", "inPlace"), ("labels: {team: a}", nil),
    ])
    func `what owns the CR decides how it is changed`(metadata: String, mode: String?) throws {
        let fixture = Fixture().replacing(inBackstage: "name: portal\n", with: "name: portal\n  \(metadata)\n")
        #expect(try root(try draft(fixture, target: .external))[at: ["spec", "cutover", "mode"]]?.string == mode)
    }

    @Test func `what installs another chart beside the CR is none of init's business`() throws {
        let application =
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {chart: backstage}}\n---\n"
        let fixture = Fixture().with("backstage.yaml", application + Fixture.backstage)
        let instance = try InstanceReader(files: fixture.input).read(
            "backstage.yaml", name: nil, plugins: nil, appConfigs: [])
        #expect(instance.findings.map(\.position.description) == ["backstage.yaml:13:15"])
    }

    @Test func `what kustomize makes of the CR is told before there is a config`() throws {
        let fixture = Fixture().with("kustomization.yaml", "resources: [backstage.yaml]\nnamePrefix: prod-\n")
        let instance = try InstanceReader(files: fixture.input).read(
            "backstage.yaml", name: nil, plugins: nil, appConfigs: [])
        #expect(
            instance.findings.map(\.position.description) == ["backstage.yaml:9:15", "kustomization.yaml:2:13"])
    }

    @Test func `a kustomization beside the CR owns it`() throws {
        let fixture = Fixture().with("kustomization.yaml", "resources: [./backstage.yaml]\n")
        let text = try draft(fixture, target: .external)
        #expect(try root(text)[at: ["spec", "cutover", "mode"]]?.string == "inPlace")
        let words = text.split { $0.isWhitespace || $0 == "#" }.joined(separator: " ")
        #expect(words.contains("Here inPlace, since kustomization.yaml lists the CR's file."))
    }

    @Test(arguments: ConfigDraft.Target.allCases)
    func `a draft fits on one screen, and asks for each thing that is missing in a line of its own`(
        target: ConfigDraft.Target
    ) throws {
        let text = try draft(target: target)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 55, "\(text)")
        #expect(lines.allSatisfy { $0.count <= 118 }, "\(text)")
        for question in try config(target: target).questions {
            let name = question.path.split(separator: ".").last.map(String.init) ?? ""
            #expect(lines.contains { $0.hasSuffix("  \(name):") }, "\(question.path)")
        }
        #expect(text.contains("docs/reference/config.md") && text.contains("# To fill in. "))
        #expect(!text.contains("pullPolicy") && !text.contains("splitTables"))
    }

    @Test(arguments: [true, false]) func `a filled-in draft renders`(isFull: Bool) throws {
        var fixture = Fixture()
        fixture.config = try draft(target: .external, isFull: isFull)
            .replacing("host:\n", with: "host: db.example.com\n").replacing("caFile:\n", with: "caFile: ca.pem\n")
            .split(separator: "secretName:\n", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset == 0 ? String($0.element) : "secretName: s\($0.offset)\n\($0.element)" }.joined()
            .replacing("image:\n", with: "image: i\n")
            .replacing("  namespace:\n", with: "  namespace: portal\n")
        #expect(fixture.errors == [])
    }
}
