/// A string as a block scalar: the header after `|` or `>`, and the indented lines.
struct BlockScalarText {
    enum Indicator: Character {
        case literal = "|"
        case folded = ">"
    }

    private let indentation: Int
    /// The string's lines, without the empty ones at its end.
    private let lines: [String]
    private let trailingBreaks: Int
    private let needsIndicator: Bool

    /// `nil` if a block scalar would not be read as the same string: it has only white space, or characters that need
    /// an escape.
    ///
    /// - Parameter canBeOneLine: whether a string without a line break is allowed.
    init?(_ string: String, indentation: Int, canBeOneLine: Bool = false) {
        guard canBeOneLine || string.utf8.contains(UInt8(ascii: "\n")), (1...9).contains(indentation) else {
            return nil
        }
        guard string.unicodeScalars.allSatisfy({ $0 == "\n" || $0.isPlainlyPrintable }) else { return nil }
        var lines = string.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        trailingBreaks = lines.reversed().prefix { $0.isEmpty }.count
        lines.removeLast(trailingBreaks)
        guard lines.contains(where: { !$0.utf8.allSatisfy(SourceText.isBlank) }) else { return nil }
        self.lines = lines
        self.indentation = indentation
        // Readers take the indentation from the first line with text, unless it begins with white space itself.
        needsIndicator = lines.first { !$0.isEmpty }?.beginsWithBlank ?? false
    }

    var endsWithLineBreak: Bool { trailingBreaks > 0 }

    /// Whether folding can be undone exactly: lines that begin with white space would not be folded.
    var canBeFolded: Bool { !lines.contains(where: \.beginsWithBlank) }

    /// The header: `|`, `|-`, `|2+` and so on.
    ///
    /// - Parameters:
    ///   - former: the old header, which is kept if it means the same.
    ///   - endsText: whether the text ends with this scalar and has no final line break, so that nothing has to be
    ///     stripped.
    func header(_ indicator: Indicator, former: String = "", endsText: Bool = false) -> String {
        let formerDigit = former.filter(\.isNumber)
        let digit = formerDigit.isEmpty && needsIndicator ? String(indentation) : formerDigit
        let chomping =
            switch trailingBreaks {
            case 0: endsText ? former.filter { $0 == "-" || $0 == "+" } : "-"
            case 1: ""
            default: "+"
            }
        return String(indicator.rawValue) + digit + chomping
    }

    /// The lines without their indentation. The last one ends the scalar.
    func body(isFolded: Bool = false) -> [String] {
        // The last line has one line break; each further one is an empty line.
        let trailing = Array(repeating: "", count: max(0, trailingBreaks - 1))
        guard isFolded else { return lines + trailing }
        var folded: [String] = []
        for line in lines {
            // Between two lines of text the first line break is folded away, so there is one more.
            if !line.isEmpty, folded.contains(where: { !$0.isEmpty }) { folded.append("") }
            folded.append(line)
        }
        return folded + trailing
    }

    /// The indented lines, without the final line break.
    func text(column: Int, lineBreak: String) -> String {
        let prefix = String(repeating: " ", count: column)
        return body().map { $0.isEmpty ? "" : prefix + $0 }.joined(separator: lineBreak)
    }
}

extension String {
    /// Compares bytes: to Swift a space and a combining mark after it are one character.
    fileprivate var beginsWithBlank: Bool { utf8.first.map(SourceText.isBlank) ?? false }
}
