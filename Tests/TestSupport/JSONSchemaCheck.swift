import SystemPackage

/// Holds JSON to a schema of ours, as far as ours go: types, properties, constants, lists, references.
public struct JSONSchemaCheck {
    private let root: JSONValue

    /// - Parameter file: below the checkout.
    public init(_ file: String) throws {
        root = try JSONValue(FilePath("\(Checkout.folder)/\(file)").text())
    }

    /// - Parameters:
    ///   - text: one JSON document.
    ///   - name: of the definition that it is held to.
    /// - Returns: what is wrong with it, with the place; nothing if all is well.
    public func problems(of text: String, as name: String) throws -> [String] {
        problems(try JSONValue(text), definition(name), at: name)
    }

    private func definition(_ name: String) -> JSONValue { root["$defs"]?[name] ?? .null }

    private func problems(_ value: JSONValue, _ schema: JSONValue, at place: String) -> [String] {
        if let reference = schema["$ref"]?.text {
            return problems(value, definition(reference.replacing("#/$defs/", with: "")), at: place)
        }
        if let choices = schema["oneOf"]?.list {
            let fitting = choices.count { problems(value, $0, at: place).isEmpty }
            return fitting == 1 ? [] : ["\(place): fits \(fitting) of the choices"]
        }
        if let values = schema["enum"]?.list {
            return values.contains(value) ? [] : ["\(place): \(value) is not one of \(values)"]
        }
        if let constant = schema["const"] { return value == constant ? [] : ["\(place): not \(constant)"] }
        // Without a type, anything goes.
        guard let type = schema["type"]?.text else { return [] }
        switch (type, value) {
        case ("string", .text), ("boolean", .flag), ("number", .number): return []
        case ("integer", .number(let number)) where number == number.rounded(): return []
        case ("array", .list(let items)):
            return items.enumerated().flatMap { problems($1, schema["items"] ?? .null, at: "\(place)[\($0)]") }
        case ("object", .object(let object)): return problems(object, schema, at: place)
        default: return ["\(place): \(value) is no \(type)"]
        }
    }

    private func problems(_ object: [String: JSONValue], _ schema: JSONValue, at place: String) -> [String] {
        let required = (schema["required"]?.list ?? []).compactMap(\.text)
        let missing = required.filter { object[$0] == nil }.map { "\(place): no \($0)" }
        return missing
            + object.sorted { $0.key < $1.key }.flatMap { key, value -> [String] in
                guard let schema = schema["properties"]?[key] ?? schema["additionalProperties"], schema != .flag(false)
                else { return ["\(place): \(key) is not in the schema"] }
                return problems(value, schema, at: "\(place).\(key)")
            }
    }
}
