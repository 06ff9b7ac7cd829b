/// A scalar's text, split into literal text and placeholders.
struct TemplateText {
    enum Part: Equatable {
        case literal(String)
        case placeholder(String)
    }

    private(set) var parts: [Part] = []

    /// The placeholder, if the text consists of just one.
    var wholePlaceholder: String? {
        if parts.count == 1, case .placeholder(let name) = parts[0] { name } else { nil }
    }

    static func mayHoldPlaceholder(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "<")) }

    init(_ text: String) {
        guard Self.mayHoldPlaceholder(text) else {
            parts = [.literal(text)]
            return
        }
        // Compares bytes: to Swift a `>` and a combining mark after it are one character, and names are ASCII.
        let bytes = Array(text.utf8)
        var literal: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if let name = Self.placeholder(in: bytes, at: place) {
                if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
                literal = []
                parts.append(.placeholder(name))
                place += name.utf8.count + 2
            } else if bytes[place] == UInt8(ascii: "\\"), let name = Self.placeholder(in: bytes, at: place + 1) {
                literal += Array("<\(name)>".utf8)
                place += name.utf8.count + 3
            } else {
                literal.append(bytes[place])
                place += 1
            }
        }
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
    }

    /// The name of the placeholder that begins at a byte.
    private static func placeholder(in bytes: [UInt8], at place: Int) -> String? {
        guard place < bytes.count, bytes[place] == UInt8(ascii: "<") else { return nil }
        let name = bytes[(place + 1)...].prefix {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
        }
        guard name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: ">") else { return nil }
        let isName = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            $0.first.map(isLetter) ?? false
        }
        return isName ? String(decoding: name, as: UTF8.self) : nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
