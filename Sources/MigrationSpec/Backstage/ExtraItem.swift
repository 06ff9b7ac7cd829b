public import YAMLTree

/// An item of the CRD fields `spec.application.extraEnvs` or `spec.application.extraFiles`: a Secret or ConfigMap as a
/// whole, or one of its keys, for some containers of the pod.
public struct ExtraItem: Sendable {
    public enum Section: String, Sendable { case extraEnvs, extraFiles }
    public enum Kind: String, Sendable, CaseIterable {
        case secrets, configMaps

        /// The kind of the objects in the list.
        var object: String { self == .secrets ? "Secret" : "ConfigMap" }
    }

    public let kind: Kind
    public let list: YAMLPath
    public let index: Int
    public let node: YAMLNode
    private let version: BackstageVersion

    fileprivate init(kind: Kind, list: YAMLPath, index: Int, node: YAMLNode, version: BackstageVersion) {
        self.kind = kind
        self.list = list
        self.index = index
        self.node = node
        self.version = version
    }

    public var path: YAMLPath { list.appending(.index(index)) }
    public var name: String? { text("name") }
    /// `nil` for an item that is the whole object.
    public var key: String? { text("key") }
    /// `nil` if the item has none, so that the list's `mountPath` holds, and in versions without the field.
    var mountPath: String? { version.hasItemMountPath ? text("mountPath") : nil }

    /// `nil` if it only reaches Backstage's own container (rhdh-operator, `pkg/model/containers-filter.go`).
    private var containers: [String]? {
        guard version.hasItemContainers, let items = node["containers"]?.items, !items.isEmpty else { return nil }
        return items.map { $0.string ?? "" }
    }

    /// Whether the item reaches the container that runs Backstage.
    public var reachesBackstage: Bool {
        containers.map { $0 == ["*"] || $0.contains(BackstageResource.mainContainer) } ?? true
    }

    /// Whether the item reaches any other container.
    public var reachesOthers: Bool {
        containers.map { $0 == ["*"] || $0.contains { $0 != BackstageResource.mainContainer } } ?? false
    }

    private func text(_ field: String) -> String? { node[field]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}

extension BackstageResource {
    /// The items of one of the lists, in order.
    public func items(_ section: ExtraItem.Section, _ kind: ExtraItem.Kind) -> [ExtraItem] {
        let list: YAMLPath = ["spec", "application", .key(section.rawValue), .key(kind.rawValue)]
        return (root[at: list]?.items ?? []).enumerated().map {
            ExtraItem(kind: kind, list: list, index: $0.offset, node: $0.element, version: version)
        }
    }
}
