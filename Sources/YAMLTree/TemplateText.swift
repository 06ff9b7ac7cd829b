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
        var literal = ""
        var rest = text[...]
        while let character = rest.first {
            if let (name, after) = Self.placeholder(at: rest) {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(.placeholder(name))
                rest = after
            } else if character == "\\", let (name, after) = Self.placeholder(at: rest.dropFirst()) {
                literal += "<\(name)>"
                rest = after
            } else {
                literal.append(character)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal)) }
    }

    /// The name of the placeholder that `text` begins with, and what follows it.
    private static func placeholder(at text: Substring) -> (name: String, after: Substring)? {
        guard text.first == "<" else { return nil }
        let name = text.dropFirst().prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
        let after = text[name.endIndex...]
        guard after.first == ">" else { return nil }
        let isName = name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { $0.first?.isLetter == true }
        return isName ? (String(name), after.dropFirst()) : nil
    }
}
