import MigrationSpec
import TestSupport
import Testing
import YAMLTree

@testable import Manifests

/// A namespace with a quota admits only pods that say what the quota counts (Kubernetes, Resource Quotas).
///
/// A limit of CPU is not set by default, since it slows the copy down for nothing; `resources.limits.cpu` sets it, and the
/// runbook says so where it tells why a pod is missing.
struct QuotaTests {
    private static let counted = ["requests", "limits"].flatMap { kind in
        ["cpu", "memory", "ephemeral-storage"].map { (kind, $0) }
    }

    /// The resources of all containers of a pod, and of a cluster whose pods an operator makes.
    private func resources(_ object: YAMLValue?) -> [(name: String, resources: YAMLValue?)] {
        switch object?["kind"]?.string {
        case "Cluster": return [("postgres", object?["spec"]?["resources"])]
        case "Job", "StatefulSet", "Backstage":
            let spec = object?["spec"]
            let pod = (spec?["template"] ?? spec?["deployment"]?["patch"]?["spec"]?["template"])?["spec"]
            let containers = (pod?["containers"]?.items ?? []) + (pod?["initContainers"]?.items ?? [])
            return containers.filter { $0["image"] != nil }.map { ($0["name"]?.string ?? "", $0["resources"]) }
        default: return []
        }
    }

    @Test(arguments: GoldenTree.all)
    func `a quota admits every pod that is rendered, or the runbook says what is to be set for it`(tree: GoldenTree)
        throws
    {
        let files = try tree.files()
        let page = try files.text("README.md")
        for file in files where file.path.hasSuffix(".yaml") {
            for (name, resources) in resources(try? file.content()) {
                for (kind, resource) in Self.counted where resources?[kind]?[resource] == nil {
                    let target = try tree.migration().cluster == nil ? "statefulSet" : "cloudNativePG"
                    let section = file.path.hasPrefix("1-") ? "target.\(target)" : "migration"
                    #expect(
                        (kind, resource) == ("limits", "cpu")
                            && page.contains("(one of `limits.cpu` wants `\(section).resources.limits.cpu`)"),
                        "\(file.path): container \(name) says nothing of \(kind).\(resource), nor does the runbook")
                }
            }
        }
    }

    @Test func `with a limit of CPU in the config, nothing is left that a quota may count`() throws {
        let limits = "resources: {limits: {cpu: 2}}"
        let config = try Example.statefulSet.config.text()
            .replacing("      storage: 20Gi\n", with: "      storage: 20Gi\n      \(limits)\n")
            .replacing("\n  migration:\n", with: "\n  migration:\n    \(limits)\n")
        let files = try Renderer().render(try Example.statefulSet.migration(config: config))
        var count = 0
        for file in files {
            for (name, resources) in resources(file.object) {
                count += 1
                for (kind, resource) in Self.counted {
                    #expect(
                        resources?[kind]?[resource] != nil, "\(file.path): \(name) says nothing of \(kind).\(resource)")
                }
            }
        }
        #expect(count > 5)
        #expect(try !files.text("README.md").contains("limits.cpu"))
    }
}
