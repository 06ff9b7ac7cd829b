extension YAMLNode {
    /// The value of a scalar, or of an alias of one; `nil` for collections.
    ///
    /// Anything in quotes or block style is a string. A tag decides if there is one.
    public func resolved(_ schema: YAMLSchema) -> YAMLValue? {
        let node = target
        guard case .scalar(let scalar) = node.content else { return nil }
        switch node.tag {
        case nil:
            return scalar.style == .plain ? schema.value(ofPlain: scalar.text) : .string(scalar.text)
        case "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int":
            return schema.value(ofPlain: scalar.text)
        case "tag:yaml.org,2002:float":
            if case .int(let number) = schema.value(ofPlain: scalar.text) { return .float(Double(number)) }
            return schema.value(ofPlain: scalar.text)
        default:
            return .string(scalar.text)
        }
    }

    /// The text of a string. A number, a boolean or null without quotes is no string.
    public var string: String? { resolved(.core)?.string }
    public var int: Int? { resolved(.core)?.int }
    public var bool: Bool? { resolved(.core)?.bool }
    /// Whether the node is `null`, `~`, or empty.
    public var isNull: Bool { resolved(.core) == .null }

    /// Whether readers of YAML 1.1 and of YAML 1.2 take the scalar for different values: `yes`, `0640`, `12:30`, `1e3`.
    public var isAmbiguous: Bool { resolved(.core) != resolved(.yaml11) }

    /// The value without positions, comments and styles. Aliases and merge keys are replaced by what they refer to.
    public func value(_ schema: YAMLSchema = .core) -> YAMLValue {
        switch target.content {
        case .scalar, .alias:
            return resolved(schema) ?? .null
        case .sequence(let items, _):
            return .sequence(items.map { $0.value(schema) })
        case .mapping(let entries, _):
            var result = YAMLMapping()
            for entry in mergedEntries ?? entries { result.append(entry.name, entry.value.value(schema)) }
            return .mapping(result)
        }
    }
}
