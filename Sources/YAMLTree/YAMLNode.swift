/// One node of a parsed document, with its position.
///
/// Nodes never change. They are objects of a class because they are passed around a lot, and copying all these
/// properties would cost more than reading them.
public final class YAMLNode: Sendable {
    public enum CollectionStyle: Sendable, Hashable {
        /// Structured by indentation.
        case block
        /// Structured by brackets.
        case flow
    }

    public struct Entry: Sendable {
        /// A scalar, or an alias of one. The parser refuses other keys, since no Kubernetes object has them.
        public let key: YAMLNode
        public let value: YAMLNode

        /// The key's text, whatever its form.
        public var name: String { key.scalar?.text ?? "" }

        /// Whether this is `<<`, a merge key: the entries of its value count as the mapping's own
        /// (<https://yaml.org/type/merge.html>).
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
    /// Whether the mapping has a merge key, which few have.
    let hasMergeKey: Bool
    /// The size of the tree for a reader that follows its aliases.
    let extent: YAMLExtent
    /// The whole tag, such as `tag:yaml.org,2002:str` for `!!str`; `nil` if there is none.
    public let tag: String?
    public let anchor: String?
    /// Where the node begins, including its tag and anchor.
    public let start: YAMLPosition
    /// Where the node's text ends. A block collection ends where its last node does. A block scalar ends at the
    /// beginning of the next line.
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

    /// The node's kind, for messages: "a mapping", "a quoted string", "nothing".
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
