public import YAMLTree

/// The ConfigMap with the dynamic plugins, in the file that the team keeps.
public struct DynamicPlugins: Sendable {
    /// The key of the list in the ConfigMap (rhdh-operator, `pkg/model/dynamic-plugins.go`).
    static let key = "dynamic-plugins.yaml"

    public let name: String
    /// The list, as the ConfigMap holds it.
    public let list: EmbeddedYAML

    public var file: YAMLFile { list.file }
    /// Which document of the file it is.
    public var index: Int { list.index }
    public var items: [YAMLNode] { list.inner.documents.first?.root["plugins"]?.items ?? [] }

    /// What in it says that the instance runs the orchestrator; `nil` if nothing does.
    public var orchestratorEvidence: String? {
        let carries = items.contains { $0["dependencies"]?.items?.contains(where: Self.isSonataFlow) ?? false }
        return carries ? "the plugins in \(file.name) have 'ref: sonataflow'" : nil
    }

    /// Whether a plugin's dependency makes the operator apply its `sonataflow` objects. It looks for files whose names
    /// begin with the reference (rhdh-operator, `pkg/model/plugin-deps.go`).
    public static func isSonataFlow(_ dependency: YAMLNode) -> Bool {
        guard let reference = dependency["ref"]?.string, !reference.isEmpty else { return false }
        return "sonataflow".hasPrefix(reference) || reference.hasPrefix("sonataflow")
    }
}
