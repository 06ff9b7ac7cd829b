import DatabaseMigration
import Dispatch
import Glibc
import JobContract
import Synchronization
import SystemPackage

/// Draws a run's view at the end of a terminal's output again and again, and keeps the lines of the log above it.
public final class LiveScreen: Sendable {
    private struct State {
        var run = RunState()
        /// The width in columns of each line that is on the screen.
        var drawn: [Int] = []
        var isOver = false
    }

    private static let pause = DispatchTimeInterval.milliseconds(200)

    private let stream: Console.Stream
    private let hasColours: Bool
    private let hasBlocks: Bool
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    /// - Parameters:
    ///   - stream: where it is drawn.
    ///   - environment: NO_COLOR switches colours off (no-color.org). TERM and the locale say what the terminal can
    ///     show.
    /// - Returns: `nil` if there is no terminal, or it cannot draw.
    public init?(stream: Console.Stream, environment: [String: String]) {
        guard isatty(stream.file) == 1, let terminal = environment["TERM"], !terminal.isEmpty, terminal != "dumb" else {
            return nil
        }
        self.stream = stream
        hasColours = (environment["NO_COLOR"] ?? "").isEmpty
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        hasBlocks = locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
    }

    /// Draws until ``end()``.
    public func begin() { draw() }

    public func note(_ event: MigrationEvent) {
        state.withLock { state in
            let phase = state.run.phase
            state.run.note(event, at: start.secondsUntilNow)
            // A fence may be over before the view is drawn next.
            if state.run.phase != phase, !state.isOver, isReady {
                put(Self.clear(state.drawn, width: size.width) + render(&state))
            }
        }
    }

    /// Writes a line of the log above the view.
    public func write(_ text: String) {
        state.withLock { state in
            guard !state.isOver else { return put(text + "\n") }
            let (clearing, drawing) = (Self.clear(state.drawn, width: size.width), render(&state))
            put(clearing + text.replacing("\n", with: "\r\n") + "\r\n" + drawing)
        }
    }

    /// Removes the view.
    public func end() {
        state.withLock { state in
            guard !state.isOver else { return }
            state.isOver = true
            if isReady { put(Self.clear(state.drawn, width: size.width)) }
            state.drawn = []
        }
    }

    private func draw() {
        let goesOn = state.withLock { state in
            guard !state.isOver else { return false }
            if isReady { put(Self.clear(state.drawn, width: size.width) + render(&state)) }
            return true
        }
        guard goesOn else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.pause) { [self] in draw() }
    }

    private func render(_ state: inout State) -> String {
        let size = size
        let canvas = LiveView.Canvas(
            width: size.width, height: size.height - 1, hasColours: hasColours, hasBlocks: hasBlocks)
        let lines = LiveView(canvas).lines(state.run, at: start.secondsUntilNow)
        state.drawn = lines.map { LiveView.columns(Self.plain($0)) }
        return lines.map { $0 + "\u{1B}[K\r\n" }.joined()
    }

    /// Moves to the beginning of the view and clears everything below. If the terminal has become narrower, it has
    /// wrapped the lines.
    ///
    /// The first line is cleared by itself. Some terminals keep what is cleared from the screen's first line on in
    /// their scrollback, and five views a second would push the log out of that.
    static func clear(_ drawn: [Int], width: Int) -> String {
        let rows = drawn.reduce(0) { $0 + max(1, ($1 + width - 1) / max(1, width)) }
        return rows > 0 ? "\u{1B}[\(rows)A\r\u{1B}[K\u{1B}[B\u{1B}[J\u{1B}[A" : "\r\u{1B}[K"
    }

    /// The line without colours.
    static func plain(_ line: String) -> String { line.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") }

    private var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(stream.file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Whether the terminal accepts output: if it was stopped, the run must not stop with it.
    private var isReady: Bool {
        var question = pollfd(fd: stream.file, events: Int16(POLLOUT), revents: 0)
        return poll(&question, 1, 0) == 1 && question.revents & Int16(POLLOUT) != 0
    }

    /// A terminal that is gone must not end the run.
    private func put(_ text: String) { _ = try? FileDescriptor(rawValue: stream.file).writeAll(text.utf8) }
}
