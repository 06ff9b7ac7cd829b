import JobContract
import YAMLTree

/// An object that a CR or the values of a chart name, and that Backstage reads.
struct NamedSource {
    /// What it holds of Backstage's.
    enum Content: CaseIterable {
        case appConfigs, variables, plugins
        /// Manifests that take the place of the operator's own.
        case manifests
    }

    var content: Content
    /// `ConfigMap` or `Secret`.
    var kind: String
    var name: String
    /// Where it is named.
    var position: YAMLPosition
}

extension NamedSource {
    /// - Returns: `nil` where nothing is named.
    init?(_ content: Content, _ kind: String, _ node: YAMLNode?) {
        guard let node, let name = node.string, !name.isEmpty else { return nil }
        self.init(content: content, kind: kind, name: name, position: node.start)
    }
}

/// Tells of objects that Backstage reads and that are in no file which could be looked at: one of them may say which
/// database is Backstage's, and win over the new database's Secret.
struct UnreadSources {
    /// The migration's name, as far as there is one: its own receipts bring nothing of the database's.
    let migration: String?
    let namespace: String?
    /// The manifests that can be had.
    let objects: [ManifestObject]
    /// Files with app-configs, in ConfigMaps or by themselves.
    let appConfigs: [YAMLFile]

    func check(_ sources: [NamedSource], _ report: inout Report) {
        var seen: Set<[String]> = []
        let unread = sources.filter { source in
            if source.kind == "ConfigMap", let migration, Receipt.isName(source.name, of: migration) { return false }
            return !isHeld(source) && seen.insert(["\(source.content)", source.kind, source.name]).inserted
        }
        for content in NamedSource.Content.allCases {
            let group = unread.filter { $0.content == content }
            guard let first = group.first, !areLoose(group) else { continue }
            let fate =
                group.count == 1
                ? "which is in no given file and was not looked at"
                : "which are in no given file and were not looked at"
            report.warn(
                "Backstage takes \(content.description) from \(Self.list(group)), \(fate)",
                at: first.position, advice: content.advice)
        }
    }

    private func isHeld(_ source: NamedSource) -> Bool {
        objects.contains { object in
            guard source.content == .variables else {
                return object.isObject(kind: source.kind, name: source.name, in: namespace)
            }
            return object.brings(source.kind, named: source.name, in: namespace) && object.saysItsKeys
        }
    }

    /// Whether there are as many app-configs by themselves, of which something makes ConfigMaps.
    private func areLoose(_ sources: [NamedSource]) -> Bool {
        guard sources.first?.content == .appConfigs else { return false }
        return appConfigs.flatMap(\.objects).count { $0.kind.isEmpty && $0.root.entries != nil } >= sources.count
    }

    /// All but the first with its place: that one's is the message's.
    private static func list(_ sources: [NamedSource]) -> String {
        let names = sources.enumerated().map { index, source in
            "the \(source.kind) '\(source.name)'" + (index == 0 ? "" : " (\(source.position))")
        }
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
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

    /// What could stand there, and what to do.
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
