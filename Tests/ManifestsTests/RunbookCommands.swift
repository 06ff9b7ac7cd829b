/// The commands of a runbook, as a person would take them out of the page that a browser shows.
struct RunbookCommands {
    struct Command {
        /// As a shell is to read it.
        let script: String
        /// Whether it stands in a block, where one follows another, or in the middle of a sentence or table.
        let isBlock: Bool
        /// The heading that it stands under.
        let chapter: String
    }

    /// In the order of the text.
    private(set) var all: [Command] = []

    var blocks: [Command] { all.filter(\.isBlock) }

    /// A code span of several words is one, unless it is YAML, SQL or a flag: so a command of a new kind is noticed.
    private static func isCommand(_ span: String) -> Bool { span.prefixMatch(of: #/[a-z][a-z0-9_=$(-]*\x20/#) != nil }

    init(_ text: String) {
        var chapter = ""
        var block: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("## ") { chapter = String(line.dropFirst(3)) }
            if line.hasPrefix("```") {
                if let lines = block {
                    if lines.first == "sh" { add(lines.dropFirst(), chapter) }
                    block = nil
                } else {
                    block = [line.dropFirst(3)]
                }
            } else if block != nil {
                block?.append(line)
            } else {
                for span in Self.spans(of: line) where Self.isCommand(span) {
                    all.append(Command(script: span, isBlock: false, chapter: chapter))
                }
            }
        }
    }

    private mutating func add(_ lines: ArraySlice<Substring>, _ chapter: String) {
        all.append(Command(script: lines.joined(separator: "\n"), isBlock: true, chapter: chapter))
        // What a comment shows is for who needs it.
        for line in lines where line.hasPrefix("# kubectl ") {
            all.append(Command(script: String(line.dropFirst(2)), isBlock: true, chapter: chapter))
        }
    }

    /// The code spans of a line, by CommonMark's rules; in a table, `\|` is a bar.
    static func spans(of line: Substring) -> [String] {
        var spans: [String] = []
        var rest = line.utf8[...]
        let tick = UInt8(ascii: "`")
        while let start = rest.firstIndex(of: tick) {
            let fence = rest[start...].prefix { $0 == tick }
            var place = fence.endIndex
            var end: Substring.UTF8View.Index?
            while let next = rest[place...].firstIndex(of: tick) {
                let run = rest[next...].prefix { $0 == tick }
                if run.count == fence.count {
                    end = next
                    break
                }
                place = run.endIndex
            }
            guard let end else {
                rest = rest[fence.endIndex...]
                continue
            }
            var text = String(decoding: Array(rest[fence.endIndex..<end]), as: UTF8.self)
            if text.hasPrefix(" "), text.hasSuffix(" "), !text.allSatisfy({ $0 == " " }) {
                text = String(text.dropFirst().dropLast())
            }
            spans.append(line.hasPrefix("|") ? text.replacing("\\|", with: "|") : text)
            rest = rest[rest.index(end, offsetBy: fence.count)...]
        }
        return spans
    }
}
