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
