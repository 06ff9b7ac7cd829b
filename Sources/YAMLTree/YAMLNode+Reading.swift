extension YAMLNode {
    /// The node itself, or the one that it is an alias of.
    public var target: YAMLNode {
        if case .alias(_, let target) = content { target } else { self }
    }

    public var isAlias: Bool {
        if case .alias = content { true } else { false }
    }

    /// The scalar, if this is one or an alias of one.
    public var scalar: YAMLScalar? {
        if case .scalar(let scalar) = target.content { scalar } else { nil }
    }

    /// The items, if this is a sequence or an alias of one.
    public var items: [YAMLNode]? {
        if case .sequence(let items, _) = target.content { items } else { nil }
    }

    /// The entries as written, if this is a mapping or an alias of one. A merge key is one of them.
    public var entries: [Entry]? {
        if case .mapping(let entries, _) = target.content { entries } else { nil }
    }

    /// The entries that a reader sees: first the mapping's own, then those from merge keys.
    public var mergedEntries: [Entry]? {
        guard let entries else { return nil }
        guard target.hasMergeKey else { return entries }
        var seen: Set<ExactText> = []
        var result: [Entry] = []
        visitMerged { mapping in
            for entry in mapping where !entry.isMerge && seen.insert(ExactText(entry.name)).inserted {
                result.append(entry)
            }
            return false
        }
        return result
    }

    /// The value of `key` in a mapping. Its own entries come before those from merge keys.
    public subscript(key: String) -> YAMLNode? { entry(key)?.value }

    /// The entry of `key`, for the position of its key.
    public func entry(_ key: String) -> Entry? {
        guard let entries else { return nil }
        if let own = entries.first(where: { $0.name.isSameText(as: key) }) { return own }
        guard target.hasMergeKey else { return nil }
        var found: Entry?
        visitMerged { mapping in
            found = mapping.first { $0.name.isSameText(as: key) }
            return found != nil
        }
        return found
    }

    /// The item of a sequence; `nil` outside its bounds.
    public subscript(index: Int) -> YAMLNode? {
        guard let items, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The node that `path` leads to from here.
    public subscript(at path: YAMLPath) -> YAMLNode? {
        path.components.reduce(Optional(self)) { node, component in
            switch component {
            case .key(let key): node?[key]
            case .index(let index): node?[index]
            }
        }
    }

    /// Visits the entries of this mapping, and then those of the mappings that it merges, nearest first, until `visit`
    /// returns true. Each mapping is visited once, so that merges of merges cannot multiply.
    private func visitMerged(_ visit: ([Entry]) -> Bool) {
        var visited: Set<ObjectIdentifier> = []
        func descend(_ node: YAMLNode) -> Bool {
            let mapping = node.target
            guard case .mapping(let entries, _) = mapping.content else { return false }
            guard visited.insert(ObjectIdentifier(mapping)).inserted else { return false }
            if visit(entries) { return true }
            for entry in entries where entry.isMerge {
                for source in entry.value.items ?? [entry.value] where descend(source) { return true }
            }
            return false
        }
        _ = descend(self)
    }
}
