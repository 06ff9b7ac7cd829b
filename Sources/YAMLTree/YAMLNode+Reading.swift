extension YAMLNode {
    /// The node itself, or what it is an alias of.
    public var target: YAMLNode {
        if case .alias(_, let target) = content { target } else { self }
    }

    public var isAlias: Bool {
        if case .alias = content { true } else { false }
    }

    /// The scalar that this is, or is an alias of.
    public var scalar: YAMLScalar? {
        if case .scalar(let scalar) = target.content { scalar } else { nil }
    }

    /// The items of the sequence that this is, or is an alias of.
    public var items: [YAMLNode]? {
        if case .sequence(let items, _) = target.content { items } else { nil }
    }

    /// The entries written in the mapping that this is, or is an alias of; a merge key is one of them.
    public var entries: [Entry]? {
        if case .mapping(let entries, _) = target.content { entries } else { nil }
    }

    /// The entries that a reader of the mapping sees: its own first, then those that merge keys bring in.
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

    /// The value of `key` in a mapping, looked for in the mapping itself and then behind its merge keys.
    public subscript(key: String) -> YAMLNode? { entry(key)?.value }

    /// The entry of `key`, for where its key stands.
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

    /// Visits the entries of this mapping and then of those that it merges, nearest first, until `visit` returns true.
    /// Each mapping is visited once, so that merges of merges cannot multiply.
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
