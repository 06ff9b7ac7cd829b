import JobContract
import YAMLTree

/// An object that a CR or the values of a chart name, and that Backstage reads.
struct NamedSource {
    /// What Backstage takes from it.
    enum Content: CaseIterable {
        case appConfigs, variables, plugins
        /// Manifests that replace the operator's own.
        case manifests
    }

    var content: Content
    /// `ConfigMap` or `Secret`.
    var kind: String
    var name: String
    /// Where it is named.
    var position: YAMLPosition
    /// The key that Backstage takes; `nil` for the whole object.
    var key: String?
}

extension NamedSource {
    /// - Returns: `nil` for a missing or empty name.
    init?(_ content: Content, _ kind: String, _ node: YAMLNode?) {
        guard let node, let name = node.string, !name.isEmpty else { return nil }
        self.init(content: content, kind: kind, name: name, position: node.start)
    }
}

/// Warns of objects that Backstage reads and that are in none of the given files. One of them may name a database that
/// wins over the new database's Secret.
struct UnreadSources {
    /// The migration's name, if it is known. Its own receipts hold no variable of the database.
    let migration: String?
    let namespace: String?
    /// The manifests at hand.
    let objects: [ManifestObject]
    /// Files with app-configs, in ConfigMaps or by themselves.
    let appConfigs: [YAMLFile]
    /// Objects that a chart's values contain.
    var brought: [EnvironmentHolder] = []

    func check(_ sources: [NamedSource], _ report: inout Report) {
        var seen: Set<[String]> = []
        let unread = sources.filter { source in
            if source.kind == "ConfigMap", let migration, Receipt.isName(source.name, of: migration) { return false }
            return !isHeld(source)
        }
        for content in NamedSource.Content.allCases {
            let group = unread.filter { $0.content == content }
            guard let first = group.first, !areLoose(group) else { continue }
            let objects = group.filter { seen.insert(["\(content)", $0.kind, $0.name]).inserted }
            let fate =
                objects.count == 1
                ? "which is in no given file and was not looked at"
                : "which are in no given file and were not looked at"
            report.warn(
                "Backstage takes \(content.description) from \(Self.list(objects)), \(fate)",
                at: first.position, advice: content.advice + Self.otherPlaces(objects))
        }
    }

    private func isHeld(_ source: NamedSource) -> Bool {
        guard source.content == .variables else {
            return objects.contains { $0.isObject(kind: source.kind, name: source.name, in: namespace) }
        }
        let holders = (objects.map(\.holder) + brought).filter {
            $0.brings(source.kind, named: source.name, in: namespace)
        }
        return !holders.isEmpty && holders.allSatisfy(\.saysItsKeys)
    }

    /// Whether there are as many app-configs in files of their own as ConfigMaps are missing. Something else, such as a
    /// configMapGenerator, makes the ConfigMaps of them.
    private func areLoose(_ sources: [NamedSource]) -> Bool {
        guard sources.first?.content == .appConfigs else { return false }
        var seen: Set<String> = []
        let loose = appConfigs.count { seen.insert($0.name).inserted && Self.isAppConfig($0) }
        return loose >= Set(sources.map { [$0.name, $0.key ?? ""] }).count
    }

    /// Whether a file is an app-config: one document, and neither a manifest, a part of one, nor a list of plugins.
    private static func isAppConfig(_ file: YAMLFile) -> Bool {
        guard file.documents.count == 1, let root = file.documents.first?.root, let entries = root.mergedEntries,
            !entries.isEmpty
        else { return false }
        let others = ["apiVersion", "kind", "metadata", "data", "stringData", "binaryData", "includes"]
        return !entries.contains { others.contains($0.name) } && root["plugins"]?.items == nil
    }

    private static func list(_ sources: [NamedSource]) -> String {
        let names = sources.map { "the \($0.kind) '\($0.name)'" }
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }

    /// The places of all but the first, whose place is that of the problem. They are not in the message: an edit of the
    /// file moves them, and the message would count as a new one.
    private static func otherPlaces(_ sources: [NamedSource]) -> String {
        sources.dropFirst().map { " '\($0.name)' is named at \($0.position)." }.joined()
    }
}

extension NamedSource.Content: CustomStringConvertible {
    var description: String {
        switch self {
        case .appConfigs: "app-configs"
        case .variables: "variables"
        case .plugins: "its dynamic plugins"
        case .manifests: "manifests in the place of the operator's own"
        }
    }

    /// What it may contain, and what to do.
    fileprivate var advice: String {
        let given = "spec.backstage.appConfigFiles"
        switch self {
        case .appConfigs:
            return
                "A backend.database in one of them would win over the new database's Secret. Name the file in \(given)."
        case .variables:
            return
                "A variable such as APP_CONFIG_backend_database_… in one of them would win over the new database's Secret. Name the file in "
                + "\(given): a manifest with the keys and no values will do, and so will a SealedSecret or ExternalSecret."
        case .plugins:
            return
                "A backend.database in a plugin's pluginConfig would win over the new database's Secret. Name the file in "
                + "spec.backstage.dynamicPluginsFile."
        case .manifests:
            return
                "A variable or an app-config in them could win over the new database's Secret. Name the file in \(given)."
        }
    }
}
