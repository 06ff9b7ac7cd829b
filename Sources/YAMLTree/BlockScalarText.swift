/// A string of several lines as a block scalar: the header after `|` or `>`, and the indented lines.
struct BlockScalarText {
    /// The string's lines, without what its trailing line breaks say.
    let lines: [Substring]
    private let trailingBreaks: Int
    private let needsIndicator: Bool
    private let indentation: Int

    /// `nil` where a block scalar would not read back exactly: no line break, nothing but white space, or characters
    /// that only an escape can carry.
    ///
    /// - Parameter indentation: how far the lines are indented from the parent.
    init?(_ string: String, indentation: Int) {
        guard string.utf8.contains(UInt8(ascii: "\n")), (1...9).contains(indentation) else { return nil }
        guard string.unicodeScalars.allSatisfy({ $0 == "\n" || $0.isPlainlyPrintable }) else { return nil }
        var lines = string.split(separator: "\n" as Unicode.Scalar)
        let trailing = lines.reversed().prefix { $0.isEmpty }.count
        lines.removeLast(trailing)
        guard lines.contains(where: { !$0.allSatisfy { $0 == " " || $0 == "\t" } }) else { return nil }
        self.lines = lines
        self.indentation = indentation
        trailingBreaks = trailing
        // The first line with text tells the indentation, unless it begins with white space itself.
        let first = lines.first { !$0.isEmpty }
        needsIndicator = first?.first == " " || first?.first == "\t"
    }

    enum Indicator: String {
        case literal = "|"
        case folded = ">"
    }

    /// `|`, `|-`, `|2+` and so on.
    func header(_ indicator: Indicator) -> String {
        let chomping = trailingBreaks == 0 ? "-" : trailingBreaks == 1 ? "" : "+"
        return indicator.rawValue + (needsIndicator ? String(indentation) : "") + chomping
    }

    /// The lines, without the last line break.
    func body(column: Int, lineBreak: String) -> String {
        let prefix = String(repeating: " ", count: column)
        let written = lines.map { $0.isEmpty ? "" : prefix + $0 }
        // One trailing break is the text's last line's own; each further one is an empty line.
        return (written + Array(repeating: "", count: max(0, trailingBreaks - 1))).joined(separator: lineBreak)
    }
}

extension String {
    fileprivate func split(separator: Unicode.Scalar) -> [Substring] {
        unicodeScalars.split(separator: separator, omittingEmptySubsequences: false).map { Substring($0) }
    }
}
