import Manifests
import MigrationSpec
import OutputFolder
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// What independent readers say of the rendered trees.
struct ValidationTests {
    @Test(arguments: Example.allCases)
    func `kubectl builds every stage`(example: Example) async throws {
        guard (try? await output(of: "kubectl", ["version", "--client"]))?.isSuccess == true else {
            try Test.cancel("kubectl is not installed")
        }
        let files = try example.files()
        try await withTemporaryFolder { folder in
            _ = try OutputFolder(folder, version: "test").write(files)
            for stage in try example.migration().stages {
                let result = try await output(of: "kubectl", ["kustomize", folder.appending(stage.folder).string])
                #expect(result.isSuccess, "\(result.text)")
                let objects = result.text.split(separator: "\n").count { $0.hasPrefix("kind: ") }
                let expected = files.count { $0.path.hasPrefix(stage.folder + "/") } - 1
                #expect(objects == expected)
            }
        }
    }

    @Test(arguments: Example.allCases)
    func `every object fits the schemas of Kubernetes and of the custom resources`(example: Example) async throws {
        try await withTemporaryFolder { folder in
            _ = try OutputFolder(folder, version: "test").write(try example.files())
            let result = try await validate(folder)
            #expect(result.isSuccess, "\(result.text)")
        }
    }

    @Test(arguments: GoldenTree.all)
    func `kubectl builds every kustomization of a golden tree`(tree: GoldenTree) async throws {
        guard (try? await output(of: "kubectl", ["version", "--client"]))?.isSuccess == true else {
            try Test.cancel("kubectl is not installed")
        }
        // A component is built with what it patches: PatchTests.
        for (path, text) in try tree.committed() where path.hasSuffix("/kustomization.yaml") {
            guard !text.contains("kind: Component") else { continue }
            let folder = tree.folder.appending(FilePath(path).removingLastComponent().components)
            let result = try await output(of: "kubectl", ["kustomize", folder.string])
            #expect(result.isSuccess, "\(path): \(result.text)")
        }
    }

    @Test func `every object of the golden trees fits its schema`() async throws {
        let result = try await validate(GoldenTree.all.map(\.output))
        #expect(result.isSuccess, "\(result.text)")
    }

    @Test(arguments: ["argocd", "flux"])
    func `an engine's objects build and fit their schemas`(name: String) async throws {
        let migration = try Example.statefulSet.migration(
            adding: name == "argocd" ? EngineTests.argocd : EngineTests.flux)
        let files = try Renderer().render(migration)
        try await withTemporaryFolder { folder in
            _ = try OutputFolder(folder, version: "test").write(files)
            let result = try await validate(folder)
            #expect(result.isSuccess, "\(result.text)")
            guard (try? await output(of: "kubectl", ["version", "--client"]))?.isSuccess == true else { return }
            for path in name == "argocd" ? ["argocd", ""] : ["flux"] {
                let built = try await output(of: "kubectl", ["kustomize", folder.string + "/" + path])
                #expect(built.isSuccess, "\(built.text)")
            }
        }
    }

    @Test func `an ExternalSecret and a Certificate fit their schemas`() async throws {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              backstage: {file: cr.yaml}
              target: {statefulSet: {image: i, tls: {mode: verify-full, certManager: {issuer: ca}, caFile: ca.pem}}}
              credentials: {externalSecret: {store: vault, key: portal/db}}
              migration: {image: registry.example.com/rehome-job:1}
            """
        let cr = "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\n"
        let ca = try InputFiles.disk(environment: [:]).read(Checkout.folder.appending("examples/external/ca.pem"))
        let texts = ["cr.yaml": cr, "ca.pem": String(decoding: ca, as: UTF8.self)]
        let files = try Renderer().render(try migration(config: config, files: texts))
        try await withTemporaryFolder { folder in
            _ = try OutputFolder(folder, version: "test").write(files)
            let result = try await validate(folder)
            #expect(result.isSuccess, "\(result.text)")
        }
    }

    @Test func `the validation refuses a field that Kubernetes does not know`() async throws {
        try await withTemporaryFolder { folder in
            let files = try Example.statefulSet.files().map { file in
                let text = String(decoding: file.bytes, as: UTF8.self)
                return RenderedFile(
                    path: file.path, bytes: Array(text.replacing("backoffLimit:", with: "backOffLimit:").utf8))
            }
            _ = try OutputFolder(folder, version: "test").write(files)
            let result = try await validate(folder)
            #expect(!result.isSuccess)
            #expect(result.text.contains("backOffLimit"), "\(result.text)")
        }
    }

    private func validate(_ folder: FilePath) async throws -> (isSuccess: Bool, text: String) {
        try await validate([folder])
    }

    private func validate(_ folders: [FilePath]) async throws -> (isSuccess: Bool, text: String) {
        let script = Checkout.folder.appending("Tests/Tools/validate_manifests.py").string
        let result = try await output(
            of: "python3",
            [
                script, "--venv", Checkout.folder.appending(".build/manifest-validation").string,
                "--crds", Checkout.folder.removingLastComponent().appending("shared/crds").string,
            ] + folders.map(\.string))
        if result.code == 77 { try Test.cancel("the Python packages cannot be had: \(result.text)") }
        return (result.isSuccess, result.text)
    }

    private func output(of program: String, _ arguments: [String]) async throws -> (
        isSuccess: Bool, code: Int?, text: String
    ) {
        let result = try await run(
            .name(program), arguments: Arguments(arguments), output: .string(limit: 1 << 22), error: .combinedWithOutput
        )
        let code: Int? = if case .exited(let code) = result.terminationStatus { Int(code) } else { nil }
        return (result.terminationStatus.isSuccess, code, result.standardOutput)
    }
}
