/// Foreign text for people, on one line and with nothing hidden.
///
/// Names come from servers, and a name may hold anything: a line break that begins a forged line of a log, an escape
/// sequence for the terminal, a mark that reverses the rest of the line. All of these are shown as escapes: `\u{202e}`
/// for a character, `\x{ff}` for a byte that is not UTF-8.
public enum VisibleText {
    public static func of(_ bytes: some RandomAccessCollection<UInt8>) -> String {
        if bytes.allSatisfy({ (0x20...0x7E).contains($0) }) { return String(decoding: bytes, as: UTF8.self) }
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            guard let (scalar, length) = decode(rest) else {
                text += "\\x{\(String(first, radix: 16))}"
                rest = rest.dropFirst()
                continue
            }
            if isHidden(scalar) {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
            rest = rest.dropFirst(length)
        }
        return text
    }

    public static func of(_ text: some StringProtocol) -> String { of(Array(text.utf8)) }

    /// Control characters (C0, C1), line breaks, and characters that change the direction or the form of their
    /// neighbours.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value > 0x7E else { return scalar.value < 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return true
        default: return false
        }
    }

    /// The first character, if it is complete and valid.
    private static func decode(_ bytes: some RandomAccessCollection<UInt8>) -> (Unicode.Scalar, length: Int)? {
        guard let first = bytes.first else { return nil }
        let (length, smallest): (Int, UInt32)
        switch first {
        case 0..<0x80: return (Unicode.Scalar(first), 1)
        case 0xC2...0xDF: (length, smallest) = (2, 0x80)
        case 0xE0...0xEF: (length, smallest) = (3, 0x800)
        case 0xF0...0xF4: (length, smallest) = (4, 0x10000)
        default: return nil
        }
        let rest = bytes.dropFirst().prefix(length - 1)
        guard rest.count == length - 1, rest.allSatisfy({ $0 & 0xC0 == 0x80 }) else { return nil }
        let value = rest.reduce(UInt32(first) & (0x7F >> UInt32(length))) { $0 << 6 | UInt32($1 & 0x3F) }
        guard value >= smallest, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }
}
