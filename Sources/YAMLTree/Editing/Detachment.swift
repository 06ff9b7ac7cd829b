/// What is done to a text before an edit, so that the edit's place is its own: nothing that a reader sees changes by it.
enum Detachment {
    /// What the alias at the site stands for takes its place.
    case spell(EditSite)
    /// A key that a merge key brings in becomes the mapping's own, with the same value.
    case own(EditSite, key: String, value: YAMLNode)
    /// The anchor of a node moves to the first of its aliases, which is spelt out; the others follow.
    case move(YAMLNode, to: EditSite)

    /// The first thing in the way of an edit; `nil` where its place is its own.
    init?(for edit: YAMLEdit, in root: YAMLNode) throws(YAMLError) {
        let aliases = AliasMap(root)
        if let found = try Self.onTheWay(of: edit, in: root, aliases) {
            self = found
            return
        }
        guard let moved = try Self.anchored(by: edit, in: root, aliases) else { return nil }
        self = moved
    }

    /// The alias on the way, the inherited key, or the anchored collection that the edit would change from inside.
    private static func onTheWay(
        of edit: YAMLEdit, in root: YAMLNode, _ aliases: AliasMap
    ) throws(YAMLError) -> Detachment? {
        let components = edit.path.components
        for depth in 0...components.count {
            let site = try EditSite(YAMLPath(Array(components[..<depth])), in: root)
            guard site.missing.isEmpty else {
                guard site.isInherited, depth < components.count || edit.changesInside, let entry = site.inheritedEntry
                else { return nil }
                return .own(site, key: entry.name, value: entry.value)
            }
            let isChangedInside = depth < components.count || edit.changesInside
            if isChangedInside, site.node.isAlias { return .spell(site) }
            if isChangedInside, site.node.anchor != nil, let alias = try aliases.first(of: site.node) {
                return .move(site.node, to: alias)
            }
        }
        return nil
    }

    /// An anchor in what the edit takes away or replaces that an alias elsewhere needs.
    private static func anchored(by edit: YAMLEdit, in root: YAMLNode, _ aliases: AliasMap) throws(YAMLError)
        -> Detachment?
    {
        let site = try EditSite(edit.path, in: root)
        guard site.missing.isEmpty, edit.takesAway else { return nil }
        var needed: YAMLNode?
        site.node.visit { node in
            if needed == nil, node.anchor != nil, aliases.isNeeded(node, outside: site.node) { needed = node }
        }
        guard let needed, let alias = try aliases.first(of: needed) else { return nil }
        // What goes with it may have the first; then the anchor moves again.
        return .move(needed, to: alias)
    }
}

/// The places of all aliases of a document.
private struct AliasMap {
    private struct Use {
        /// The alias, or the mapping in which it is a key.
        let site: EditSite
        let isKey: Bool
    }

    /// In the order of the text.
    private var uses: [ObjectIdentifier: [Use]] = [:]

    init(_ root: YAMLNode) {
        var uses: [ObjectIdentifier: [Use]] = [:]
        EditSite.visit(root) { site in
            if case .alias(_, let target) = site.node.content {
                uses[ObjectIdentifier(target), default: []].append(Use(site: site, isKey: false))
            } else if case .mapping(let entries, _) = site.node.content {
                for entry in entries {
                    guard case .alias(_, let target) = entry.key.content else { continue }
                    uses[ObjectIdentifier(target), default: []].append(Use(site: site, isKey: true))
                }
            }
        }
        self.uses = uses
    }

    /// - Throws: ``YAMLError`` where the node is used as a key, in whose place none can be written out.
    func first(of node: YAMLNode) throws(YAMLError) -> EditSite? {
        guard let uses = uses[ObjectIdentifier(node)], let first = uses.first else { return nil }
        guard !uses.contains(where: \.isKey) else {
            throw YAMLError(
                at: node.start, "the anchor &\(node.anchor ?? "") stands here, and an alias of it is a key",
                expected: "the key written out")
        }
        return first.site
    }

    func isNeeded(_ node: YAMLNode, outside region: YAMLNode) -> Bool {
        (uses[ObjectIdentifier(node)] ?? []).contains { use in
            use.site.node !== region && !use.site.steps.contains { $0.collection === region }
        }
    }
}

extension YAMLEdit {
    /// Whether the node at the path changes from inside.
    fileprivate var changesInside: Bool {
        switch self {
        case .append: true
        case .set, .insert, .remove: false
        }
    }

    /// Whether the node at the path goes.
    fileprivate var takesAway: Bool {
        switch self {
        case .set, .remove: true
        case .append, .insert: false
        }
    }
}
