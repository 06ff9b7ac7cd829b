/// One node of a parsed document, and where it stood.
///
/// Never changes. A class, because trees are handed around by their nodes, and a copy of all this costs more than the
/// reading of it.
public final class YAMLNode: Sendable {
    public enum CollectionStyle: Sendable, Hashable {
        /// Structured by indentation.
        case block
        /// Structured by brackets.
        case flow
    }

    public struct Entry: Sendable {
        /// A scalar, or an alias of one: other keys are refused by the parser, since no Kubernetes object has them.
        public let key: YAMLNode
        public let value: YAMLNode

        /// The key's text; which of two ways to write it was used makes no difference.
        public var name: String { key.scalar?.text ?? "" }

        /// Whether this is `<<`, whose value's entries count as the mapping's own (<https://yaml.org/type/merge.html>).
        public var isMerge: Bool {
            guard let scalar = key.scalar, scalar.style == .plain else { return false }
            return scalar.text.isSameText(as: "<<") && key.tag == nil
        }
    }

    public enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode], CollectionStyle)
        case mapping([Entry], CollectionStyle)
        /// The target is never itself an alias and never holds this node.
        case alias(String, target: YAMLNode)
    }

    public let content: Content
    /// Whether the mapping written here has a merge key, which few have.
    let hasMergeKey: Bool
    /// What the tree from here comes to for a reader who follows its aliases.
    let extent: YAMLExtent
    /// The whole tag, such as `tag:yaml.org,2002:str` for `!!str`; `nil` where none was written.
    public let tag: String?
    public let anchor: String?
    /// Where the node begins, its tag and anchor included.
    public let start: YAMLPosition
    /// Where the node's own text ends. A block collection ends where its last node does; a block scalar ends at the
    /// beginning of the line after it.
    public let end: YAMLPosition

    init(content: Content, tag: String?, anchor: String?, start: YAMLPosition, end: YAMLPosition) {
        self.content = content
        hasMergeKey = if case .mapping(let entries, _) = content { entries.contains(where: \.isMerge) } else { false }
        extent = YAMLExtent(of: content)
        self.tag = tag
        self.anchor = anchor
        self.start = start
        self.end = end
    }

    /// What the node is, for messages: "a mapping", "a quoted string", "nothing".
    public var kind: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias(let name, _): "the alias *\(name)"
        case .scalar(let scalar):
            switch resolved(.core) {
            case .null: scalar.text.isEmpty ? "nothing" : "null"
            case .bool: "a boolean"
            case .int: "an integer"
            case .float: "a number"
            default: scalar.style == .plain ? "a string" : "a quoted string"
            }
        }
    }
}
