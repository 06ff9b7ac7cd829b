public import YAMLTree

/// The list of dynamic plugins, in the file that the team keeps.
public struct DynamicPlugins: Sendable {
    /// Where the list is.
    public enum Home: Sendable {
        case configMap(ManifestObject, list: EmbeddedYAML)
        /// A file with the list alone, from which another program makes the ConfigMap: kustomize, or `kubectl create
        /// configmap`.
        case list(YAMLFile)
    }

    /// The key of the list in the ConfigMap (rhdh-operator, `pkg/model/dynamic-plugins.go`).
    public static let key = "dynamic-plugins.yaml"

    /// The ConfigMap's name.
    public let name: String
    public let home: Home

    public var file: YAMLFile {
        switch home {
        case .configMap(let object, _): object.file
        case .list(let file): file
        }
    }

    private var list: YAMLFile {
        switch home {
        case .configMap(_, let list): list.inner
        case .list(let file): file
        }
    }

    /// The parts of the app-config that the plugins bring, with their positions in the file.
    var appConfigs: [YAMLNode] {
        let root =
            switch home {
            case .configMap(_, let list): list.root
            case .list(let file): file.documents.first?.root
            }
        let items = root?["plugins"]?.items ?? []
        return items.filter { !Self.isDisabled($0) }.compactMap { $0["pluginConfig"] }
    }

    public var items: [YAMLNode] { list.documents.first?.root["plugins"]?.items ?? [] }

    /// The list with edits, and the file with that list.
    ///
    /// - Throws: `YAMLError` where it cannot be edited without changing something else.
    public func applying(_ edits: [YAMLEdit]) throws(YAMLError) -> (list: YAMLFile, file: YAMLFile) {
        switch home {
        case .configMap(_, let list):
            let edited = try list.applying(edits)
            return (edited.inner, edited.file)
        case .list(let file):
            let edited = try file.applying(edits)
            return (edited, edited)
        }
    }

    /// The same list, read again from a file that has been edited elsewhere.
    ///
    /// - Throws: `YAMLError` for a list that is no YAML any more.
    public func reread(in file: YAMLFile) throws(YAMLError) -> DynamicPlugins {
        switch home {
        case .configMap(let object, let list):
            guard let list = try EmbeddedYAML(at: list.path, inDocument: list.index, of: file) else { return self }
            return DynamicPlugins(name: name, home: .configMap(object, list: list))
        case .list: return DynamicPlugins(name: name, home: .list(file))
        }
    }

    /// Whether a plugin is switched off. Programs that read the list read YAML 1.1.
    public static func isDisabled(_ plugin: YAMLNode) -> Bool { plugin["disabled"]?.resolved(.yaml11) == true }

    // MARK: The orchestrator

    /// The packages that have the reference by the operator's default or by its flavour, with the names that every
    /// release from 1.7 on gives them.
    public static let carriers = [
        "backstage-plugin-orchestrator-backend", "backstage-plugin-scaffolder-backend-module-orchestrator",
    ]

    /// What in the list shows that the instance runs the orchestrator; `nil` if nothing does.
    ///
    /// - Parameter release: the operator's; `nil` where it is not known.
    func orchestratorEvidence(for release: OperatorVersion?) -> String? {
        let enabled = items.filter { !Self.isDisabled($0) }
        let dependencies = enabled.flatMap { $0["dependencies"]?.items ?? [] }
        if dependencies.contains(where: Self.isSonataFlow) {
            return "the plugins in \(file.name) have 'ref: sonataflow'"
        }
        // The cut-over replaces the reference by this.
        if dependencies.contains(where: Self.isTakenOut) { return "the plugins in \(file.name) had 'ref: sonataflow'" }
        // Without dependencies of their own, these packages get the reference from the operator's list.
        let carrier = enabled.contains { item in
            Self.inheritsDependencies(item, from: release)
                && Self.carriers.contains { item["package"]?.string?.contains($0) ?? false }
        }
        return carrier && release.hasPluginDependencies
            ? "the plugins in \(file.name) switch on the orchestrator's" : nil
    }

    /// Whether a plugin inherits the dependencies of the same package in the operator's own list. Releases below 1.10 take
    /// an empty list for none (rhdh-operator, `pkg/model/dynamic-plugins.go`).
    private static func inheritsDependencies(_ plugin: YAMLNode, from release: OperatorVersion?) -> Bool {
        guard let dependencies = plugin["dependencies"], !dependencies.isNull else { return true }
        guard dependencies.items?.isEmpty ?? false else { return false }
        return release.map { ($0.major, $0.minor) < (1, 10) } ?? true
    }

    /// Whether a plugin's dependency makes the operator apply its `sonataflow` objects. It looks for files whose names
    /// begin with the reference (rhdh-operator, `pkg/model/plugin_deps.go`).
    public static func isSonataFlow(_ dependency: YAMLNode) -> Bool {
        guard let reference = dependency["ref"]?.string, !reference.isEmpty else { return false }
        return "sonataflow".hasPrefix(reference) || reference.hasPrefix("sonataflow")
    }

    /// Whether it is a dependency on nothing, which every release ignores.
    public static func isTakenOut(_ dependency: YAMLNode) -> Bool { dependency.entries?.isEmpty ?? false }
}
