public import YAMLTree

/// What a value of the config may look like. JSON Schema and documentation are made from it.
public indirect enum Shape: Sendable {
    /// Text, with an ECMA-262 pattern if there is one. Some texts may be written as a number without quotes.
    case text(expectation: String, pattern: String?, acceptsNumbers: Bool)
    case integer(ClosedRange<Int>)
    case boolean
    case choice([String])
    case list(Shape)
    /// Any names, each with a text.
    case map
    /// A list of mappings, or a mapping, in Kubernetes' own format, which its API server checks.
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
    /// Decodes a value, or reports why it cannot.
    ///
    /// - Parameters:
    ///   - node: the value.
    ///   - path: the key's path from the root, such as `spec.target.external.host`.
    ///   - report: collects the problems.
    static func decode(_ node: YAMLNode, path: String, report: inout Report) -> Self?
    /// The value as YAML, for documentation.
    var yamlValue: YAMLValue { get }
}

/// A key's declaration, without its type.
public protocol FieldDeclaration: Sendable {
    var name: String { get }
    var meaning: String { get }
    var consequence: String? { get }
    var shape: Shape { get }
    var isRequired: Bool { get }
    /// The value of an absent key.
    var defaultValue: YAMLValue? { get }
    /// What absence means, if the key may be absent and has no default.
    var absence: Absence? { get }
    /// Reports problems of a value that somebody gives it.
    func check(_ node: YAMLNode, path: String, report: inout Report)
}

extension FieldDeclaration {
    /// How an absent key's value is found, if it is no constant.
    public var derivation: String? {
        switch absence {
        case .optional(let text)?: text
        case .oneOfSeveral(let text)?: text
        case .choice?, .choiceWhen?, nil: nil
        }
    }
}

/// What the absence of a key without a default means.
public enum Absence: Sendable {
    /// Nothing, or a value that is worked out later, as the text says.
    case optional(String?)
    /// Another of the section's alternatives is there, since exactly one must be.
    case choice
    /// The same, but only when another key has a certain value.
    case choiceWhen(_ key: String, is: String)
    /// What the text says. At least one of the section's keys that declare this must be there.
    case oneOfSeveral(String)
}

/// The declaration of a key, which the decoder, the JSON Schema, `rehome explain` and `rehome init` all read.
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

    /// - Parameter name: the key's name, if no property can have it. By default it is the property's name.
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

/// A value and its position. The position of a default is that of its section.
public struct Located<Value: Sendable>: Sendable {
    public var value: Value
    public var position: YAMLPosition
}
