public import YAMLTree

extension ConfigFormat {
    /// The format as a JSON Schema, draft 2020-12 (<https://json-schema.org/draft/2020-12>).
    public static var jsonSchema: YAMLValue {
        var schema = RootSection.shape.jsonSchema(acceptsNull: false)
        var result: YAMLValue = [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://rehome.dev/schema/v1alpha1.json",
            "title": "rehome.yaml", "description": "A move of a Backstage instance to another PostgreSQL.",
        ]
        for entry in schema.mapping ?? [:] { result[entry.key] = entry.value }
        schema = result
        return schema
    }
}

extension Shape {
    /// - Parameter acceptsNull: whether a key without a value counts as absent.
    fileprivate func jsonSchema(acceptsNull: Bool) -> YAMLValue {
        var types: [YAMLValue]
        var schema: YAMLValue = [:]
        switch self {
        case .text(let expectation, let pattern, let acceptsNumbers):
            types = acceptsNumbers ? ["string", "number"] : ["string"]
            schema["minimum"] = acceptsNumbers ? 0 : YAMLValue?.none
            schema["pattern"] = pattern.map { .string($0) }
            schema["minLength"] = pattern == nil ? 1 : YAMLValue?.none
            schema["$comment"] = .string("Expected: \(expectation)")
        case .integer(let range):
            types = ["integer"]
            schema["minimum"] = .int(range.lowerBound)
            schema["maximum"] = .int(range.upperBound)
        case .boolean:
            types = ["boolean"]
        case .choice(let choices):
            types = ["string"]
            schema["enum"] = .sequence(choices.map { .string($0) } + (acceptsNull ? [.null] : []))
        case .list(let item):
            types = ["array"]
            schema["items"] = item.jsonSchema(acceptsNull: false)
        case .map:
            types = ["object"]
            schema["additionalProperties"] = ["type": "string"]
        case .verbatim(let isList):
            types = [isList ? "array" : "object"]
            if isList { schema["items"] = ["type": "object"] }
        case .section(let fields, let rules):
            types = ["object"]
            schema["additionalProperties"] = false
            schema["properties"] = .mapping(YAMLMapping(fields.map { ($0.name, $0.jsonSchema) }))
            let required = fields.filter(\.isRequired).map { YAMLValue.string($0.name) }
            if !required.isEmpty { schema["required"] = .sequence(required) }
            let conditions = rules.jsonSchemas(of: fields)
            if !conditions.isEmpty {
                // For a null, `required` is always true, so both branches of a oneOf would match.
                schema["if"] = ["type": "object"]
                schema["then"] = ["allOf": .sequence(conditions)]
            }
        }
        if acceptsNull { types.append("null") }
        var result: YAMLValue = ["type": types.count == 1 ? types[0] : .sequence(types)]
        for entry in schema.mapping ?? [:] { result[entry.key] = entry.value }
        return result
    }
}

extension FieldDeclaration {
    fileprivate var jsonSchema: YAMLValue {
        var schema = shape.jsonSchema(acceptsNull: !isRequired)
        schema["description"] = .string([meaning, consequence].compactMap { $0 }.joined(separator: " "))
        schema["default"] = defaultValue
        return schema
    }
}

extension SectionRules {
    fileprivate func jsonSchemas(of fields: [any FieldDeclaration]) -> [YAMLValue] {
        func present(_ key: String) -> YAMLValue {
            ["required": [.string(key)], "properties": .mapping([key: ["not": ["type": "null"]]])]
        }
        let choice: [YAMLValue] = exactlyOne.isEmpty ? [] : [["oneOf": .sequence(exactlyOne.map(present))]]
        let some: [YAMLValue] = atLeastOne.isEmpty ? [] : [["anyOf": .sequence(atLeastOne.map(present))]]
        return choice + some
            + requirements.map { rule in
                let isDefault = fields.first { $0.name == rule.other }?.defaultValue == .string(rule.value)
                // If the key is absent, `properties` is true, which is right for a default.
                var condition: YAMLValue = [
                    "properties": .mapping([
                        rule.other: ["enum": isDefault ? [.string(rule.value), .null] : [.string(rule.value)]]
                    ])
                ]
                if !isDefault { condition["required"] = [.string(rule.other)] }
                return ["if": condition, "then": ["oneOf": .sequence(rule.oneOf.map(present))]]
            }
    }
}
