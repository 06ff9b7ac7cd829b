extension YAMLValue {
    /// The value of a JSON text, as JavaScript's `JSON.parse` reads it: of a duplicate key the last value counts, and two
    /// `\u` escapes with the halves of a surrogate pair are one character.
    ///
    /// - Returns: `nil` for a text that is no JSON, or that is nested deeper than a YAML file may be.
    public init?(json text: String) {
        var reader = JSONReader(text)
        guard let value = reader.read() else { return nil }
        self = value
    }
}

/// Reads one JSON text (RFC 8259).
private struct JSONReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func read() -> YAMLValue? {
        guard let value = value(depth: 0), next() == nil else { return nil }
        return value
    }

    // MARK: Places

    private var byte: UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

    /// The next byte that is no white space.
    private mutating func next() -> UInt8? {
        while let byte, " \t\n\r".utf8.contains(byte) { place += 1 }
        return byte
    }

    /// Passes over a text, if it comes now.
    private mutating func take(_ text: String) -> Bool {
        guard bytes.dropFirst(place).starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    // MARK: Values

    private mutating func value(depth: Int) -> YAMLValue? {
        guard depth < YAMLExtent.maximumDepth, let first = next() else { return nil }
        switch first {
        case UInt8(ascii: "{"): return mapping(depth: depth)
        case UInt8(ascii: "["): return sequence(depth: depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func sequence(depth: Int) -> YAMLValue? {
        var items: [YAMLValue] = []
        place += 1
        if next() == UInt8(ascii: "]") {
            place += 1
            return .sequence(items)
        }
        while let item = value(depth: depth + 1) {
            items.append(item)
            let separator = next()
            place += 1
            if separator == UInt8(ascii: "]") { return .sequence(items) }
            guard separator == UInt8(ascii: ",") else { return nil }
        }
        return nil
    }

    private mutating func mapping(depth: Int) -> YAMLValue? {
        var entries: [(key: String, value: YAMLValue)] = []
        // By bytes: to Swift two spellings of an accented letter are one.
        var indices: [[UInt8]: Int] = [:]
        place += 1
        if next() == UInt8(ascii: "}") {
            place += 1
            return .mapping(YAMLMapping())
        }
        while next() == UInt8(ascii: "\""), let key = string(), next() == UInt8(ascii: ":") {
            place += 1
            guard let value = value(depth: depth + 1) else { return nil }
            if let index = indices[Array(key.utf8)] {
                entries[index].value = value
            } else {
                indices[Array(key.utf8)] = entries.count
                entries.append((key, value))
            }
            let separator = next()
            place += 1
            if separator == UInt8(ascii: "}") {
                var mapping = YAMLMapping()
                for entry in entries { mapping.append(entry.key, entry.value) }
                return .mapping(mapping)
            }
            guard separator == UInt8(ascii: ",") else { return nil }
        }
        return nil
    }

    private mutating func number() -> YAMLValue? {
        let start = place
        while let byte, "+-.eE0123456789".utf8.contains(byte) { place += 1 }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil else { return nil }
        return Int(text).map { .int($0) } ?? Double(text).map { .float($0) }
    }

    // MARK: Texts

    private mutating func string() -> String? {
        var text: [UInt8] = []
        place += 1
        while let byte {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escaped() else { return nil }
                text += String(Character(scalar)).utf8
            case ..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    /// The character of an escape, read from behind its backslash.
    private mutating func escaped() -> Unicode.Scalar? {
        guard let byte else { return nil }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let unit = unit() else { return nil }
            return character(unit)
        default: return nil
        }
    }

    /// The character that begins with a UTF-16 code unit. A lone surrogate becomes U+FFFD.
    private mutating func character(_ unit: UInt16) -> Unicode.Scalar {
        if let scalar = Unicode.Scalar(UInt32(unit)) { return scalar }
        let before = place
        if unit < 0xDC00, take("\\u"), let other = self.unit(), (0xDC00...0xDFFF).contains(other),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(other) - 0xDC00)
        {
            return scalar
        }
        place = before
        return "\u{FFFD}"
    }

    private mutating func unit() -> UInt16? {
        let digits = bytes.dropFirst(place).prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        place += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
