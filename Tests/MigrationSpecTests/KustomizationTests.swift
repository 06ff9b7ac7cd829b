import MigrationSpec
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
                "# Code generated by rehome; DO NOT EDIT.\npatches:\n- target: {kind: Backstage}\n"
                + "  patch: '[{op: add, path: /spec/x, value: [{name: portal-credentials}]}]'\n",
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
        #expect(found.count == 2 && found[0].contains("b/kustomization.yaml patches the Backstage CR"), "\(found)")
        #expect(found.last?.hasSuffix("lists the component '../b', which lists it in its turn") == true)
        let renamed = firstLines(
            "resources: [backstage.yaml]\ncomponents: [c]\n", files: ["c/kustomization.yaml": "namePrefix: x-\n"])
        #expect(
            renamed.count == 1 && renamed[0].hasPrefix("c/kustomization.yaml:1:13: error: namePrefix"), "\(renamed)")
    }

    /// A cut-over that was rendered for another move takes Backstage to another database.
    @Test func `a component that Rehome rendered for another migration is told`() {
        let other =
            "# Code generated by rehome; DO NOT EDIT.\npatches:\n- target: {kind: Backstage}\n"
            + "  patch: '[{op: add, path: /spec/x, value: [{name: other-credentials}]}]'\n"
        let found = firstLines(
            "resources: [backstage.yaml]\ncomponents: [other]\n", files: ["other/kustomization.yaml": other])
        #expect(found.count == 1 && found[0].contains("other/kustomization.yaml patches the Backstage CR"), "\(found)")
    }

    @Test(arguments: [
        (
            "configMapGenerator: [{name: settings, behavior: merge, literals: [A=b]}]",
            "merges the ConfigMap 'settings'", ""
        ),
        (
            "secretGenerator: [{name: portal-secrets, behavior: replace, literals: [POSTGRES_HOST=old]}]",
            "replaces the Secret 'portal-secrets'", ", and names POSTGRES_HOST"
        ),
        (
            "secretGenerator: [{name: portal-credentials, behavior: merge, literals: [A=b]}]",
            "merges the Secret 'portal-credentials'", ""
        ),
        ("configMapGenerator: [{name: settings, literals: [A=b]}, {name: other, behavior: merge}]", nil, ""),
    ])
    func `a generator that changes what Backstage reads is told`(line: String, start: String?, found: String) {
        let settings = "---\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {LOG_LEVEL: debug}\n"
        let cr = Fixture.backstage.replacing(
            "      secrets:", with: "      configMaps: [{name: settings}]\n      secrets:")
        let messages = firstLines(
            "resources: [backstage.yaml]\n\(line)\n", files: ["backstage.yaml": cr + settings])
        #expect(messages.count == (start == nil ? 0 : 1), "\(messages)")
        guard let start, let message = messages.first else { return }
        let field = line.prefix { $0 != ":" }
        #expect(
            message.hasSuffix(
                "kustomization.yaml \(start), which Backstage reads, by a \(field)\(found); that was not done here"),
            "\(message)")
    }

    @Test(arguments: [
        ("patches: [{path: gone.yaml}]", "is in gone.yaml, which does not exist"),
        ("patches: [{patch: 'a: [b'}]", "is no YAML: "), ("patches: [{path: broken.yaml}]", "is no YAML: "),
        ("patchesStrategicMerge: ['https://example.com/p.yaml']", "is at https://example.com/p.yaml"),
    ])
    func `a patch that cannot be read is told`(line: String, reason: String) {
        let found = firstLines("resources: [backstage.yaml]\n\(line)\n", files: ["broken.yaml": "{{ a }}: [\n"])
        #expect(found.count == 1, "\(found)")
        #expect(
            found.first?.contains("kustomization.yaml has a patch that was not looked at, since it \(reason)") == true,
            "\(found)")
    }

    @Test(arguments: [
        (
            "patches:\n- patch: '{kind: List, items: [{kind: Ingress}, {kind: Backstage, metadata: {name: portal}}]}'",
            "the Backstage CR"
        ),
        ("patches: [{target: {kind: Secret, name: 'portal-s.*'}, patch: '[]'}]", "the Secret 'portal-secrets', which"),
        (
            "patches: [{target: {kind: Secret, name: 'portal-c.*'}, patch: '[]'}]",
            "the Secret 'portal-credentials', which"
        ),
        ("patches: [{target: {kind: SealedSecret}, patch: '[]'}]", "the Secret 'portal-secrets', which"),
        (
            "patches: [{patch: '{kind: ExternalSecret, metadata: {name: portal-secrets}}'}]",
            "the Secret 'portal-secrets',"
        ),
        ("patches: [{target: {kind: Secret, name: 'other.*'}, patch: '[]'}]", nil),
        ("patches: [{target: {kind: 'Back.*', name: 'port'}, patch: '[]'}]", nil),
    ])
    func `a selector means what kustomize takes it for, and a list what is in it`(lines: String, found: String?) {
        let messages = firstLines("resources: [backstage.yaml]\n\(lines)\n")
        #expect(messages.count == (found == nil ? 0 : 1), "\(messages)")
        if let found { #expect(messages.first?.contains("kustomization.yaml patches \(found)") == true, "\(messages)") }
    }

    @Test func `a kustomization that is no YAML is told`() {
        let found = firstLines("resources: [backstage.yaml]\npatches: {{ .Values.patches }}\n")
        #expect(found.count == 1 && found[0].contains("kustomization.yaml cannot be read, so what it does"), "\(found)")
    }

    @Test func `variables that a patch has as keys are named too`() {
        let found = firstLines(
            "resources: [backstage.yaml]\npatches:\n- patch: '{kind: Secret, metadata: {name: portal-secrets}, stringData: "
                + "{APP_CONFIG_backend_database_client: x}}'\n")
        #expect(found.count == 1 && found[0].contains("and names APP_CONFIG_backend_database;"), "\(found)")
    }

    // MARK: Marks

    @Test(arguments: [
        (
            "commonLabels: {kustomize.toolkit.fluxcd.io/reconcile: disabled}",
            "2:55: warning: kustomization.yaml gives the"
        ),
        ("labels: [{pairs: {kustomize.toolkit.fluxcd.io/ssa: Ignore}}]", "2:52: warning: kustomization.yaml gives the"),
        (
            "commonAnnotations: {argocd.argoproj.io/sync-options: 'Force=true,Replace=true'}",
            "2:54: warning: kustomization.yaml gives the Backstage CR the sync options"
        ),
        (
            "transformers: [hook.yaml]",
            "2:16: warning: kustomization.yaml gives the Backstage CR 'argocd.argoproj.io/hook'"
        ),
    ])
    func `a mark on everything that an engine obeys is told`(line: String, start: String) {
        let hook = "kind: AnnotationsTransformer\nannotations: {argocd.argoproj.io/hook: PreSync}\n"
        let found = firstLines("resources: [backstage.yaml]\n\(line)\n", files: ["hook.yaml": hook])
        #expect(found.count == 1 && found[0].hasPrefix("kustomization.yaml:\(start)"), "\(found)")
    }

    @Test func `a wave for everything is told where the stages are among that`() {
        let lines = "commonAnnotations: {argocd.argoproj.io/sync-wave: '5'}\n"
        let rendered = "# Code generated by rehome; DO NOT EDIT.\nresources: []\n"
        let found = firstLines(
            "resources: [backstage.yaml, out]\n\(lines)", files: ["out/kustomization.yaml": rendered])
        let start = "kustomization.yaml:2:51: warning: kustomization.yaml gives all that it lists"
        #expect(found.count == 1 && found[0].hasPrefix(start), "\(found)")
    }

    @Test(arguments: [
        "commonAnnotations: {argocd.argoproj.io/sync-wave: '5'}", "commonAnnotations: {team: a}",
        "commonLabels: {argocd.argoproj.io/instance: x}", "transformers: [pods.yaml]",
    ])
    func `a mark that no engine obeys, or that the CR does not get, is not`(line: String) {
        let pods =
            "kind: AnnotationsTransformer\nannotations: {argocd.argoproj.io/hook: PreSync}\n"
            + "fieldSpecs: [{kind: Deployment, path: metadata/annotations}]\n"
        #expect(firstLines("resources: [backstage.yaml]\n\(line)\n", files: ["pods.yaml": pods]) == [])
    }

    @Test func `a mark of the named engine's is refused`() {
        var fixture = Fixture().with(
            "kustomization.yaml",
            "resources: [backstage.yaml]\ncommonLabels: {kustomize.toolkit.fluxcd.io/reconcile: disabled}\n")
        fixture.config += "  engine: {flux: {source: s, path: out}}\n"
        #expect(fixture.errors.count == 1 && fixture.errors[0].contains("with which Flux never applies it"))
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
