/// A change before an edit, after which the edited node is shared by no alias or merge key. A reader sees the same
/// values as before.
enum Detachment {
    /// The alias at the site is replaced by a copy of the node that it refers to.
    case writeOut(EditSite)
    /// A key from a merge key is written into the mapping itself, with the same value.
    case own(EditSite, key: String, value: YAMLNode)
    /// The anchor of a node moves to the first of its aliases, where the node is written out. The other aliases refer
    /// to that.
    case move(YAMLNode, to: EditSite)

    /// The first detachment that an edit needs; `nil` if what it edits is not shared.
    init?(for edit: YAMLEdit, in root: YAMLNode) throws(YAMLError) {
        let aliases = AliasMap(root)
        if let found = try Self.onTheWay(of: edit, in: root, aliases) {
            self = found
            return
        }
        guard let moved = try Self.anchored(by: edit, in: root, aliases) else { return nil }
        self = moved
    }

    /// Finds an alias on the path, a key from a merge key, or an anchored collection that the edit would change from
    /// inside.
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
            if isChangedInside, site.node.isAlias { return .writeOut(site) }
            if isChangedInside, site.node.anchor != nil, let alias = try aliases.first(of: site.node) {
                return .move(site.node, to: alias)
            }
        }
        return nil
    }

    /// Finds an anchor in what the edit removes or replaces, if an alias elsewhere needs it.
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
        // The first alias may be removed by the edit, too. Then the anchor moves once more.
        return .move(needed, to: alias)
    }
}

/// All aliases of a document, and where they are.
private struct AliasMap {
    private struct Use {
        /// The alias, or the mapping in which the alias is a key.
        let site: EditSite
        let isKey: Bool
    }

    /// The aliases of each node, in the order of the text.
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

    /// - Throws: ``YAMLError`` where the alias is a key: no collection can be written there.
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
    /// Whether the edit changes the node at the path from inside.
    fileprivate var changesInside: Bool {
        switch self {
        case .append: true
        case .set, .insert, .remove: false
        }
    }

    /// Whether the edit removes the node at the path.
    fileprivate var takesAway: Bool {
        switch self {
        case .set, .remove: true
        case .append, .insert: false
        }
    }
}
