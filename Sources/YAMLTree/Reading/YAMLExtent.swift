/// How large and how deep a tree is for a reader who follows its aliases.
///
/// A few lines of aliases of aliases stand for more nodes than there is memory, and a chain of them goes deeper than any
/// stack. The parser refuses both, so that no reader has to mind.
struct YAMLExtent {
    /// Far more than any manifest has, and little enough for recursion.
    static let maximumDepth = 256
    /// Of what aliases repeat. A document's own size is bounded by its text.
    static let maximumRepeats = 100_000

    /// The nodes, those behind aliases counted once for each alias.
    private(set) var nodes = 1
    /// How many of them are there by an alias only.
    private(set) var repeats = 0
    /// Levels, a scalar being one.
    private(set) var depth = 1

    init(of content: YAMLNode.Content) {
        switch content {
        case .scalar: break
        case .alias(_, let target):
            self = target.extent
            repeats = nodes
        case .sequence(let items, _):
            for item in items { add(item.extent) }
        case .mapping(let entries, _):
            for entry in entries {
                add(entry.key.extent)
                add(entry.value.extent)
            }
        }
    }

    private mutating func add(_ child: YAMLExtent) {
        nodes += child.nodes
        repeats += child.repeats
        depth = max(depth, child.depth + 1)
    }

    /// What of it no reader could cope with, as an error at a place; `nil` for nothing.
    func excess(at position: YAMLPosition) -> YAMLError? {
        if repeats > Self.maximumRepeats {
            return YAMLError(
                at: position, "aliases of aliases make more than \(Self.maximumRepeats) nodes of this",
                expected: "what is meant, written out")
        }
        guard depth > Self.maximumDepth else { return nil }
        return YAMLError(at: position, "through aliases this is nested more than \(Self.maximumDepth) levels deep")
    }
}
