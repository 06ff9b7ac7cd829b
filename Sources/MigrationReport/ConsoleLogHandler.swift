import Glibc
import Logging

/// The program's standard output.
public enum Console {
    /// Writes a line, or several, in one call: lines of several threads do not mix, and nothing waits in a buffer.
    public static func write(_ text: String) {
        let bytes = Array("\(text)\n".utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}

/// Writes log lines for people to standard output: time, level where it is worth a look, text.
public struct ConsoleLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]

    public init(level: Logger.Level) { logLevel = level }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let mark = switch event.level {
        case .trace, .debug, .info, .notice: ""
        case .warning: "WARNING "
        case .error, .critical: "ERROR "
        }
        // Lines that follow the first are indented, so that nothing in them can pass for a line of its own.
        Console.write("\(Self.now()) \(mark)\("\(event.message)".replacing("\n", with: "\n    "))")
    }

    /// UTC, with milliseconds: pods and servers seldom agree on a time zone.
    private static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        gmtime_r(&time.tv_sec, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = String(time.tv_nsec / 1_000_000 + 1000).dropFirst()
        return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)Z"
    }
}
