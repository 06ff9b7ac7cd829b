import JobContract
import YAMLTree

/// Keys that belong together: those of a section, or some that several sections share.
protocol KeyGroup: Sendable {
    /// With no key read yet.
    init()
}

/// A mapping of the config with known keys, each a property with ``Key``.
protocol Section: KeyGroup, ConfigValue {}

extension KeyGroup {
    fileprivate typealias Property = (name: String, key: any SectionKey)

    /// The keys in the order of their declarations. Those of a group are where the group stands.
    fileprivate var keys: [Property] {
        Mirror(reflecting: self).children.flatMap { child -> [Property] in
            switch child.value {
            // The compiler keeps a wrapped property under its name with '_' before it.
            case let key as any SectionKey: [(String((child.label ?? "").drop { $0 == "_" }), key)]
            case let group as any KeyGroup: group.keys
            default: []
            }
        }
    }
}

extension Section {
    static var fields: [any FieldDeclaration] { Self().keys.map { $0.key.field(of: $0.name) } }

    public static var shape: Shape {
        let fields = fields
        return .section(fields, rules: SectionRules(of: fields))
    }

    // A section's default is that of its keys, each of which declares its own.
    public var yamlValue: YAMLValue { .null }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> Self? {
        decode(present: node, at: node.start, path: path, report: &report)
    }

    static func decode(
        present node: YAMLNode?, at position: YAMLPosition, path: String, report: inout Report
    ) -> Self? {
        var reader = SectionReader(node: node, position: position, path: path, report: report)
        defer { report = reader.report }
        guard reader.checkKeys(fields) else { return nil }
        let section = Self()
        var isComplete = true
        // All keys are read even if one is missing, so that one run finds every problem.
        for property in section.keys where !property.key.read(of: property.name, &reader) { isComplete = false }
        return isComplete ? section : nil
    }
}

/// Reads the keys of one section and reports problems.
struct SectionReader {
    let node: YAMLNode?
    let position: YAMLPosition
    let path: String
    var report: Report

    /// The value of a key, or its default. `nil` if there is neither, which is reported if the key is required.
    mutating func read<Value>(_ field: Field<Value>) -> Located<Value>? {
        let fieldPath = join(field.name)
        if let found = node?[field.name], !found.isNull {
            return Value.decode(found, path: fieldPath, report: &report).map {
                Located(value: $0, position: found.start)
            }
        }
        switch field.presence {
        case .required:
            report.error(
                "'\(fieldPath)' is missing; expected \(field.shape.expectation)", at: position,
                advice: "It is: \(field.meaning) (\(DocsPage.section(path)))")
            return nil
        case .absent:
            return nil
        case .defaultsTo(let value):
            return Located(value: value, position: position)
        case .defaultsOfKeys:
            guard let section = Value.self as? any Section.Type else { return nil }
            let value = section.decode(present: nil, at: position, path: fieldPath, report: &report) as? Value
            return value.map { Located(value: $0, position: position) }
        }
    }

    /// Whether the key is there with a value.
    func holds(_ name: String) -> Bool { !(node?[name]?.isNull ?? true) }

    /// Reports keys that are not declared, and keys that exclude each other.
    mutating func checkKeys(_ fields: [any FieldDeclaration]) -> Bool {
        let rules = SectionRules(of: fields)
        let names = fields.map(\.name)
        let title = path.isEmpty ? "the document" : "'\(path)'"
        guard let node else { return true }
        guard node.isNull || node.mergedEntries != nil else {
            report.error(
                "\(title): found \(node.kind), expected a mapping with the keys \(list(names))", at: node.start)
            return false
        }
        let entries = node.mergedEntries ?? []
        for entry in entries where !names.contains(entry.name) {
            let nearest = NearestWord.to(entry.name, among: names)
            let advice =
                nearest.map { "Did you mean '\($0)'?" }
                ?? "The keys here are: \(list(names)) (\(DocsPage.section(path)))."
            report.error("unknown key '\(entry.name)' in \(title)", at: entry.key.start, advice: advice)
        }
        let chosen = entries.filter { rules.exactlyOne.contains($0.name) && !$0.value.isNull }
        if let second = chosen.dropFirst().first {
            let isLayered = Set(chosen.map(\.key.start.file)).count > 1
            report.error(
                "\(title) has \(list(chosen.map(\.name))); expected exactly one of \(list(rules.exactlyOne))",
                at: second.key.start,
                advice: isLayered
                    ? "They come from different layers: set the one that is not meant to null in the upper one." : nil)
            return false
        }
        if chosen.isEmpty, !rules.exactlyOne.isEmpty {
            report.error("\(title) needs exactly one of \(list(rules.exactlyOne))", at: position)
            return false
        }
        if !rules.atLeastOne.isEmpty, rules.atLeastOne.allSatisfy({ node[$0]?.isNull ?? true }) {
            report.error("\(title) needs one or both of \(list(rules.atLeastOne))", at: position)
            return false
        }
        for rule in rules.requirements {
            let written = node[rule.other].flatMap { $0.isNull ? nil : $0.scalar?.text }
            let value = written ?? fields.first { $0.name == rule.other }?.defaultValue?.string
            if value == rule.value { check(rule, of: node, fields) }
        }
        return true
    }

    private mutating func check(
        _ rule: SectionRules.Requirement, of node: YAMLNode, _ fields: [any FieldDeclaration]
    ) {
        let given = rule.oneOf.filter { !(node[$0]?.isNull ?? true) }
        if given.count == 1 { return }
        let condition = "when \(rule.other) is \(rule.value)"
        if rule.oneOf.count == 1, let field = fields.first(where: { $0.name == rule.oneOf.first }) {
            report.error(
                "'\(join(field.name))' is missing, which is required \(condition)", at: position,
                advice: "It is: \(field.meaning) (\(DocsPage.section(path)))")
        } else {
            let found = given.isEmpty ? "none" : list(given)
            report.error(
                "'\(path)': found \(found) of \(list(rule.oneOf)), expected exactly one \(condition)", at: position)
        }
    }

    private func join(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    private func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
