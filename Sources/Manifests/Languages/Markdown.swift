import JobContract

/// The Markdown that several chapters write.
enum Markdown {
    /// A code span that shows the text as it is, on one line.
    static func code(_ text: String) -> String {
        let text = VisibleText.of(text)
        var longest = 0
        var run = 0
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        guard longest > 0 || text.hasPrefix(" ") else { return "`\(text)`" }
        // A Markdown reader takes one blank away on each side.
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence) \(text) \(fence)"
    }

    static func code(_ line: ShellLine) -> String { code(line.description) }

    static func table(_ header: [String], _ rows: [[String]]) -> String {
        ([header, header.map { _ in "---" }] + rows.map { $0.map(cell) }).map { "| \($0.joined(separator: " | ")) |\n" }
            .joined()
    }

    /// A bar would end the cell, in code too (GitHub Flavored Markdown, 4.10).
    private static func cell(_ text: String) -> String { text.replacingBytes(of: "|", with: "\\|") }

    /// A block of commands.
    static func shell(_ lines: ShellLine...) -> String { "```sh\n\(lines.joined())\n```" }

    static func list(_ items: [String]) -> String { items.map { "- \($0)\n" }.joined() }
}
