/// The place in a document that a path leads to, or the last node on the way where the rest does not exist.
struct EditSite {
    /// A collection on the path, and the index of the entry or item that the path goes through.
    struct Step {
        let collection: YAMLNode
        let index: Int
    }

    private(set) var path: YAMLPath
    private(set) var steps: [Step] = []
    private(set) var node: YAMLNode
    /// The part of the path that does not exist. It begins with a key of ``node``.
    private(set) var missing: ArraySlice<YAMLPath.Component> = []
    /// Whether the missing key comes from a merge key.
    private(set) var isInherited = false

    /// Whether the node is in a flow collection.
    var isInFlow: Bool { steps.contains { $0.collection.style == .flow } }

    /// The site of the collection that contains the node.
    var parent: EditSite {
        guard let step = steps.last else { return self }
        var site = self
        site.steps.removeLast()
        site.node = step.collection
        return site
    }

    /// The entry of the missing key, if it comes from a merge key.
    var inheritedEntry: YAMLNode.Entry? {
        guard isInherited, case .key(let key)? = missing.first else { return nil }
        return node.entry(key)
    }

    /// Calls `body` with the site of every node of a document except keys, in the order of the text.
    static func visit(_ root: YAMLNode, _ body: (EditSite) -> Void) {
        func descend(_ site: EditSite) {
            body(site)
            switch site.node.content {
            case .sequence(let items, _):
                for (index, item) in items.enumerated() { descend(site.child(.index(index), index, item)) }
            case .mapping(let entries, _):
                for (index, entry) in entries.enumerated() { descend(site.child(.key(entry.name), index, entry.value)) }
            case .scalar, .alias: break
            }
        }
        descend(EditSite(root))
    }

    private init(_ root: YAMLNode) {
        path = []
        node = root
    }

    private func child(_ component: YAMLPath.Component, _ index: Int, _ child: YAMLNode) -> EditSite {
        var site = self
        site.path = path.appending(component)
        site.steps.append(Step(collection: node, index: index))
        site.node = child
        return site
    }

    /// - Throws: ``YAMLError`` where the path goes through an alias or below a merge key, or to an item or a key of a
    ///   node that has none.
    init(_ path: YAMLPath, in root: YAMLNode) throws(YAMLError) {
        self.path = path
        node = root
        for (depth, component) in path.components.enumerated() {
            try refuseAlias(at: YAMLPath(Array(path.components[..<depth])))
            switch (component, node.content) {
            case (.key(let key), .mapping(let entries, _)):
                guard let index = entries.firstIndex(where: { $0.name.isSameText(as: key) }) else {
                    missing = path.components[depth...]
                    try checkInherited(key)
                    return
                }
                steps.append(Step(collection: node, index: index))
                node = entries[index].value
            case (.index(let index), .sequence(let items, _)):
                guard items.indices.contains(index) else {
                    throw error(depth, "has \(items.count) items", expected: "at least \(index + 1)")
                }
                steps.append(Step(collection: node, index: index))
                node = items[index]
            case (.key, .scalar) where node.isNull:
                missing = path.components[depth...]
                return
            case (.key(let key), _):
                throw error(depth, "is \(node.kind)", expected: "a mapping that can have the key '\(key)'")
            case (.index, _):
                throw error(depth, "is \(node.kind)", expected: "a list")
            }
        }
    }

    /// - Throws: ``YAMLError`` where the node is an alias, whose edit would be an edit of its anchor.
    func refuseAlias(at path: YAMLPath) throws(YAMLError) {
        guard case .alias(let name, let target) = node.content else { return }
        throw YAMLError(
            at: node.start,
            "\(path) is the alias *\(name), and an edit below it would change every place that shares it",
            expected: "the edit where &\(name) stands (\(line: target.start)), or a copy in place of the alias")
    }

    /// - Throws: ``YAMLError`` where the key comes from a merge key.
    func refuseInherited() throws(YAMLError) {
        guard isInherited, case .key(let key)? = missing.first, let entry = node.entry(key) else { return }
        throw YAMLError(
            at: node.start, "\(path) would change what a merge key (<<) brings in from \(line: entry.key.start)",
            expected: "the edit there, or the whole of '\(key)' set here")
    }

    private mutating func checkInherited(_ key: String) throws(YAMLError) {
        isInherited = node.entry(key) != nil
        if missing.count > 1 { try refuseInherited() }
    }

    private func error(_ depth: Int, _ problem: String, expected: String) -> YAMLError {
        YAMLError(at: node.start, "\(YAMLPath(Array(path.components[..<depth]))) \(problem)", expected: expected)
    }
}

extension YAMLNode {
    /// How the collection is written; `nil` for scalars and aliases.
    var style: CollectionStyle? {
        switch content {
        case .sequence(_, let style), .mapping(_, let style): style
        default: nil
        }
    }

    var children: [YAMLNode] {
        switch content {
        case .sequence(let items, _): items
        case .mapping(let entries, _): entries.flatMap { [$0.key, $0.value] }
        default: []
        }
    }
}
