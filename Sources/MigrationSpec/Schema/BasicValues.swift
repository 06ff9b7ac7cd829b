public import YAMLTree

extension Shape {
    /// What a value must be, for messages: "a DNS label", "one of keep, retire".
    public var expectation: String {
        switch self {
        case .text(let expectation, _, _): expectation
        case .integer(let range):
            range.upperBound == .max
                ? "a whole number from \(range.lowerBound)"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let choices): "one of \(choices.joined(separator: ", "))"
        case .list(let item): "a list, each item \(item.expectation)"
        case .map: "a mapping of names to texts"
        case .verbatim(let isList):
            isList ? "a list of mappings, as Kubernetes has it" : "a mapping, as Kubernetes has it"
        case .section(let fields, _): "a mapping with the keys \(fields.map(\.name).joined(separator: ", "))"
        }
    }
}

extension ConfigValue {
    /// Reports a value of the wrong type or form. The text is repeated only if it cannot be a secret.
    static func mismatch(_ node: YAMLNode, path: String, report: inout Report, showing text: String? = nil) {
        let found = text.map { "'\($0)'" } ?? node.kind
        report.error("\(path): found \(found), expected \(shape.expectation)", at: node.start)
    }
}

extension TextValue {
    public static var shape: Shape { .text(expectation: expectation, pattern: pattern, acceptsNumbers: acceptsNumbers) }
    public var yamlValue: YAMLValue { .string(rawValue) }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> Self? {
        guard let scalar = node.scalar else {
            mismatch(node, path: path, report: &report)
            return nil
        }
        let text: String
        switch node.resolved(.core) {
        case .string(let value): text = value
        case .int, .float:
            guard acceptsNumbers else { fallthrough }
            text = scalar.text
        default:
            report.error(
                "\(path): found \(node.kind), expected \(expectation)", at: node.start,
                advice: "YAML reads the value without quotes as \(node.kind); write it as \"\(scalar.text)\".")
            return nil
        }
        guard let value = Self(rawValue: text) else {
            mismatch(node, path: path, report: &report, showing: text)
            return nil
        }
        return value
    }
}

extension Bool: ConfigValue {
    public static var shape: Shape { .boolean }
    public var yamlValue: YAMLValue { .bool(self) }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> Bool? {
        guard case .bool(let flag) = node.resolved(.core) else {
            mismatch(node, path: path, report: &report, showing: node.scalar?.text)
            return nil
        }
        return flag
    }
}

extension Array: KeyContent, ConfigValue where Element: ConfigValue {
    public static var shape: Shape { .list(Element.shape) }
    public var yamlValue: YAMLValue { .sequence(map(\.yamlValue)) }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> [Element]? {
        guard let items = node.items else {
            mismatch(node, path: path, report: &report)
            return nil
        }
        var result: [Element] = []
        for (index, item) in items.enumerated() {
            guard let value = Element.decode(item, path: "\(path)[\(index)]", report: &report) else { continue }
            result.append(value)
        }
        return result.count == items.count ? result : nil
    }
}

/// A whole number within limits.
public protocol IntegerValue: ConfigValue, RawRepresentable where RawValue == Int {
    static var range: ClosedRange<Int> { get }
    /// Only called with a number within ``range``.
    init(checked: Int)
}

extension IntegerValue {
    public static var shape: Shape { .integer(range) }
    public var yamlValue: YAMLValue { .int(rawValue) }

    public init?(rawValue: Int) {
        guard Self.range.contains(rawValue) else { return nil }
        self.init(checked: rawValue)
    }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> Self? {
        guard case .int(let number) = node.resolved(.core), let value = Self(rawValue: number) else {
            mismatch(node, path: path, report: &report, showing: node.scalar?.text)
            return nil
        }
        return value
    }
}

/// One of a few words.
public protocol ChoiceValue: ConfigValue, RawRepresentable, CaseIterable where RawValue == String {}

extension ChoiceValue {
    public static var shape: Shape { .choice(allCases.map(\.rawValue)) }
    public var yamlValue: YAMLValue { .string(rawValue) }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> Self? {
        guard let text = node.scalar?.text else {
            mismatch(node, path: path, report: &report)
            return nil
        }
        if let value = Self(rawValue: text) { return value }
        let words = allCases.map(\.rawValue)
        report.error(
            "\(path): found '\(text)', expected \(shape.expectation)", at: node.start,
            advice: NearestWord.to(text, among: words).map { "Did you mean '\($0)'?" })
        return nil
    }
}
