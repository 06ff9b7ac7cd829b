/// The path from a document's root to a node: `["spec", "envs", 0, "name"]`.
public struct YAMLPath: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public enum Component: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case key(String)
        /// Counted from 0.
        case index(Int)

        public init(stringLiteral value: String) { self = .key(value) }
        public init(integerLiteral value: Int) { self = .index(value) }
    }

    public var components: [Component]

    public init(_ components: [Component]) { self.components = components }
    public init(arrayLiteral elements: Component...) { components = elements }

    public func appending(_ component: Component) -> YAMLPath { YAMLPath(components + [component]) }

    public static func + (left: YAMLPath, right: YAMLPath) -> YAMLPath { YAMLPath(left.components + right.components) }

    /// The usual form, `spec.envs[0].name`. A key that would be ambiguous is in brackets and quotes.
    public var description: String {
        var text = ""
        for component in components {
            switch component {
            case .index(let index): text += "[\(index)]"
            case .key(let key) where key.isEmpty || key.contains(where: { ".[]\"' \n".contains($0) }):
                text += "[\"\(key)\"]"
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            }
        }
        return text.isEmpty ? "the document's root" : text
    }
}
