extension YAMLNode {
    /// Several documents laid over each other, each node keeping the place that it came from.
    ///
    /// Mappings merge, key by key, those of later layers after the others; everything else replaces what lies under it,
    /// null too.
    /// - Parameter layers: the lowest first.
    /// - Returns: the only layer as it is; `nil` for none.
    public static func layered(_ layers: [YAMLNode]) -> YAMLNode? {
        guard let first = layers.first else { return nil }
        return layers.dropFirst().reduce(first) { $0.covered(by: $1) }
    }

    private func covered(by upper: YAMLNode) -> YAMLNode {
        guard let below = mergedEntries, let above = upper.mergedEntries else { return upper }
        var entries = below.map { entry in
            guard let over = above.first(where: { $0.name.isSameText(as: entry.name) }) else { return entry }
            return Entry(key: over.key, value: entry.value.covered(by: over.value))
        }
        entries += above.filter { entry in !below.contains { $0.name.isSameText(as: entry.name) } }
        return YAMLNode(
            content: .mapping(entries, .block), tag: upper.tag, anchor: nil, start: upper.start, end: upper.end)
    }
}
