extension YAMLLayout {
    /// The layout of the text around the end of `site`. For each property, the nearest example decides.
    init(around site: EditSite, in source: SourceText) {
        let nearest = [site.node] + site.steps.reversed().map(\.collection)
        lineBreak = source.lineBreak(near: source.contentEnd(of: site.node))
        step = nearest.lazy.compactMap { Self.offset(in: $0, source, isSequence: false) }.first ?? 2
        sequenceOffset = nearest.lazy.compactMap { Self.offset(in: $0, source, isSequence: true) }.first ?? 0
        // An indentation indicator has one digit.
        if !(1...9).contains(step) { step = 2 }
    }

    /// How much further a block collection of that kind is indented than the block mapping around it, in the first
    /// example.
    private static func offset(in node: YAMLNode, _ source: SourceText, isSequence: Bool) -> Int? {
        guard node.style == .block else { return nil }
        if case .mapping(let entries, _) = node.content {
            for entry in entries where entry.value.style == .block && (entry.value.items != nil) == isSequence {
                let offset = source.column(of: entry.value) - source.column(of: node)
                if offset >= 0 { return offset }
            }
        }
        return node.children.lazy.compactMap { offset(in: $0, source, isSequence: isSequence) }.first
    }
}
