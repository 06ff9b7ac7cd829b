/// A YAML value without a position, to be emitted or to be put into a file by an edit.
public enum YAMLValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case sequence([YAMLValue])
    case mapping(YAMLMapping)

    /// A mapping's value for `key`. Setting it turns anything else into a mapping; setting `nil` removes the key.
    public subscript(key: String) -> YAMLValue? {
        get { if case .mapping(let mapping) = self { mapping[key] } else { nil } }
        set {
            var mapping = if case .mapping(let mapping) = self { mapping } else { YAMLMapping() }
            mapping[key] = newValue
            self = .mapping(mapping)
        }
    }

    /// A sequence's item; `nil` outside its bounds.
    public subscript(index: Int) -> YAMLValue? {
        if case .sequence(let items) = self, items.indices.contains(index) { items[index] } else { nil }
    }

    /// The value at a path.
    public subscript(at path: YAMLPath) -> YAMLValue? {
        path.components.reduce(Optional(self)) { value, component in
            switch component {
            case .key(let key): value?[key]
            case .index(let index): value?[index]
            }
        }
    }

    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var int: Int? { if case .int(let number) = self { number } else { nil } }
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var items: [YAMLValue]? { if case .sequence(let items) = self { items } else { nil } }
    public var mapping: YAMLMapping? { if case .mapping(let mapping) = self { mapping } else { nil } }

    /// The value's kind, for messages.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int: "an integer"
        case .float: "a number"
        case .string: "a string"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

extension YAMLValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: YAMLValue...) { self = .sequence(elements) }
    /// If a key is given twice, the last value counts.
    public init(dictionaryLiteral elements: (String, YAMLValue)...) { self = .mapping(YAMLMapping(elements)) }
}
