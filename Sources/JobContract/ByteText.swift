/// Text as the bytes that a server, a file system or an environment holds.
///
/// Swift's `String` compares by canonical equivalence and searches by grapheme clusters. To it `é` equals `e` followed
/// by an accent, and a quote before U+0301 is no quote. PostgreSQL compares bytes, and so does this type, which
/// compares, hashes, sorts, cuts and escapes byte by byte. What is shown to people goes through ``VisibleText``, as
/// ``description`` does, so that no name can forge a line of a log.
public struct ByteText: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public var bytes: [UInt8]

    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
    public init(_ text: some StringProtocol) { bytes = Array(text.utf8) }
    public init(stringLiteral text: String) { self.init(text) }

    public var isEmpty: Bool { bytes.isEmpty }

    /// For people: invisible characters are written as escapes.
    public var description: String { VisibleText.of(bytes) }

    /// As a string of Swift's; `nil` where the bytes are not UTF-8.
    public var string: String? { String(validating: bytes, as: UTF8.self) }

    public static func < (a: ByteText, b: ByteText) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    public static func + (a: ByteText, b: ByteText) -> ByteText { ByteText(bytes: a.bytes + b.bytes) }

    public func hasPrefix(_ prefix: ByteText) -> Bool { bytes.starts(with: prefix.bytes) }
    public func hasSuffix(_ suffix: ByteText) -> Bool {
        bytes.count >= suffix.bytes.count && bytes.suffix(suffix.bytes.count).elementsEqual(suffix.bytes)
    }

    /// - Returns: what follows the first occurrence of `text`; `nil` if there is none.
    public func after(_ text: ByteText) -> ByteText? {
        guard !text.isEmpty, bytes.count >= text.bytes.count else { return nil }
        for start in 0...(bytes.count - text.bytes.count)
        where bytes[start..<start + text.bytes.count].elementsEqual(text.bytes) {
            return ByteText(bytes: bytes[(start + text.bytes.count)...])
        }
        return nil
    }

    /// - Returns: what is before and after the first such byte; `nil` if there is none.
    public func split(at byte: UInt8) -> (before: ByteText, after: ByteText)? {
        guard let place = bytes.firstIndex(of: byte) else { return nil }
        return (ByteText(bytes: bytes[..<place]), ByteText(bytes: bytes[(place + 1)...]))
    }

    /// The text with ASCII letters in lower case, as PostgreSQL folds names without quotes.
    public var lowercasedASCII: ByteText {
        ByteText(bytes: bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 })
    }

    /// The longest prefix of at most `limit` bytes that does not end within a character.
    public func cut(to limit: Int) -> ByteText {
        guard bytes.count > limit else { return self }
        var end = max(0, limit)
        // Bytes that continue a character are 10xxxxxx.
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return ByteText(bytes: bytes[..<end])
    }
}

extension ByteText: Codable {
    private enum Key: String, CodingKey { case bytes }

    /// A JSON string where the bytes are UTF-8, else `{"bytes": […]}`.
    public func encode(to encoder: any Encoder) throws {
        if let string {
            var container = encoder.singleValueContainer()
            try container.encode(string)
        } else {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(bytes, forKey: .bytes)
        }
    }

    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.init(text)
        } else {
            self.init(bytes: try decoder.container(keyedBy: Key.self).decode([UInt8].self, forKey: .bytes))
        }
    }
}

extension Sequence<ByteText> {
    public func joined(separator: ByteText) -> ByteText {
        ByteText(bytes: map(\.bytes).joined(separator: separator.bytes))
    }
}
