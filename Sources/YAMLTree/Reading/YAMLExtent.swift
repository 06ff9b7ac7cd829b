/// The size and depth of a tree for a reader that follows its aliases.
///
/// With aliases of aliases, a few lines can stand for more nodes than there is memory, and can be nested deeper than
/// any stack. The parser refuses both, so that readers need not check.
struct YAMLExtent {
    /// Much deeper than any manifest, and small enough for recursion.
    static let maximumDepth = 256
    /// The most nodes that aliases may repeat. The rest of a document is bounded by the length of its text.
    static let maximumRepeats = 100_000

    /// The number of nodes. Those behind an alias count once for each alias.
    private(set) var nodes = 1
    /// How many of them are repeated by an alias.
    private(set) var repeats = 0
    /// The number of levels; a scalar has one.
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

    /// An error if the tree is too large or too deep for a reader; otherwise `nil`.
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
