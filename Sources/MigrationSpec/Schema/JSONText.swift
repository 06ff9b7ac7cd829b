public import YAMLTree

extension YAMLValue {
    /// The value as JSON (RFC 8259), two spaces per level; ends with a line break.
    public func json() -> String {
        var text = ""
        append(to: &text, indentation: "")
        return text + "\n"
    }

    private func append(to text: inout String, indentation: String) {
        let inner = indentation + "  "
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .int(let number): text += String(number)
        // JSON has no form for infinity and NaN.
        case .float(let number): text += number.isFinite ? String(number) : "null"
        case .string(let string): text += Self.quoted(string)
        case .sequence(let items):
            guard !items.isEmpty else {
                text += "[]"
                return
            }
            text += "[\n"
            for (index, item) in items.enumerated() {
                text += inner
                item.append(to: &text, indentation: inner)
                text += index == items.count - 1 ? "\n" : ",\n"
            }
            text += indentation + "]"
        case .mapping(let mapping):
            guard !mapping.isEmpty else {
                text += "{}"
                return
            }
            text += "{\n"
            for (index, entry) in mapping.enumerated() {
                text += inner + Self.quoted(entry.key) + ": "
                entry.value.append(to: &text, indentation: inner)
                text += index == mapping.count - 1 ? "\n" : ",\n"
            }
            text += indentation + "}"
        }
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
