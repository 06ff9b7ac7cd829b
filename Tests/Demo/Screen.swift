import Glibc

/// What the demo shows: colours and a line that counts seconds on a terminal, plain lines in a pipe.
struct Screen: Sendable {
    let isTerminal = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil

    enum Style: String {
        case bold = "1"
        case faint = "2"
        case good = "32"
        case bad = "31"
    }

    func heading(_ text: String) {
        show("\n" + styled(text, .bold))
    }

    func say(_ text: String, _ style: Style? = nil) {
        show("  " + styled(text, style))
    }

    /// Something that was promised and has been seen.
    func confirm(_ text: String) {
        show("  " + styled("✓", .good) + " " + text)
    }

    /// Rows of cells, the first row as a heading; cells that look like numbers are aligned to the right.
    func table(_ rows: [[String]]) {
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (column, cell) in row.enumerated() {
                if column < widths.count {
                    widths[column] = max(widths[column], cell.count)
                } else {
                    widths.append(cell.count)
                }
            }
        }
        for (index, row) in rows.enumerated() {
            let cells = zip(row, widths).map { cell, width in
                let padding = String(repeating: " ", count: width - cell.count)
                return cell.first?.isNumber == true ? padding + cell : cell + padding
            }
            show("  " + styled(cells.joined(separator: "  "), index == 0 ? .faint : nil))
        }
    }

    /// Runs something that takes a while and says how long it took.
    func timed<Value>(_ text: String, _ work: () async throws -> Value) async throws -> Value {
        if isTerminal {
            print("  \(text) …", terminator: "")
            fflush(nil)
        }
        let clock = ContinuousClock()
        let start = clock.now
        let value = try await work()
        show("\(isTerminal ? "\r\u{1B}[K" : "")  \(text): \((clock.now - start).inSeconds)")
        return value
    }

    private func styled(_ text: String, _ style: Style?) -> String {
        guard let style, isTerminal else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }

    private func show(_ line: String) {
        print(line)
        fflush(nil)
    }
}

extension Duration {
    /// Such as "12.3 s".
    var inSeconds: String {
        let tenths = Int((self / .milliseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
