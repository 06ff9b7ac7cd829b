/// Writes values as YAML text, both new manifests and what edits insert.
///
/// Columns are counted in spaces, from 0. Every method that writes a node in block style ends with a line break.
struct YAMLEmitter {
    let layout: YAMLLayout
    /// UTF-8.
    private(set) var output: [UInt8] = []
    var text: String { String(decoding: output, as: UTF8.self) }

    init(layout: YAMLLayout) { self.layout = layout }

    private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

    /// The whole document, from column 0.
    mutating func appendDocument(_ value: YAMLValue) {
        if value.isEmptyOrScalar {
            append(scalar(value, parentColumn: 0, bodyColumn: layout.step))
            breakLine()
        } else {
            appendBlock(value, column: 0)
        }
    }

    /// A mapping's entries or a sequence's items. The first line is already indented.
    mutating func appendBlock(_ value: YAMLValue, column: Int) {
        switch value {
        case .mapping(let mapping):
            for (index, entry) in mapping.entries.enumerated() {
                if index > 0 { indent(to: column) }
                appendEntry(entry.key, entry.value, column: column)
            }
        case .sequence(let items):
            for (index, item) in items.enumerated() {
                if index > 0 { indent(to: column) }
                appendItem(item, column: column)
            }
        default:
            append(scalar(value, parentColumn: column, bodyColumn: column + layout.step))
            breakLine()
        }
    }

    /// `key: value`, the key at `column`.
    mutating func appendEntry(_ key: String, _ value: YAMLValue, column: Int) {
        append(Self.keyText(key))
        if Self.needsExplicitKey(key) {
            breakLine()
            indent(to: column)
        }
        appendColon(value, column: column)
    }

    /// The colon of a key at `column`, and the value after it.
    mutating func appendColon(_ value: YAMLValue, column: Int) {
        output.append(UInt8(ascii: ":"))
        appendAfterColon(value, column: column)
    }

    /// The value after the colon of a key at `column`.
    mutating func appendAfterColon(_ value: YAMLValue, column: Int) {
        if value.isEmptyOrScalar {
            output.append(UInt8(ascii: " "))
            append(scalar(value, parentColumn: column, bodyColumn: column + layout.step))
            breakLine()
            return
        }
        breakLine()
        let isSequence = value.items != nil
        let childColumn = column + (isSequence ? layout.sequenceOffset : layout.step)
        indent(to: childColumn)
        appendBlock(value, column: childColumn)
    }

    /// `- value`, the dash at `column`.
    mutating func appendItem(_ value: YAMLValue, column: Int) {
        output.append(UInt8(ascii: "-"))
        indent(to: layout.dashWidth - 1)
        appendAfterDash(value, column: column)
    }

    /// The value after a `- ` whose dash is at `column`.
    mutating func appendAfterDash(_ value: YAMLValue, column: Int) {
        if value.isEmptyOrScalar {
            append(scalar(value, parentColumn: column, bodyColumn: column + layout.dashWidth))
            breakLine()
        } else {
            appendBlock(value, column: column + layout.dashWidth)
        }
    }

    private mutating func breakLine() { append(layout.lineBreak) }

    private mutating func indent(to column: Int) {
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: column))
    }

    // MARK: Scalars

    /// A scalar or an empty collection, without the line break after it.
    ///
    /// - Parameters:
    ///   - parentColumn: the column that an indentation indicator counts from.
    ///   - bodyColumn: where a block scalar's lines begin.
    private func scalar(_ value: YAMLValue, parentColumn: Int, bodyColumn: Int) -> String {
        if layout.allowsLiterals, let string = value.string,
            let block = BlockScalarText(string, indentation: bodyColumn - parentColumn)
        {
            return block.header(.literal) + layout.lineBreak
                + block.text(column: bodyColumn, lineBreak: layout.lineBreak)
        }
        return Self.flow(value, inFlow: false)
    }

    /// The value on one line, valid in any context.
    ///
    /// - Parameters:
    ///   - inFlow: whether strings are written so that they are safe in brackets.
    ///   - isJSON: whether every string gets double quotes.
    static func flow(_ value: YAMLValue, inFlow: Bool = true, isJSON: Bool = false) -> String {
        switch value {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number): return String(number)
        case .float(let number): return floatText(number)
        case .string(let string):
            return isJSON ? ScalarText.doubleQuoted(string) : ScalarText.text(for: string, inFlow: inFlow)
        case .sequence(let items):
            return "[" + items.map { flow($0, isJSON: isJSON) }.joined(separator: ", ") + "]"
        case .mapping(let mapping):
            return "{" + mapping.entries.map { flowEntry($0, isJSON: isJSON) }.joined(separator: ", ") + "}"
        }
    }

    static func flowEntry(_ entry: YAMLMapping.Entry, isJSON: Bool) -> String {
        let key = isJSON ? ScalarText.doubleQuoted(entry.key) : keyText(entry.key, inFlow: true)
        return key + ": " + flow(entry.value, isJSON: isJSON)
    }

    static func keyText(_ key: String, inFlow: Bool = false) -> String {
        (needsExplicitKey(key) ? "? " : "") + ScalarText.text(for: key, inFlow: inFlow)
    }

    /// YAML readers find a key without `?` only if it has at most 1024 characters.
    private static func needsExplicitKey(_ key: String) -> Bool {
        key.utf8.count > 160 && ScalarText.text(for: key).utf8.count > 1000
    }

    /// The shortest text for the same number, with the decimal point that YAML 1.1 requires.
    private static func floatText(_ number: Double) -> String {
        if number.isNaN { return ".nan" }
        if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
        let text = "\(number)"
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }
}

extension YAMLValue {
    /// Whether the value can be written without a block.
    var isEmptyOrScalar: Bool {
        switch self {
        case .sequence(let items): items.isEmpty
        case .mapping(let mapping): mapping.isEmpty
        default: true
        }
    }
}
