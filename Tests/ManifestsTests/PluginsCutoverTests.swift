import Manifests
import MigrationSpec
import OutputFolder
import Testing
import YAMLTree

/// The dynamic plugins' ConfigMap in the cut-over.
struct PluginsCutoverTests {
    private let cr = """
        apiVersion: rhdh.redhat.com/v1alpha5
        kind: Backstage
        metadata: {name: bs1}
        spec:
          application:
            dynamicPluginsConfigMapName: plugins

        """

    private func configMap(_ list: String) -> String {
        let lines = list.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    \($0)" }
        return "kind: ConfigMap\napiVersion: v1\nmetadata: {name: plugins}\ndata:\n  dynamic-plugins.yaml: |\n"
            + lines.joined(separator: "\n")
    }

    private func migration(_ configMap: String, mode: String = "copy", cr: String? = nil) throws -> Migration {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              backstage: {file: cr.yaml, dynamicPluginsFile: cm.yaml}
              target: {external: {host: db.example.com, tls: {mode: disabled}}}
              credentials: {existing: {secretName: new-db-credentials}}
              migration: {image: registry.example.com/rehome-job:1}
              cutover: {mode: \(mode)}
              orchestrator: {enabled: true}
            """
        return try ManifestsTests.migration(config: config, files: ["cr.yaml": cr ?? self.cr, "cm.yaml": configMap])
    }

    /// The lines that a copy differs in.
    private func changes(_ list: String, cr: String? = nil) throws -> [String] {
        let old = configMap(list)
        let files = try Renderer().render(try migration(old, cr: cr))
        guard files.contains(where: { $0.path.hasPrefix("3-cutover/configmap") }) else { return [] }
        return UnifiedDiff.between(old, try files.text("3-cutover/configmap-plugins.yaml"), path: "cm", context: 0)
            .split(separator: "\n").filter { $0.hasPrefix("+ ") || $0.hasPrefix("- ") }.map(String.init)
    }

    @Test func `a package that carries the reference gets empty dependencies, whatever it is called`() throws {
        let list = """
            plugins:
              # about workflows
              - package: oci://registry.example.com/mirror/workflows:1   # ours
                dependencies:
                  - ref: sonataflow   # brings a platform
                disabled: true
              - {package: other, dependencies: [{ref: sonataflow}]}
              - package: third

            """
        #expect(
            try changes(list) == [
                "-          - ref: sonataflow   # brings a platform", "+          - {}   # brings a platform",
                "-      - {package: other, dependencies: [{ref: sonataflow}]}",
                "+      - {package: other, dependencies: [{}]}",
            ])
    }

    @Test func `a package that inherits the reference from the operator's default gets empty dependencies too`() throws
    {
        let list = """
            plugins:
            - package: "@redhat/backstage-plugin-orchestrator@1.8.2"
              disabled: false
            - package: "@redhat/backstage-plugin-orchestrator-backend-dynamic@1.8.2"
              disabled: false
              dependencies: []
            - package: "@redhat/backstage-plugin-scaffolder-backend-module-orchestrator-dynamic@1.8.2"
            - package: oci://x/red-hat-developer-hub-backstage-plugin-orchestrator-backend:{{inherit}}
              disabled: true

            """
        #expect(
            try changes(list) == [
                "-      dependencies: []", "+      dependencies:", "+      - {}",
                "+      dependencies:", "+      - {}",
            ])
    }

    @Test func `other dependencies stay`() throws {
        let list = "plugins:\n- package: a\n  dependencies:\n  - ref: pipelines\n  - ref: sonataflow\n"
        #expect(try changes(list) == ["-      - ref: sonataflow", "+      - {}"])
    }

    @Test func `what has been taken out already is not rendered again`() throws {
        let list = "plugins:\n- package: x-backstage-plugin-orchestrator-backend\n  dependencies: [{}]\n"
        #expect(try changes(list) == [])
        let files = try Renderer().render(try migration(configMap(list)))
        #expect(!String(describing: try files.object("3-cutover/kustomization.yaml")).contains("ConfigMap"))
    }

    @Test func `packages that only the flavour brings are listed with empty dependencies`() throws {
        let flavour = cr + "  flavours: [{name: orchestrator, enabled: true}]\n"
        let list = "includes: []\nplugins:\n- package: a\n"
        let registry = "oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-"
        let added = ["orchestrator-backend", "scaffolder-backend-module-orchestrator"].flatMap { name in
            [
                "+    - package: \(registry)\(name):{{inherit}}", "+      disabled: false", "+      dependencies:",
                "+      - {}",
            ]
        }
        #expect(try changes(list, cr: flavour) == added)
        #expect(try changes("plugins: []\n", cr: flavour).count == 10)
    }

    @Test func `a copy of the plugins is applied a wave before the CR`() throws {
        let list = "plugins:\n- package: a\n  dependencies: [{ref: sonataflow}]\n"
        let files = try Renderer().render(try migration(configMap(list)))
        let kustomization = try files.object("3-cutover/kustomization.yaml")
        #expect(kustomization["resources"] == ["configmap-plugins.yaml", "backstage-bs1.yaml"])
        let patches = kustomization["patches"]?.items?.compactMap { $0["patch"]?.string } ?? []
        #expect(patches.map { $0.contains("sync-wave: \"19\"") } == [true, false])
        #expect(patches.map { $0.contains("sync-wave: \"20\"") } == [false, true])
    }

    @Test func `in place, CR and plugins are edited together, in one file or in two, and only once`() throws {
        let list = "plugins:\n- package: a\n  dependencies: [{ref: sonataflow}]\n"
        let two = try Renderer().edits(try migration(configMap(list), mode: "inPlace"))
        #expect(two.map(\.path) == ["cr.yaml", "cm.yaml"])
        #expect(
            String(decoding: two[1].new, as: UTF8.self)
                == configMap(list).replacing("[{ref: sonataflow}]", with: "[{}]"))

        let both = cr + "---\n" + configMap(list)
        func edits(_ text: String) throws -> [EditedFile] {
            let config = """
                apiVersion: rehome.dev/v1alpha1
                kind: Migration
                metadata: {name: new-db, namespace: portal}
                spec:
                  backstage: {file: cr.yaml}
                  target: {external: {host: db.example.com, tls: {mode: disabled}}}
                  credentials: {existing: {secretName: new-db-credentials}}
                  migration: {image: registry.example.com/rehome-job:1}
                  cutover: {mode: inPlace}
                  orchestrator: {enabled: true}
                """
            return try Renderer().edits(try ManifestsTests.migration(config: config, files: ["cr.yaml": text]))
        }
        let one = try edits(both)
        let new = String(decoding: try #require(one.first).new, as: UTF8.self)
        #expect(one.count == 1)
        #expect(new.contains("dependencies: [{}]") && new.contains("new-db-credentials"))
        #expect(try edits(new).allSatisfy { $0.old == $0.new })
    }

    @Test(.enabled(if: Lab.exists, "the sample plugins of a real installation are not beside the repository"))
    func `a real list gets what its owners wrote by hand, and nothing else`() throws {
        let theirs = try Lab.text("dynamic-plugins-16-orchestrator.yaml")
        let before = theirs.replacing("        dependencies: [{}]\n", with: "")
        try #require(before != theirs)
        let cr = cr.replacing("ConfigMapName: plugins", with: "ConfigMapName: dynamic-plugins-rhdh")
        #expect(try Renderer().edits(try migration(theirs, mode: "inPlace", cr: cr))[1].new == Array(theirs.utf8))
        let ours = String(
            decoding: try Renderer().edits(try migration(before, mode: "inPlace", cr: cr))[1].new, as: UTF8.self)
        let added = UnifiedDiff.between(before, ours, path: "cm", context: 0).split(separator: "\n").filter {
            $0.hasPrefix("+ ") || $0.hasPrefix("- ")
        }
        #expect(added == ["+        dependencies:", "+          - {}", "+        dependencies:", "+          - {}"])
        let path: YAMLPath = ["data", "dynamic-plugins.yaml"]
        func list(_ text: String) throws -> YAMLValue? {
            try EmbeddedYAML(at: path, inDocument: 0, of: YAMLFile(parsing: text, name: "cm"))?.inner.onlyDocument.root
                .value()
        }
        #expect(try list(ours) == list(theirs))
    }

    @Test func `by hand, the runbook lists the plugins' changes`() throws {
        let list = "plugins:\n- package: a\n  dependencies: [{ref: sonataflow}]\n"
        let files = try Renderer().render(try migration(configMap(list), mode: "none"))
        #expect(
            try files.text("README.md").contains(
                "Change the list in the ConfigMap `plugins` like this; the gate keeps it from acting too early:\n\n- set `plugins[0].dependencies[0]` to `{}`\n"
            ))
    }
}
