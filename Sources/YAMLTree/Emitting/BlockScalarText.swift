/// A string as a block scalar: the header after `|` or `>`, and the indented lines.
struct BlockScalarText {
    enum Indicator: Character {
        case literal = "|"
        case folded = ">"
    }

    private let indentation: Int
    /// The string's lines, without the empty ones that its trailing line breaks make.
    private let lines: [String]
    private let trailingBreaks: Int
    private let needsIndicator: Bool

    /// `nil` where a block scalar would not read back exactly: nothing but white space, or characters that only an
    /// escape can carry.
    ///
    /// - Parameter canBeOneLine: whether a string without a line break will do.
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
        // The first line with text tells the indentation, unless it begins with white space itself.
        needsIndicator = lines.first { !$0.isEmpty }?.beginsWithBlank ?? false
    }

    var endsWithLineBreak: Bool { trailingBreaks > 0 }

    /// Whether folding can be undone exactly: no line is kept as it is because of white space before it.
    var canBeFolded: Bool { !lines.contains(where: \.beginsWithBlank) }

    /// `|`, `|-`, `|2+` and so on.
    ///
    /// - Parameters:
    ///   - former: the header to keep as far as it says the same.
    ///   - endsText: whether the text ends with this scalar and without a line break, so that nothing needs stripping.
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

    /// The lines without their indentation, the last of which ends the scalar.
    func body(isFolded: Bool = false) -> [String] {
        // The text's last line brings one break itself; each further one is an empty line.
        let trailing = Array(repeating: "", count: max(0, trailingBreaks - 1))
        guard isFolded else { return lines + trailing }
        var folded: [String] = []
        for line in lines {
            // Between two texts the first break folds away, so there is one more.
            if !line.isEmpty, folded.contains(where: { !$0.isEmpty }) { folded.append("") }
            folded.append(line)
        }
        return folded + trailing
    }

    /// The indented lines, without the last line break.
    func text(column: Int, lineBreak: String) -> String {
        let prefix = String(repeating: " ", count: column)
        return body().map { $0.isEmpty ? "" : prefix + $0 }.joined(separator: lineBreak)
    }
}

extension String {
    /// By bytes: to Swift a space and a combining mark after it are one character.
    fileprivate var beginsWithBlank: Bool { utf8.first.map(SourceText.isBlank) ?? false }
}
