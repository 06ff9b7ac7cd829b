import Testing
import YAMLTree

@testable import Manifests

/// A namespace with a quota admits only pods that say what the quota counts (Kubernetes, Resource Quotas).
///
/// A limit of CPU is not set by default, since it slows the copy down for nothing; `resources.limits.cpu` sets it.
struct QuotaTests {
    private static let counted = [("requests", "cpu"), ("requests", "memory"), ("limits", "memory")]

    @Test(arguments: GoldenTree.all)
    func `a quota of requests and of memory admits every pod that is rendered`(tree: GoldenTree) throws {
        for file in try tree.files() {
            guard let object = file.object, ["Job", "StatefulSet"].contains(object["kind"]?.string) else { continue }
            let pod = object["spec"]?["template"]?["spec"]
            let containers = (pod?["containers"]?.items ?? []) + (pod?["initContainers"]?.items ?? [])
            #expect(!containers.isEmpty, "\(file.path)")
            for container in containers {
                for (kind, resource) in Self.counted {
                    #expect(
                        container["resources"]?[kind]?[resource] != nil,
                        "\(file.path): container \(container["name"]?.string ?? "") says nothing of \(kind).\(resource)"
                    )
                }
            }
        }
    }
}
