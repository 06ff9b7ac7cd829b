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

    /// The keys of a section, or of each item of a list.
    public var keys: (fields: [any FieldDeclaration], rules: SectionRules)? {
        switch self {
        case .section(let fields, let rules): (fields, rules)
        case .list(let item): item.keys
        default: nil
        }
    }
}

/// A type that a key of the config can have.
public protocol ConfigValue: KeyContent where Value == Self {
    static var shape: Shape { get }
    /// Decodes a value that is there, or reports why not.
    /// - Parameters:
    ///   - node: what stands there.
    ///   - path: the key's place from the root, `spec.target.external.host`.
    ///   - report: takes what is wrong.
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
    /// What its absence means, where the key may be absent and has no default.
    var absence: Absence? { get }
    /// Reports what is wrong with a value that somebody gives it.
    func check(_ node: YAMLNode, path: String, report: inout Report)
}

extension FieldDeclaration {
    /// How an absent key's value is found, where it is not a constant.
    public var derivation: String? {
        switch absence {
        case .optional(let text)?: text
        case .oneOfSeveral(let text)?: text
        case .choice?, .choiceWhen?, nil: nil
        }
    }
}

/// What the absence of a key means that has no default.
public enum Absence: Sendable {
    /// Nothing, or something that is worked out later, which the text tells.
    case optional(String?)
    /// Another of the section's choices is there, since exactly one must be.
    case choice
    /// The same, but only when another key has a certain value.
    case choiceWhen(_ key: String, is: String)
    /// The text; but one or more of the keys that say this must be there.
    case oneOfSeveral(String)
}

/// What is declared of a key: the decoder, the JSON Schema, `rehome explain` and `rehome init` all read this.
public struct Field<Value: ConfigValue>: FieldDeclaration {
    /// What an absent key means.
    enum Presence: Sendable {
        case required
        case defaultsTo(Value)
        /// A section whose keys all have defaults of their own.
        case defaultsOfKeys
        case absent(Absence)
    }

    public internal(set) var name: String
    public let meaning: String
    public let consequence: String?
    let presence: Presence

    /// - Parameter name: for a name that no property can have; else the property's is the key's.
    init(_ presence: Presence, name: String = "", meaning: String, consequence: String? = nil) {
        self.name = name
        self.presence = presence
        self.meaning = meaning
        self.consequence = consequence
    }

    public var shape: Shape { Value.shape }
    public var isRequired: Bool { if case .required = presence { true } else { false } }
    public var defaultValue: YAMLValue? { if case .defaultsTo(let value) = presence { value.yamlValue } else { nil } }
    public var absence: Absence? { if case .absent(let absence) = presence { absence } else { nil } }

    public func check(_ node: YAMLNode, path: String, report: inout Report) {
        _ = Value.decode(node, path: path, report: &report)
    }
}

/// A value and where it stands; a default stands where its section does.
public struct Located<Value: Sendable>: Sendable {
    public var value: Value
    public var position: YAMLPosition
}
