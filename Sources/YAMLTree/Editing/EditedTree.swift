/// What a document must parse to after an edit, derived from the tree and not from any text.
indirect enum EditedTree {
    /// Untouched: only its position may differ.
    case kept(YAMLNode)
    /// Made by the edit, with the anchor of the former node.
    case made(YAMLValue, anchor: String?)
    /// A collection that was changed inside. The node gives its tag and anchor.
    case sequence([EditedTree], like: YAMLNode)
    case mapping([(key: Key, value: EditedTree)], like: YAMLNode)

    enum Key {
        case kept(YAMLNode)
        case made(String)
    }

    /// The whole tree, with `leaf` in the place of `site`'s node.
    init(_ leaf: EditedTree, at site: EditSite) {
        self = site.steps.reversed().reduce(leaf) { child, step in
            EditedTree.children(of: step.collection) { children in children[step.index].value = child }
        }
    }

    /// The whole tree with several nodes replaced, none of which is in another.
    init(_ leaves: [(site: EditSite, tree: EditedTree)], in root: YAMLNode) {
        self = Self.tree(root, leaves[...], depth: 0)
    }

    private static func tree(_ node: YAMLNode, _ leaves: ArraySlice<(site: EditSite, tree: EditedTree)>, depth: Int)
        -> EditedTree
    {
        if let leaf = leaves.first, leaf.site.steps.count == depth { return leaf.tree }
        let groups = Dictionary(grouping: leaves.filter { $0.site.steps.count > depth }) { $0.site.steps[depth].index }
        return children(of: node) { children in
            for (index, group) in groups {
                guard children.indices.contains(index), case .kept(let child) = children[index].value else { continue }
                children[index].value = tree(child, group[...], depth: depth + 1)
            }
        }
    }

    /// The collection with a change of its children. Those of a sequence have no keys.
    static func children(
        of node: YAMLNode, _ change: (inout [(key: Key?, value: EditedTree)]) -> Void
    ) -> EditedTree {
        switch node.content {
        case .sequence(let items, _):
            var children = items.map { (key: Key?.none, value: EditedTree.kept($0)) }
            change(&children)
            return .sequence(children.map(\.value), like: node)
        case .mapping(let entries, _):
            var children = entries.map { (key: Key?.some(.kept($0.key)), value: EditedTree.kept($0.value)) }
            change(&children)
            return .mapping(children.compactMap { child in child.key.map { ($0, child.value) } }, like: node)
        case .scalar, .alias:
            return .kept(node)
        }
    }

    /// Whether the parsed node equals this tree.
    func matches(_ node: YAMLNode) -> Bool {
        switch self {
        case .kept(let old):
            return old.isSame(as: node)
        case .made(let value, let anchor):
            return node.anchor == anchor && node.isWritten(as: value)
        case .sequence(let children, let old):
            guard case .sequence(let items, _) = node.content, old.hasSameProperties(as: node) else { return false }
            return items.count == children.count && zip(children, items).allSatisfy { $0.matches($1) }
        case .mapping(let children, let old):
            guard case .mapping(let entries, _) = node.content, old.hasSameProperties(as: node) else { return false }
            return entries.count == children.count
                && zip(children, entries).allSatisfy { $0.key.matches($1.key) && $0.value.matches($1.value) }
        }
    }
}

extension EditedTree.Key {
    fileprivate func matches(_ node: YAMLNode) -> Bool {
        switch self {
        case .kept(let old): old.isSame(as: node)
        case .made(let name): node.isWritten(as: .string(name))
        }
    }
}

extension YAMLNode {
    fileprivate func hasSameProperties(as other: YAMLNode) -> Bool { tag == other.tag && anchor == other.anchor }

    /// Whether the trees differ in their positions only. Aliases are compared by name.
    func isSame(as other: YAMLNode) -> Bool {
        guard hasSameProperties(as: other) else { return false }
        switch (content, other.content) {
        case (.scalar(let mine), .scalar(let theirs)):
            return mine.style == theirs.style && mine.text.isSameText(as: theirs.text)
        case (.alias(let mine, _), .alias(let theirs, _)):
            return mine == theirs
        case (.sequence(let mine, let style), .sequence(let theirs, let otherStyle)):
            return style == otherStyle && mine.count == theirs.count
                && zip(mine, theirs).allSatisfy { $0.isSame(as: $1) }
        case (.mapping(let mine, let style), .mapping(let theirs, let otherStyle)):
            return style == otherStyle && mine.count == theirs.count
                && zip(mine, theirs).allSatisfy { $0.key.isSame(as: $1.key) && $0.value.isSame(as: $1.value) }
        default:
            return false
        }
    }

    /// Whether every reader of YAML 1.1 or 1.2 takes the node for the value, and it has no alias in it.
    func isWritten(as value: YAMLValue) -> Bool {
        switch (content, value) {
        case (.scalar, _):
            return resolved(.core) == value && resolved(.yaml11) == value
        case (.sequence(let items, _), .sequence(let values)):
            return items.count == values.count && zip(items, values).allSatisfy { $0.isWritten(as: $1) }
        case (.mapping(let entries, _), .mapping(let mapping)):
            return entries.count == mapping.count
                && zip(entries, mapping.entries).allSatisfy { entry, wanted in
                    entry.key.isWritten(as: .string(wanted.key)) && entry.value.isWritten(as: wanted.value)
                }
        default:
            return false
        }
    }
}
