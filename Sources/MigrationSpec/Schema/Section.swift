public import YAMLTree

/// A mapping of the config with known keys.
public protocol Section: ConfigValue {
    static var fields: [any FieldDeclaration] { get }
    /// Keys of which exactly one must be there; none where the section has no such choice.
    static var alternatives: [String] { get }
    /// `nil` only after the reader has reported why.
    init?(_ reader: inout SectionReader)
}

extension Section {
    public static var alternatives: [String] { [] }
    public static var shape: Shape { .section(fields, alternatives: alternatives) }
    // A section's default is the defaults of its keys, which each tell their own.
    public var yamlValue: YAMLValue { .null }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> Self? {
        decode(present: node, at: node.start, path: path, report: &report)
    }

    static func decode(
        present node: YAMLNode?, at position: YAMLPosition, path: String, report: inout Report
    ) -> Self? {
        var reader = SectionReader(node: node, position: position, path: path, report: report)
        defer { report = reader.report }
        guard reader.checkKeys(fields.map(\.name), alternatives: alternatives) else { return nil }
        return Self(&reader)
    }
}

/// Reads the keys of one section and reports what does not fit.
public struct SectionReader {
    let node: YAMLNode?
    let position: YAMLPosition
    let path: String
    var report: Report

    /// The value of a key or its default; `nil` where there is neither, reported if the key is required.
    mutating func read<Value>(_ field: Field<Value>) -> Located<Value>? {
        let fieldPath = join(field.name)
        if let found = node?[field.name], !found.isNull {
            return Value.decode(found, path: fieldPath, report: &report).map { Located(value: $0, position: found.start) }
        }
        switch field.presence {
        case .required:
            report.error(
                "'\(fieldPath)' is missing; expected \(field.shape.expectation)", at: position,
                advice: "It is: \(field.meaning)")
            return nil
        case .optional:
            return nil
        case .defaultsTo(let value):
            return Located(value: value, position: position)
        case .defaultsOfKeys:
            guard let section = Value.self as? any Section.Type else { return nil }
            let value = section.decode(present: nil, at: position, path: fieldPath, report: &report) as? Value
            return value.map { Located(value: $0, position: position) }
        }
    }

    /// Reports a key that is missing because of what another says.
    mutating func requires<Value>(_ field: Field<Value>, when condition: String) {
        guard node?[field.name]?.isNull ?? true else { return }
        report.error(
            "'\(join(field.name))' is missing, which is required when \(condition)", at: position,
            advice: "It is: \(field.meaning)")
    }

    /// The one of two alternatives that is there; reports none and both.
    mutating func one<Value>(of first: Value?, _ second: Value?, called names: [String]) -> Value? {
        switch (first, second) {
        case (let value?, nil), (nil, let value?): return value
        case (nil, nil):
            report.error("'\(path)' needs one of \(list(names))", at: position)
        case (_?, _?):
            report.error("'\(path)' has \(list(names)); expected exactly one of them", at: position)
        }
        return nil
    }

    /// Reports keys that are not declared, and a choice that was not made or made twice.
    mutating func checkKeys(_ names: [String], alternatives: [String]) -> Bool {
        let title = path.isEmpty ? "the document" : "'\(path)'"
        guard let node else { return true }
        guard node.isNull || node.mergedEntries != nil else {
            report.error("\(title): found \(node.kind), expected a mapping with the keys \(list(names))", at: node.start)
            return false
        }
        let entries = node.mergedEntries ?? []
        for entry in entries where !names.contains(entry.name) {
            let nearest = NearestWord.to(entry.name, among: names)
            let advice = nearest.map { "Did you mean '\($0)'?" } ?? "The keys here are: \(list(names))."
            report.error("unknown key '\(entry.name)' in \(title)", at: entry.key.start, advice: advice)
        }
        let chosen = entries.filter { alternatives.contains($0.name) }
        if let second = chosen.dropFirst().first {
            report.error(
                "\(title) has \(list(chosen.map(\.name))); expected exactly one of \(list(alternatives))",
                at: second.key.start)
            return false
        }
        if chosen.isEmpty, !alternatives.isEmpty {
            report.error("\(title) is empty; expected exactly one of \(list(alternatives))", at: position)
            return false
        }
        return true
    }

    private func join(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    private func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
