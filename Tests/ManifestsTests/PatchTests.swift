import FoundationEssentials
import Manifests
import MigrationSpec
import OutputFolder
import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// The cut-over as a kustomize Component, built by kubectl.
struct PatchTests {
    private let configMap = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: plugins
          namespace: portal
        data:
          dynamic-plugins.yaml: |
            plugins:
            - package: a
              dependencies:
              - ref: sonataflow
        ---

        """
    private let cr = """
        apiVersion: rhdh.redhat.com/v1alpha5
        kind: Backstage
        metadata:
          name: portal.main
          namespace: portal
        spec:
          application:
            dynamicPluginsConfigMapName: plugins
            extraEnvs:
              secrets:
              - name: tokens
          deployment:
            patch:
              spec:
                template:
                  spec:
                    containers:
                    - name: sidecar
                      envFrom:
                      - secretRef:
                          name: backstage-psql-secret-portal.main

        """

    private func files(_ rendered: String, mode: String = "patch") throws -> [RenderedFile] {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              backstage: {file: "-"}
              target: {external: {host: db.example.com, tls: {mode: disabled}}}
              credentials: {existing: {secretName: new-db-credentials}}
              migration: {image: registry.example.com/rehome-job:1}
              cutover: {mode: \(mode), localDatabase: retire}
            """
        return try Renderer().render(try migration(config: config, files: ["-": rendered]))
    }

    /// What kubectl builds of an overlay over these objects with the component.
    private func built(_ objects: String, with files: [RenderedFile]) async throws -> (isSuccess: Bool, text: String) {
        try await withTemporaryFolder { folder in
            let overlay = "resources: [objects.yaml]\ncomponents: [../out/3-cutover]\n"
            let texts = [
                RenderedFile(path: "overlay/objects.yaml", bytes: Array(objects.utf8)),
                RenderedFile(path: "overlay/kustomization.yaml", bytes: Array(overlay.utf8)),
            ]
            _ = try OutputFolder(folder, version: "test").write(texts)
            _ = try OutputFolder(folder.appending("out"), version: "test").write(files)
            let result = try await run(
                .name("kubectl"), arguments: ["kustomize", folder.appending("overlay").string],
                output: .string(limit: 1 << 20), error: .combinedWithOutput)
            return (result.terminationStatus.isSuccess, result.standardOutput)
        }
    }

    private static func requireKubectl() async throws {
        let result = try? await run(
            .name("kubectl"), arguments: ["version", "--client"], output: .discarded, error: .discarded)
        if result?.terminationStatus.isSuccess != true { try Test.cancel("kubectl is not installed") }
    }

    @Test func `Helm's post-renderer and Flux's make the same of the CR as the component`() async throws {
        try await Self.requireKubectl()
        let objects = configMap + cr
        let files = try files(objects)
        let component = try await built(objects, with: files)
        #expect(component.isSuccess, "\(component.text)")
        try await withTemporaryFolder { folder in
            // A name that a shell would take apart.
            let out = folder.appending("the 'out' $HOME")
            _ = try OutputFolder(out, version: "test").write(files)
            let result = try await run(
                .name("sh"), arguments: [out.appending("values/post-renderer/post-render.sh").string],
                input: .holding(objects),
                output: .string(limit: 1 << 20), error: .combinedWithOutput)
            #expect(result.terminationStatus.isSuccess)
            #expect(result.standardOutput == component.text)
            // Helm 4 runs a plugin, which it has made a link to.
            let plugin = try YAMLFile(
                parsing: try out.appending("values/post-renderer/plugin.yaml").text(), name: "plugin.yaml"
            ).onlyDocument.root.value()
            #expect(plugin["type"] == "postrenderer/v1" && plugin["runtime"] == "subprocess")
            let installed = folder.appending("plugins").string
            try FileManager.default.createSymbolicLink(
                atPath: installed, withDestinationPath: out.appending("values/post-renderer").string)
            let command = plugin["runtimeConfig"]?["platformCommand"]?[0]
            let arguments = (command?["args"]?.items ?? []).compactMap(\.string)
            let asPlugin = try await run(
                .name(try #require(command?["command"]?.string)), arguments: Arguments(arguments),
                environment: .inherit.updating(["HELM_PLUGIN_DIR": installed]), input: .holding(objects),
                output: .string(limit: 1 << 20), error: .combinedWithOutput)
            #expect(asPlugin.standardOutput == component.text)
            // What the chart has changed meanwhile must not be overwritten.
            let changed = try await run(
                .name("sh"), arguments: [out.appending("values/post-renderer/post-render.sh").string],
                input: .holding(objects.replacing("name: tokens", with: "name: others")), output: .discarded,
                error: .discarded)
            #expect(!changed.terminationStatus.isSuccess)
        }
        let flux = try files.object("values/flux-post-renderers.yaml")["spec"]?["postRenderers"]?[0]?["kustomize"]
        #expect(flux?["patches"] == (try files.object("3-cutover/kustomization.yaml")["patches"]))
    }

    @Test func `what kubectl builds with the component is what a copy would be, and no list is lost`() async throws {
        try await Self.requireKubectl()
        let result = try await built(configMap + cr, with: try files(configMap + cr))
        try #require(result.isSuccess, "\(result.text)")
        let documents = try YAMLFile(parsing: result.text, name: "built").documents.map { $0.root.value() }
        let copy = try files(configMap + cr, mode: "copy")
        for (kind, prefix) in [("Backstage", "3-cutover/backstage-"), ("ConfigMap", "3-cutover/configmap-")] {
            let built = try #require(documents.first { $0["kind"]?.string == kind })
            let wanted = try copy.object(prefix)
            #expect(built.sorted == wanted.sorted, "\(built.yaml())\n--->\n\(wanted.yaml())")
        }
    }

    @Test func `of two CRs and ConfigMaps of one name the patch means those of the namespace`() async throws {
        try await Self.requireKubectl()
        let others = (configMap + cr).replacing("namespace: portal", with: "namespace: other")
        let result = try await built(
            "\(configMap)\(cr)---\n\(others)", with: try files("\(configMap)\(cr)---\n\(others)"))
        try #require(result.isSuccess, "\(result.text)")
        let documents = try YAMLFile(parsing: result.text, name: "built").documents.map { $0.root.value() }
        for kind in ["Backstage", "ConfigMap"] {
            let (one, other) = (
                try #require(
                    documents.first { $0["kind"]?.string == kind && $0["metadata"]?["namespace"] == "portal" }),
                try #require(documents.first { $0["kind"]?.string == kind && $0["metadata"]?["namespace"] == "other" })
            )
            let before = try YAMLFile(parsing: others, name: "").documents.map { $0.root.value() }
            #expect(before.contains { $0.sorted == other.sorted }, "\(other.yaml())")
            #expect(one[kind == "ConfigMap" ? "data" : "spec"] != other[kind == "ConfigMap" ? "data" : "spec"])
        }
    }

    @Test func `of two CRs and ConfigMaps of one name the patch means those without a namespace`() async throws {
        try await Self.requireKubectl()
        let others = (configMap + cr).replacing("namespace: portal", with: "namespace: other")
        let own = (configMap + cr).replacing("  namespace: portal\n", with: "")
        let result = try await built("\(own)---\n\(others)", with: try files("\(own)---\n\(others)"))
        try #require(result.isSuccess, "\(result.text)")
        let documents = try YAMLFile(parsing: result.text, name: "built").documents.map { $0.root.value() }
        let before = try YAMLFile(parsing: others, name: "").documents.map { $0.root.value() }
        for kind in ["Backstage", "ConfigMap"] {
            let all = documents.filter { $0["kind"]?.string == kind }
            let one = try #require(all.first { $0["metadata"]?["namespace"] == nil })
            let other = try #require(all.first { $0["metadata"]?["namespace"] == "other" })
            #expect(before.contains { $0.sorted == other.sorted }, "\(other.yaml())")
            #expect(one[kind == "ConfigMap" ? "data" : "spec"] != other[kind == "ConfigMap" ? "data" : "spec"])
        }
    }

    @Test(arguments: [
        ("another Secret came in", "      - name: tokens\n", "      - name: tokens\n      - name: more\n"),
        ("the list is gone", "      secrets:\n      - name: tokens\n", "      envs: []\n"),
        (
            "a database section came in", "spec:\n  application:",
            "spec:\n  database: {enableLocalDb: true}\n  application:"
        ),
        ("another container is in its place", "- name: sidecar", "- name: other"),
        ("the CR has another name", "name: portal.main\n  namespace", "name: portal-main\n  namespace"),
        ("the plugins changed", "package: a", "package: b"),
    ])
    func `the build fails where the CR is not what it was`(change: String, old: String, new: String) async throws {
        try await Self.requireKubectl()
        let changed = (configMap + cr).replacing(old, with: new)
        try #require(changed != configMap + cr)
        let result = try await built(changed, with: try files(configMap + cr))
        #expect(!result.isSuccess, "\(change): \(result.text)")
    }

    @Test func `a CR that has been through it is refused, as is one that nothing can be tested in`() async throws {
        let copy = try files(cr, mode: "copy").text("3-cutover/backstage-portal.main.yaml")
        let error = #expect(throws: YAMLError.self) { try files(copy) }
        #expect(error?.problem == "the CR has been through the cut-over already")
        let noSpec = "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata: {name: a, namespace: portal}\n"
        let bare = #expect(throws: YAMLError.self) { try files(noSpec) }
        #expect(bare?.description.hasPrefix("stdin:1:1: the object has no spec; expected at least {} there") == true)
    }

    @Test func `an engine applies no component`() throws {
        let files = try files(cr)
        #expect(files.filter { $0.path.hasPrefix("3-cutover/") }.map(\.path) == ["3-cutover/kustomization.yaml"])
    }
}
