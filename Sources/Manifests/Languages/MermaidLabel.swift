/// The text of a node in a Mermaid diagram, between its quotes.
struct MermaidLabel: CustomStringConvertible {
    let description: String

    /// - Parameter lines: one below the other.
    init(_ lines: String...) {
        description = "\"\(lines.map(Self.escaped).joined(separator: "<br>"))\""
    }

    /// Characters that may mean something to Mermaid or HTML are written as numbers.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            let isPlain =
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || " .,-_/:".unicodeScalars.contains(scalar)
            return isPlain ? String(scalar) : "#\(scalar.value);"
        }.joined()
    }
}
