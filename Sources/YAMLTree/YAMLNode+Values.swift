extension YAMLNode {
    /// What the scalar that this is, or is an alias of, stands for; `nil` for collections.
    ///
    /// Quotes and block style make a string of anything; a tag decides where there is one.
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

    /// The text of a string; a number, a boolean or null that is written without quotes is none.
    public var string: String? { resolved(.core)?.string }
    public var int: Int? { resolved(.core)?.int }
    public var bool: Bool? { resolved(.core)?.bool }
    /// Whether the node is `null`, `~`, or nothing at all.
    public var isNull: Bool { resolved(.core) == .null }

    /// Whether YAML 1.1 and YAML 1.2 readers take the scalar for different things: `yes`, `0640`, `12:30`, `1e3`.
    public var isAmbiguous: Bool { resolved(.core) != resolved(.yaml11) }

    /// The value without places, comments and styles; aliases and merge keys are put in.
    ///
    /// - Throws: ``YAMLError`` where aliases would multiply the document past 100,000 nodes.
    public func value(_ schema: YAMLSchema = .core) throws(YAMLError) -> YAMLValue {
        var reader = ValueReader(schema: schema)
        return try reader.value(of: self, insideAlias: false)
    }
}

private struct ValueReader {
    let schema: YAMLSchema
    /// Counts only what aliases repeat: a document's own size is bounded by its text.
    private var aliasedNodes = 0

    init(schema: YAMLSchema) { self.schema = schema }

    mutating func value(of node: YAMLNode, insideAlias: Bool) throws(YAMLError) -> YAMLValue {
        let insideAlias = insideAlias || node.isAlias
        if insideAlias {
            aliasedNodes += 1
            guard aliasedNodes <= 100_000 else {
                throw YAMLError(at: node.start, "aliases of aliases multiply this past 100,000 nodes")
            }
        }
        switch node.target.content {
        case .scalar, .alias:
            return node.resolved(schema) ?? .null
        case .sequence(let items, _):
            var result: [YAMLValue] = []
            result.reserveCapacity(items.count)
            for item in items { result.append(try value(of: item, insideAlias: insideAlias)) }
            return .sequence(result)
        case .mapping(let entries, _):
            var result = YAMLMapping()
            for entry in node.mergedEntries ?? entries {
                result.append(entry.name, try value(of: entry.value, insideAlias: insideAlias))
            }
            return .mapping(result)
        }
    }
}
