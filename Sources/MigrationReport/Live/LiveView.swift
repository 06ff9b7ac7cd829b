import DatabaseMigration
import PostgresClient

/// A run's state as lines of text, without any drawing.
public struct LiveView: Sendable {
    /// What a terminal can show.
    public struct Canvas: Sendable {
        public var width: Int
        public var height: Int
        public var hasColours: Bool
        /// Whether it shows more characters than ASCII.
        public var hasBlocks: Bool

        public init(width: Int, height: Int, hasColours: Bool, hasBlocks: Bool) {
            (self.width, self.height) = (max(20, width), max(4, height))
            (self.hasColours, self.hasBlocks) = (hasColours, hasBlocks)
        }
    }

    private enum Style: String {
        case bold = "1"
        case faint = "2"
        case good = "32"
        /// White on red.
        case alarm = "1;97;41"
    }

    private let canvas: Canvas

    public init(_ canvas: Canvas) { self.canvas = canvas }

    /// - Parameters:
    ///   - state: of the run.
    ///   - now: seconds since the run began.
    public func lines(_ state: RunState, at now: Double) -> [String] {
        var lines = [headline(state, at: now)]
        if state.bytesTotal > 0 {
            lines.append(" " + bar(state.fraction, width: min(60, canvas.width - 8)) + percent(state.fraction))
        }
        if let seconds = state.fence(at: now) {
            lines.append(
                styled(
                    clip(" \(canvas.hasColours ? "" : "!! ")FENCE  writes are refused for \(Self.clock(seconds)) "),
                    .alarm))
        }
        if let round = state.lastRound {
            lines.append(
                clip(
                    " round \(round.number): \(Units.count(round.rows)) rows in \(Units.seconds(round.seconds)); \(Units.count(state.rowsBrought)) rows in all"
                ))
        }
        let room = canvas.height - lines.count - 1
        let work = state.work.prefix(max(0, min(3, room - 3)))
        lines += databases(state, room: room - work.count)
        lines += work.map { work in
            styled(clip("   \(work.database): \(work.what) (\(work.words))"), .faint)
        }
        return Array(lines.prefix(canvas.height))
    }

    private func headline(_ state: RunState, at now: Double) -> String {
        let phase =
            switch state.phase {
            case .starting: state.longWork ?? "looking at both servers"
            case .waiting: "waiting until \(state.waitsFor ?? "the window opens"); nothing is fenced"
            case .copying: "copying"
            case .keepingUp: "keeping up; the fence waits for \(state.waitsFor ?? "the next try")"
            case .fenced: "last changes"
            case .published: "published"
            case .failed: "ended, nothing is published"
            }
        var facts: [String] = []
        if state.phase == .copying {
            facts.append("\(Units.bytes(state.bytesDone)) of \(Units.bytes(state.bytesTotal))")
            if state.rowsDone > 0 { facts.append("\(Units.count(state.rowsDone)) rows") }
            if state.bytesPerSecond > 0 { facts.append("\(Units.bytes(Int(state.bytesPerSecond)))/s") }
            if let left = state.secondsLeft { facts.append("about \(Units.seconds(left)) left") }
        }
        if state.phase == .copying || state.phase == .fenced, let work = state.longWork { facts.append(work) }
        return styled(clip(" \(Self.clock(now))  \(([phase] + facts).joined(separator: ", "))"), .bold)
    }

    /// One line for each database. If there is no room for all, those at work come first.
    private func databases(_ state: RunState, room: Int) -> [String] {
        let all = state.databases.sorted { $0.key < $1.key }
        guard room > 0, !all.isEmpty else { return [] }
        var shown = all
        if all.count > room {
            let rank = { (database: RunState.Database) in
                switch database.step {
                case .copying: 0
                case .waiting: 1
                case .copied, .sealed: 2
                }
            }
            shown = Array(all.sorted { (rank($0.value), $0.key) < (rank($1.value), $1.key) }.prefix(max(0, room - 1)))
                .sorted { $0.key < $1.key }
        }
        let most = max(8, canvas.width - 40)
        let width = min(most, shown.map { Self.columns($0.key.description) }.max() ?? 8)
        var lines = shown.map { name, database in
            let word =
                switch database.step {
                case .waiting: "waits"
                case .copying: percent(database.fraction)
                case .copied: "copied"
                case .sealed: "sealed"
                }
            let text = Self.cut(name.description, to: width)
            let padding = String(repeating: " ", count: max(0, width - Self.columns(text)))
            let line = "   \(text)\(padding)  \(bar(database.fraction, width: 20))  \(word)"
            return database.fraction == 1 ? styled(clip(line), .good) : clip(line)
        }
        if shown.count < all.count {
            let done = all.count { $0.value.fraction == 1 }
            lines.append(
                styled(
                    clip("   \(all.count) databases, \(done) of them copied; \(all.count - shown.count) not shown"),
                    .faint))
        }
        return lines
    }

    // MARK: Pieces

    private func bar(_ fraction: Double, width: Int) -> String {
        let width = max(4, width)
        let full = Int((fraction * Double(width)).rounded(.down))
        let (done, left) = canvas.hasBlocks ? ("█", "░") : ("#", "-")
        return String(repeating: done, count: full) + String(repeating: left, count: width - full)
    }

    private func percent(_ fraction: Double) -> String {
        let digits = String(Int(fraction * 100))
        return String(repeating: " ", count: max(0, 4 - digits.count)) + digits + " %"
    }

    /// `0:03.2`, `12:05`, `1:02:05`.
    static func clock(_ seconds: Double) -> String {
        let tenths = Int(seconds * 10)
        let (hours, minutes, rest) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if hours > 0 { return "\(hours):\(two(minutes)):\(two(rest))" }
        return "\(minutes):\(two(rest))" + (minutes == 0 ? ".\(tenths % 10)" : "")
    }

    private func styled(_ text: String, _ style: Style) -> String {
        canvas.hasColours ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The text as far as it fits into the width: a line that wraps would make the view higher than ``LiveScreen``
    /// counts.
    private func clip(_ text: String) -> String { Self.cut(text, to: canvas.width - 1) }

    static func cut(_ text: String, to width: Int) -> String {
        guard columns(text) > width else { return text }
        var (kept, used) = ("", 0)
        for character in text {
            let columns = columns(String(character))
            guard used + columns < width else { break }
            kept.append(character)
            used += columns
        }
        return kept + "…"
    }

    /// How many columns of a terminal a text takes. East Asian letters and emoji take two (Unicode, annex 11).
    static func columns(_ text: String) -> Int {
        text.reduce(0) {
            $0
                + ($1.unicodeScalars.first.map { $0.value >= 0x1100 && !(0x2010...0x2BFF).contains($0.value) } == true
                    ? 2 : 1)
        }
    }
}
