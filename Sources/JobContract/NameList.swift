/// A list of names in one environment variable. Commas separate the names, and the byte after a backslash is literal.
///
///     NameList.encode(["a,b", "c"])  // "a\,b,c"
public enum NameList {
    private static let comma = UInt8(ascii: ",")
    private static let backslash = UInt8(ascii: "\\")

    public static func encode(_ names: [ByteText]) -> ByteText {
        ByteText(
            bytes: names.map { name in
                name.bytes.enumerated().flatMap { place, byte in
                    let isOuterBlank = isBlank(byte) && (place == 0 || place == name.bytes.count - 1)
                    return byte == comma || byte == backslash || isOuterBlank ? [backslash, byte] : [byte]
                }
            }.joined(separator: [comma]))
    }

    public static func encode(_ names: [String]) -> String {
        String(decoding: encode(names.map { ByteText($0) }).bytes, as: UTF8.self)
    }

    /// Blanks around a name are dropped, and so are empty names.
    public static func decode(_ text: ByteText) -> [ByteText] {
        var names: [ByteText] = []
        var current: [UInt8] = []
        /// The length of the name up to its last byte that must be kept, since it is escaped or no blank.
        var kept = 0
        var isEscaped = false
        func finish() {
            if kept > 0 { names.append(ByteText(bytes: current[..<kept])) }
            (current, kept) = ([], 0)
        }
        for byte in text.bytes {
            if !isEscaped, byte == backslash {
                isEscaped = true
            } else if !isEscaped, byte == comma {
                finish()
            } else if !isEscaped, isBlank(byte) {
                if !current.isEmpty { current.append(byte) }
            } else {
                current.append(byte)
                kept = current.count
                isEscaped = false
            }
        }
        finish()
        return names
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
