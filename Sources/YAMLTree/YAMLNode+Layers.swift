extension YAMLNode {
    /// Several documents merged. Each node keeps its position.
    ///
    /// Mappings are merged key by key, with new keys of later layers at the end. Everything else replaces what is in
    /// the layers below, and so does null.
    ///
    /// - Parameter layers: the lowest first.
    /// - Returns: a single layer unchanged; `nil` for none.
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
