/// A scalar's text, cut into literal text and placeholders.
struct TemplateText {
    enum Part: Equatable {
        case literal(String)
        case placeholder(String)
    }

    private(set) var parts: [Part] = []

    /// The placeholder, where the text is nothing but one.
    var wholePlaceholder: String? {
        if parts.count == 1, case .placeholder(let name) = parts[0] { name } else { nil }
    }

    init(_ text: String) {
        guard text.utf8.contains(UInt8(ascii: "<")) else {
            parts = [.literal(text)]
            return
        }
        // By scalars: to Swift a `>` and a combining mark after it are one character.
        var literal = String.UnicodeScalarView()
        var rest = Substring.UnicodeScalarView(text.unicodeScalars)
        while let scalar = rest.first {
            if let (name, after) = Self.placeholder(at: rest) {
                if !literal.isEmpty { parts.append(.literal(String(literal))) }
                literal = String.UnicodeScalarView()
                parts.append(.placeholder(name))
                rest = after
            } else if scalar == "\\", let (name, after) = Self.placeholder(at: rest.dropFirst()) {
                literal.append(contentsOf: "<\(name)>".unicodeScalars)
                rest = after
            } else {
                literal.append(scalar)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(String(literal))) }
    }

    /// The name of the placeholder that `text` begins with, and what follows it.
    private static func placeholder(
        at text: Substring.UnicodeScalarView
    ) -> (name: String, after: Substring.UnicodeScalarView)? {
        guard text.first == "<" else { return nil }
        let name = text.dropFirst().prefix { isLetter($0) || ("0"..."9").contains($0) || $0 == "." }
        let after = text[name.endIndex...]
        guard after.first == ">" else { return nil }
        let isName = name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
            $0.first.map(isLetter) ?? false
        }
        return isName ? (String(name), after.dropFirst()) : nil
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
}
