public import YAMLTree

/// What a value of the config may look like; JSON Schema and documentation are made of it.
public indirect enum Shape: Sendable {
    /// Text, with an ECMA-262 pattern where there is one; some of it may be written as a number without quotes.
    case text(expectation: String, pattern: String?, acceptsNumbers: Bool)
    case integer(ClosedRange<Int>)
    case boolean
    case choice([String])
    case list(Shape)
    /// Any names, each with a text.
    case map
    /// A list of mappings, or a mapping, of Kubernetes' own, which its API server checks.
    case verbatim(isList: Bool)
    case section([any FieldDeclaration], rules: SectionRules)
}

/// What a section's keys have to do with each other.
public struct SectionRules: Sendable {
    /// Keys of which exactly one must be there when another key has a certain value.
    public struct Requirement: Sendable {
        public var oneOf: [String]
        public var other: String
        public var value: String
    }

    /// Keys of which exactly one must be there; none where the section has no such choice.
    public var exactlyOne: [String] = []
    /// Keys of which one or more must be there; none where the section has no such choice.
    public var atLeastOne: [String] = []
    public var requirements: [Requirement] = []

    static let none = SectionRules()
}

/// A type that a key of the config can have.
public protocol ConfigValue: Sendable {
    static var shape: Shape { get }
    /// Decodes a value that is there, or reports why not.
    /// - Parameter path: the key's place from the root, `spec.target.external.host`.
    static func decode(_ node: YAMLNode, path: String, report: inout Report) -> Self?
    /// The value as it would be written, for documentation.
    var yamlValue: YAMLValue { get }
}

/// A key's declaration, without its type.
public protocol FieldDeclaration: Sendable {
    var name: String { get }
    var meaning: String { get }
    var consequence: String? { get }
    var shape: Shape { get }
    var isRequired: Bool { get }
    /// What an absent key stands for.
    var defaultValue: YAMLValue? { get }
    /// How an absent key's value is found, where it is not a constant.
    var derivation: String? { get }
}

/// A key of the config, declared once: the decoder, the JSON Schema and `rehome explain` all read this.
public struct Field<Value: ConfigValue>: FieldDeclaration {
    /// What an absent key means.
    enum Presence: Sendable {
        case required
        /// Nothing, or something that is worked out later, which the text tells.
        case optional(String?)
        case defaultsTo(Value)
        /// A section whose keys all have defaults of their own.
        case defaultsOfKeys
    }

    public let name: String
    public let meaning: String
    public let consequence: String?
    let presence: Presence

    init(_ name: String, _ presence: Presence = .required, meaning: String, consequence: String? = nil) {
        self.name = name
        self.presence = presence
        self.meaning = meaning
        self.consequence = consequence
    }

    public var shape: Shape { Value.shape }
    public var isRequired: Bool { if case .required = presence { true } else { false } }
    public var defaultValue: YAMLValue? { if case .defaultsTo(let value) = presence { value.yamlValue } else { nil } }
    public var derivation: String? { if case .optional(let text) = presence { text } else { nil } }
}

/// A value and where it stands; a default stands where its section does.
public struct Located<Value: Sendable>: Sendable {
    public var value: Value
    public var position: YAMLPosition
}
