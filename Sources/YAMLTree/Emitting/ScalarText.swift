/// Writes a string so that every reader of YAML 1.1 and 1.2 takes it for that string.
enum ScalarText {
    /// Plain if that is safe, otherwise in quotes.
    static func text(for string: String, inFlow: Bool = false) -> String {
        if isSafePlain(string, inFlow: inFlow) { return string }
        // Single quotes are used if double quotes would need escapes and single ones do not.
        let hasEscapes = string.utf8.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
        return hasEscapes ? singleQuoted(string) ?? doubleQuoted(string) : doubleQuoted(string)
    }

    /// `nil` if single quotes cannot hold the string on one line.
    static func singleQuoted(_ string: String) -> String? {
        guard string.unicodeScalars.allSatisfy({ $0.isPlainlyPrintable && $0 != "\t" }) else { return nil }
        var text = "'"
        for scalar in string.unicodeScalars {
            text.unicodeScalars.append(scalar)
            if scalar == "'" { text += "'" }
        }
        return text + "'"
    }

    static func doubleQuoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where scalar.isPlainlyPrintable: text.unicodeScalars.append(scalar)
            case _ where scalar.value <= 0xFFFF: text += "\\u" + scalar.hexadecimal
            default:
                text += "\\U" + String(repeating: "0", count: 8 - scalar.hexadecimal.count) + scalar.hexadecimal
            }
        }
        return text + "\""
    }

    /// Whether every reader takes the string without quotes for that string.
    static func isSafePlain(_ string: String, inFlow: Bool) -> Bool {
        let bytes = string.utf8
        guard let first = bytes.first, let last = bytes.last, first != space, last != space else { return false }
        guard !isIndicator(first), last != UInt8(ascii: ":") else { return false }
        // `-x` and `--flag` are safe, as people write them. `-`, `- x` and `---` are not, and neither is any of them in
        // brackets.
        if first == UInt8(ascii: "-") {
            let second = bytes.dropFirst().first
            if inFlow || second == nil || second == space || bytes.starts(with: "---".utf8) { return false }
        }
        if first == UInt8(ascii: "."), bytes.starts(with: "...".utf8) { return false }
        return holdsOnlyPlain(string, inFlow: inFlow) && !mayMeanAnotherType(string, first: first)
    }

    /// Whether a plain scalar can hold all characters, and none of them ends it.
    private static func holdsOnlyPlain(_ string: String, inFlow: Bool) -> Bool {
        var isASCII = true
        var previous: UInt8 = 0
        for byte in string.utf8 {
            switch byte {
            case space where previous == UInt8(ascii: ":"): return false
            case UInt8(ascii: "#") where previous == space: return false
            case 0x20...0x7E: if inFlow, isFlowIndicator(byte) { return false }
            case 0x80...: isASCII = false
            default: return false
            }
            previous = byte
        }
        return isASCII || string.unicodeScalars.allSatisfy(\.isPlainlyPrintable)
    }

    private static let space = UInt8(ascii: " ")

    private static func isIndicator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "&"), UInt8(ascii: "*"),
            UInt8(ascii: "!"), UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "'"), UInt8(ascii: "\""),
            UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"):
            true
        default: false
        }
    }

    private static func isFlowIndicator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "#"):
            true
        default: false
        }
    }

    /// Whether some reader may see null, a boolean, a number, a date, or YAML 1.1's `=` and `<<` in a plain scalar.
    ///
    /// This is wider than the types' grammars on purpose, since readers differ. Any string counts that begins like a
    /// number and has only characters of numbers and dates, even `1.2.3` and `10.0.0.1` (YAML 1.1's float allows them).
    private static func mayMeanAnotherType(_ string: String, first: UInt8) -> Bool {
        if isWord(string) { return true }
        // Most strings are words, and are done here.
        guard YAMLSchema.canBeginNumber(first) else { return false }
        let lowercase = string.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let unsigned = "+-".utf8.contains(first) ? lowercase.dropFirst() : lowercase[...]
        guard let first = unsigned.first else { return true }
        guard (0x30...0x39).contains(first) || first == UInt8(ascii: ".") else { return false }
        if [".inf", ".nan"].contains(String(decoding: unsigned, as: UTF8.self)) { return true }
        if unsigned.starts(with: "0x".utf8) {
            return unsigned.dropFirst(2).allSatisfy { "0123456789abcdef_".utf8.contains($0) }
        }
        return unsigned.allSatisfy { "0123456789_.,:+-ebotz ".utf8.contains($0) }
    }

    private static func isWord(_ string: String) -> Bool {
        guard string.utf8.count <= "false".utf8.count else { return false }
        return switch string.lowercased() {
        case "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<": true
        default: false
        }
    }
}

extension Unicode.Scalar {
    /// Whether the character can be in a plain or single-quoted scalar, and every reader keeps it.
    var isPlainlyPrintable: Bool {
        guard isYAMLCharacter else { return false }
        // These are line breaks (NEL, LS and PS are for YAML 1.1), and the byte order mark.
        return ![0x0A, 0x0D, 0x85, 0x2028, 0x2029, 0xFEFF].contains(value)
    }
}
