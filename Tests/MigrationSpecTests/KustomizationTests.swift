import FoundationEssentials
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// A kustomization beside the CR makes another CR of it than the one in the file.
struct KustomizationTests {
    private func firstLines(_ kustomization: String, name: String = "kustomization.yaml", files: [String: String] = [:])
        -> [String]
    {
        var fixture = Fixture().with(name, kustomization)
        for (name, text) in files { fixture = fixture.with(name, text) }
        let messages = fixture.errors.isEmpty ? fixture.warnings : fixture.errors
        return messages.map { $0.prefix { $0 != "\n" }.description }
    }

    @Test(arguments: ["namePrefix: prod-", "nameSuffix: -prod"])
    func `a name that kustomize gives the CR is refused, since the operator's objects bear it`(line: String) {
        let found = firstLines("resources: [backstage.yaml]\n\(line)\n")
        #expect(found.count == 1 && found[0].hasPrefix("kustomization.yaml:2:13: error: name"), "\(found)")
        #expect(found[0].hasSuffix("which gives the Backstage CR another name than 'portal'"))
    }

    @Test func `a name of nothing, or of a kustomization that does not list the CR, is none of our business`() {
        #expect(firstLines("resources: [backstage.yaml]\nnamePrefix: ''\n") == [])
        #expect(firstLines("resources: [other.yaml]\nnamePrefix: prod-\n") == [])
    }

    @Test(arguments: ["./backstage.yaml", "././backstage.yaml", "x/../backstage.yaml", "backstage.yaml"])
    func `the CR is listed by whatever path leads to it`(path: String) {
        let found = firstLines("namespace: other\nresources:\n- \(path)\n")
        #expect(
            found.count == 1 && found[0].contains("kustomization.yaml puts the Backstage CR into 'other'"), "\(found)")
    }

    @Test func `a namespace that is none is refused at its place`() {
        let found = firstLines("namespace: ${NS}\nresources: [backstage.yaml]\n")
        #expect(
            found.count == 1 && found[0].hasPrefix("kustomization.yaml:1:12: error: namespace: found '${NS}'"),
            "\(found)")
    }

    @Test(arguments: [
        (
            "patches:\n- target: {kind: Backstage}\n  patch: |\n    - op: add\n      path: /spec/application/extraEnvs/envs\n"
                + "      value: [{name: POSTGRES_HOST, value: old}]\n", ", and names POSTGRES_HOST"
        ),
        ("patches:\n- target: {kind: Backstage, name: por.*}\n  patch: '[{op: remove, path: /spec/database}]'\n", ""),
        ("patches:\n- {path: patch.yaml}\n", ", and names PGSSLMODE"),
        ("patches:\n- {target: {group: rhdh.redhat.com}, path: gone.yaml}\n", ""),
        ("patchesStrategicMerge: [patch.yaml]\n", ", and names PGSSLMODE"),
        ("patchesStrategicMerge:\n- |\n  kind: Backstage\n  metadata: {name: portal}\n  spec: {}\n", ""),
        ("patchesJson6902:\n- {target: {kind: Backstage, name: portal}, path: patch.yaml}\n", ", and names PGSSLMODE"),
    ])
    func `a patch of the CR is told at its place`(lines: String, found: String) {
        let patch = "kind: Backstage\nspec: {application: {extraEnvs: {envs: [{name: PGSSLMODE, value: disable}]}}}\n"
        let messages = firstLines("resources: [backstage.yaml]\n" + lines, files: ["patch.yaml": patch])
        #expect(messages.count == 1, "\(messages)")
        #expect(messages.first?.hasPrefix("kustomization.yaml:") == true)
        #expect(
            messages.first?.hasSuffix(
                "warning: kustomization.yaml patches the Backstage CR\(found); the patch was not applied here")
                == true,
            "\(messages)")
    }

    /// Kustomization's other fields that change objects, what they name, and what is said.
    @Test(arguments: [
        ("components: [../part]\n", "lists the component '../part', which was not looked at"),
        (
            "components: ['https://example.com/x?ref=v1']\n",
            "lists the component 'https://example.com/x?ref=v1', which was not looked at"
        ),
        (
            "transformers: [gone.yaml]\n",
            "has a transformer, which may change the Backstage CR and was not applied here"
        ),
        (
            "transformers: [prefix.yaml]\n",
            "has a transformer of kind PrefixTransformer, which may change the Backstage CR and was not applied here"
        ),
        (
            "transformers:\n- |\n  kind: PatchTransformer\n  target: {kind: Backstage}\n",
            "has a transformer of kind PatchTransformer, which may change the Backstage CR and was not applied here"
        ),
        ("generators: [gone.yaml]\n", "has a generator, which may make what Backstage reads and was not run here"),
        ("generators: [secrets.yaml]\n", "has a generator, which may make what Backstage reads and was not run here"),
        (
            "replacements:\n- {source: {kind: ConfigMap}, targets: [{select: {kind: Backstage}}]}\n",
            "has a replacement in the Backstage CR; it was not carried out here"
        ),
        (
            "replacements:\n- {targets: [{select: {kind: Secret, name: portal-secrets}}]}\n",
            "has a replacement in the Secret 'portal-secrets', which Backstage reads; it was not carried out here"
        ),
        ("replacements: [{path: gone.yaml}]\n", "has a replacement that was not looked at"),
        ("configurations: [gone.yaml]\n", "has a configuration of kustomize's transformers that was not looked at"),
        (
            "configurations: [names.yaml]\n",
            "has a configuration of kustomize's transformers that speaks of Backstage, and was not applied here"
        ),
        (
            "patches:\n- {target: {kind: Secret}, patch: '[{op: add, path: /data/PGSSLMODE, value: b2Zm}]'}\n",
            "patches the Secret 'portal-secrets', which Backstage reads, and names PGSSLMODE; the patch was not applied here"
        ),
    ])
    func `what else may change the CR, or what it reads, is told at its place`(lines: String, found: String) {
        let files = [
            "prefix.yaml": "kind: PrefixTransformer\nprefix: x-\n",
            "secrets.yaml": "kind: SecretGenerator\nmetadata: {name: portal-secrets}\n",
            "names.yaml": "nameReference: [{kind: ConfigMap, fieldSpecs: [{kind: Backstage, path: spec/x}]}]\n",
        ]
        let messages = firstLines("resources: [backstage.yaml]\n" + lines, files: files)
        #expect(
            messages.count == 1 && messages[0].hasPrefix("kustomization.yaml:")
                && messages[0].hasSuffix("warning: kustomization.yaml \(found)"), "\(messages)")
    }

    @Test(arguments: [
        "transformers: [labels.yaml]\n", "transformers:\n- |\n  kind: PatchTransformer\n  target: {kind: Ingress}\n",
        "generators: [other.yaml]\n", "replacements: [{targets: [{select: {kind: Ingress}}]}]\n",
        "configurations: [labels.yaml]\n", "components: [ours]\n", "components: [plain]\n", "components: ~\n",
        "patches:\n- patch: |\n    kind: Backstage\n    metadata: {name: another}\n    spec: {}\n",
    ])
    func `what changes nothing of Backstage's is not`(lines: String) {
        let files = [
            "labels.yaml": "kind: LabelTransformer\nlabels: {a: b}\n",
            "other.yaml": "kind: ConfigMapGenerator\nmetadata: {name: other}\n",
            "ours/kustomization.yaml":
                "# Code generated by rehome; DO NOT EDIT.\npatches: [{target: {kind: Backstage}}]\n",
            "plain/kustomization.yaml": "kind: Component\npatches: [{target: {kind: Ingress}, patch: '[]'}]\n",
        ]
        #expect(firstLines("resources: [backstage.yaml]\n" + lines, files: files) == [])
    }

    @Test func `components are looked into, as deep as they go`() {
        let files = [
            "a/kustomization.yaml": "components: [../b]\n",
            "b/kustomization.yaml": "patches: [{target: {kind: Backstage}, patch: '[]'}]\ncomponents: [../b]\n",
        ]
        let found = firstLines("resources: [backstage.yaml]\ncomponents: [a]\n", files: files)
        #expect(found.count == 1 && found[0].contains("b/kustomization.yaml patches the Backstage CR"), "\(found)")
        let renamed = firstLines(
            "resources: [backstage.yaml]\ncomponents: [c]\n", files: ["c/kustomization.yaml": "namePrefix: x-\n"])
        #expect(
            renamed.count == 1 && renamed[0].hasPrefix("c/kustomization.yaml:1:13: error: namePrefix"), "\(renamed)")
    }

    @Test func `overlays nearby are found on the disk, and their changes told as possible`() async throws {
        try await withTemporaryFolder { folder in
            func put(_ text: String, _ name: String) throws {
                let file = folder.appending(FilePath(name).components)
                try FileManager.default.createDirectory(
                    atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: file.string))
            }
            try put(Fixture.backstage, "base/backstage.yaml")
            try put("resources: [backstage.yaml]\n", "base/kustomization.yaml")
            try put("resources: [../../base]\nnamePrefix: prod-\n", "overlays/prod/kustomization.yaml")
            try put(
                "resources: [../base]\npatches: [{target: {kind: Backstage}, patch: '[]'}]\n", "test/kustomization.yaml"
            )
            try put("resources: [../other]\nnamePrefix: x-\n", "other-overlay/kustomization.yaml")
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending("base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            let told = instance.findings.map(\.description).filter { $0.contains("kustomization.yaml") }
            #expect(told.count == 2, "\(told)")
            #expect(told.contains { $0.contains("prod/kustomization.yaml, an overlay of ") && $0.contains("'prod-'") })
            #expect(told.contains { $0.contains("test/kustomization.yaml patches the Backstage CR") })
            #expect(instance.findings.allSatisfy { $0.severity == .warning })
        }
    }

    @Test(arguments: [
        "patches:\n- {target: {kind: Deployment}, patch: '[]'}\n",
        "patches:\n- {target: {kind: Backstage, name: other}, patch: '[]'}\n",
        "patches:\n- {path: patch.yaml}\n", "patchesStrategicMerge: [patch.yaml]\n", "patches: ~\nnamespace: ~\n",
    ])
    func `a patch of anything else is not`(lines: String) {
        let patch = "kind: ConfigMap\nmetadata: {name: x}\ndata: {POSTGRES_HOST: old}\n"
        #expect(firstLines("resources: [backstage.yaml]\n" + lines, files: ["patch.yaml": patch]) == [])
    }
}
