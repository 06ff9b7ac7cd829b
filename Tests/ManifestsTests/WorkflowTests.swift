import Manifests
import MigrationSpec
import TestSupport
import Testing
import YAMLTree

/// Workflows that keep their state in the database, each with its own files.
struct WorkflowTests {
    private func migration(_ workflows: String) throws -> Migration {
        try ManifestsTests.migration(
            config: """
                apiVersion: rehome.dev/v1alpha1
                kind: Migration
                metadata: {name: db, namespace: portal}
                spec:
                  backstage: {file: cr.yaml}
                  target: {cloudNativePG: {}}
                  credentials: {existing: {secretName: new}}
                  migration: {image: registry.example.com/rehome-job:1}
                  orchestrator: {enabled: true, workflows: [\(workflows)]}
                """,
            files: ["cr.yaml": "apiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: portal}\n"])
    }

    @Test func `two of one name in two namespaces have files of their own, and each command names its own`() throws {
        let files = try Renderer().render(
            try migration(
                "{name: greeting, namespace: a, schema: one}, {name: greeting, namespace: b, schema: two}, {name: other}"
            ))
        for (namespace, schema) in [("a", "one"), ("b", "two")] {
            let persistence = try files.object("values/\(namespace).greeting-sonataflow")["spec"]?["persistence"]
            #expect(persistence?["postgresql"]?["serviceRef"]?["databaseSchema"] == .string(schema))
            let text = try files.text("README.md")
            #expect(
                text.contains(
                    "helm -n \(namespace) upgrade greeting \"${CHART:?}\" --reuse-values -f values/\(namespace).greeting-chart.yaml\n"
                ))
            #expect(
                text.contains(
                    "kubectl -n \(namespace) patch sonataflow greeting --type merge --patch-file values/\(namespace).greeting-sonataflow.yaml"
                ))
        }
        #expect(files.contains { $0.path == "values/other-sonataflow.yaml" })
        #expect(Set(files.map(\.path)).count == files.count)
    }

    @Test func `one workflow twice is refused`() {
        let error = #expect(throws: ConfigError.self) { try migration("{name: w}, {name: w, namespace: portal}") }
        #expect(
            error?.problems.first?.description.hasPrefix(
                "rehome.yaml:9:17: error: spec.orchestrator.workflows names 'w' in 'portal' twice") == true,
            "\(String(describing: error))")
    }
}
