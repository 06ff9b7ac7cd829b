import Glibc

/// The last lines of a log, in a window that stays where it is; in a pipe, all lines.
struct LogWindow {
    private static let height = 20
    private let isTerminal: Bool
    private let width: Int
    private var lines: [String] = []

    init(isTerminal: Bool) {
        self.isTerminal = isTerminal
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20
        width = isKnown ? Int(size.ws_col) : 100
    }

    mutating func add(_ line: String) {
        guard isTerminal else { return print("  | \(line)") }
        // A line that wraps would make the window taller than it says.
        lines.append("  │ \(line)".prefix(width - 1).description)
        if lines.count <= Self.height {
            print("\u{1B}[2m\(lines[lines.count - 1])\u{1B}[0m")
        } else {
            lines.removeFirst()
            let content = lines.map { "\u{1B}[K\u{1B}[2m\($0)\u{1B}[0m\n" }.joined()
            print("\u{1B}[\(Self.height)A\(content)", terminator: "")
        }
        fflush(nil)
    }
}
