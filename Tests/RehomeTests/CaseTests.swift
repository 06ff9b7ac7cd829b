import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

/// Files of other people's that were once answered wrongly, where they are beside the repository.
struct CaseTests {
    private static let cases = Checkout.folder.appending("../shared/cases/generator")
    private static let samples = Checkout.folder.appending("../shared/samples")
    private static let exist = FileManager.default.fileExists(atPath: cases.appending("README.md").string)

    /// What is expected of a case.
    struct Expectation: CustomTestStringConvertible {
        var name: String
        var code = 0
        /// Parts of what is said, at which place.
        var says: [String] = []
        /// Parts of the edited CR, or of another file.
        var holds: [(file: String, text: String)] = []

        var testDescription: String { name }
    }

    private static let expectations: [Expectation] = [
        .init(
            name: "app-config-connection-string", code: 65, says: ["app-config.yaml:5:25: error: ", "connectionString"]),
        .init(name: "app-config-include", code: 65, says: ["database.yaml:1:1: error: ", "connection.host would win"]),
        .init(name: "app-config-role", says: ["app-config.yaml:4:11: warning: ", "app-config.yaml:5:30: warning: "]),
        .init(
            name: "app-config-ssl-as-text", code: 65,
            says: ["app-config.yaml:4:49: error: ", "'require', on which node-postgres fails"]),
        .init(
            name: "derived-orchestrator-in-place", says: ["Stage 4 moves the orchestrator"],
            holds: [("out/4-orchestrator/kustomization.yaml", "sonataflowplatform")]),
        .init(name: "duplicate-in-embedded", code: 65, says: ["cr.yaml:16:5: error: ", "first given in line 15"]),
        .init(
            name: "environment-app-config", code: 65, says: ["cr.yaml:8:18: error: backend.database.connection.host"]),
        .init(
            name: "explicit-orchestrator-in-place", says: ["Edited in place: plugins.yaml"],
            holds: [("plugins.yaml", "- {}"), ("out/4-orchestrator/kustomization.yaml", "sonataflowplatform")]),
        .init(
            name: "exported", says: ["cr.yaml:5:5: warning: ", "resourceVersion"],
            holds: [("out/3-cutover/backstage-my-rhdh.yaml", "  name: my-rhdh\n  namespace: rhdh\nspec:\n")]),
        .init(
            name: "external-already", code: 65,
            says: ["cr.yaml:5:29: error: ", "spec.source.server", "'old-db' perhaps"]),
        .init(
            name: "future-version", code: 65, says: ["cr.yaml:1:13: error: found apiVersion 'rhdh.redhat.com/v1alpha9'"]
        ),
        .init(
            name: "helm-template", code: 65, says: ["cr.yaml:1:1: error: found a template of Helm", "Render it first"]),
        .init(name: "list-kind", holds: [("cr.yaml", "        - name: x-creds\n")]),
        .init(name: "name-angle", code: 65, says: ["cr.yaml:3:18: error: ", "expected a Kubernetes object name"]),
        .init(name: "name-blank", code: 65, says: ["cr.yaml:3:18: error: ", "expected a Kubernetes object name"]),
        .init(
            name: "name-dollar", code: 65,
            says: ["cr.yaml:3:18: error: ", "expected a Kubernetes object name", "envsubst"]),
        .init(
            name: "name-envsubst", code: 65,
            says: ["cr.yaml:3:18: error: ", "expected a Kubernetes object name", "envsubst"]),
        .init(
            name: "name-helm", code: 65,
            says: ["cr.yaml:3:18: error: ", "expected a Kubernetes object name", "Render it first"]),
        .init(name: "name-path", code: 65, says: ["cr.yaml:3:18: error: ", "expected a Kubernetes object name"]),
        .init(name: "orchestrator-denied", says: ["rehome.yaml:12:27: warning: spec.orchestrator.enabled is false"]),
        .init(
            name: "own-sync-options",
            holds: [
                (
                    "out/3-cutover/kustomization.yaml",
                    "SkipDryRunOnMissingResource=true,Validate=false,Prune=false,Delete=false"
                ),
                ("out/README.md", "SkipDryRunOnMissingResource=true,Validate=false,Prune=false,Delete=false"),
            ]),
        .init(name: "plugins-all-comments", holds: [("cr.yaml", "    #   - package: ./dynamic-plugins/dist/x\n")]),
        .init(
            name: "shared-mount-path-relative",
            holds: [("out/README.md", "`NODE_EXTRA_CA_CERTS`: `/extraFiles/postgres-crt.pem`")]),
        // The operator fails on a Secret that is listed twice, so the sidecar's item is Backstage's too.
        .init(
            name: "sidecar-only-certificate",
            holds: [
                ("cr.yaml", "containers: [llama-stack, backstage-backend]}"),
                ("out/README.md", "`NODE_EXTRA_CA_CERTS`: `/certs/postgres-crt.pem`"),
            ]),
        .init(
            name: "sidecar-only-secret",
            holds: [("cr.yaml", "containers: [lightspeed-core]}\n        - name: x-creds\n")]),
        .init(name: "single-key-secret", holds: [("cr.yaml", "key: OTHER}\n        - name: x-creds\n")]),
        .init(
            name: "two-namespaces",
            holds: [
                (
                    "cr.yaml",
                    "---\napiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: my-rhdh, namespace: other}\nspec: {}\n"
                )
            ]),
    ]

    @Test(.enabled(if: exist, "the cases are not beside the repository"))
    func `every case has its expectation`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.cases.string).filter { !$0.contains(".") }
        #expect(names.sorted() == Self.expectations.map(\.name).sorted())
    }

    @Test(.enabled(if: exist, "the cases are not beside the repository"), arguments: expectations)
    func `a case is answered as it should be`(expectation: Expectation) async throws {
        try await withTemporaryFolder { root in
            // The cases name a certificate three folders up.
            let folder = root.appending("cases/generator").appending(expectation.name)
            let manager = FileManager.default
            try manager.createDirectory(
                atPath: root.appending("cases/generator").string, withIntermediateDirectories: true)
            try manager.copyItem(atPath: Self.samples.string, toPath: root.appending("samples").string)
            try manager.copyItem(atPath: Self.cases.appending(expectation.name).string, toPath: folder.string)
            let rendered = try await rehome("render", "-f", "rehome.yaml", "-o", "out", in: folder)
            #expect(rendered.code == expectation.code, "\(rendered)")
            for text in expectation.says { #expect((rendered.errors + rendered.output).contains(text), "\(rendered)") }
            for (file, text) in expectation.holds {
                let content = try folder.appending(FilePath(file).components).text()
                #expect(content.contains(text), "\(file): \(content)")
            }
            guard expectation.code == 0 else {
                #expect(!manager.fileExists(atPath: folder.appending("out").string))
                return
            }
            let checked = try await rehome("check", "-f", "rehome.yaml", "-o", "out", in: folder)
            #expect(checked.code == 0, "\(checked)")
            let again = try await rehome("render", "-f", "rehome.yaml", "-o", "out", in: folder)
            #expect(again.output.contains("out: 0 written") && !again.output.contains("Edited"), "\(again)")
        }
    }

    @Test(.enabled(if: exist, "the cases are not beside the repository"))
    func `a migration whose orchestrator was derived keeps its fourth stage to the end`() async throws {
        try await withTemporaryFolder { root in
            let folder = root.appending("cases/generator/derived")
            let manager = FileManager.default
            try manager.createDirectory(
                atPath: root.appending("cases/generator").string, withIntermediateDirectories: true)
            try manager.copyItem(atPath: Self.samples.string, toPath: root.appending("samples").string)
            try manager.copyItem(
                atPath: Self.cases.appending("derived-orchestrator-in-place").string, toPath: folder.string)
            let config = folder.appending("rehome.yaml")
            for phase in ["migrate", "done"] {
                try put(
                    try config.text().replacing("phase: migrate", with: "phase: \(phase)")
                        .replacing("cutover: {mode: inPlace}", with: "cutover: {mode: inPlace, savedSecret: saved}"),
                    at: config)
                let rendered = try await rehome("render", "-f", "rehome.yaml", "-o", "out", in: folder)
                #expect(rendered.code == 0, "\(rendered)")
                #expect(manager.fileExists(atPath: folder.appending("out/4-orchestrator").string))
            }
        }
    }
}
