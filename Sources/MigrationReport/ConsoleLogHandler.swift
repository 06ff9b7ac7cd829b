import DatabaseMigration
import FoundationEssentials
import Glibc
import JobContract
import Logging

/// The program's standard output, or its standard error.
public enum Console {
    public enum Stream: Sendable {
        case output, error

        var file: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }
    }

    /// Writes one or more lines of a log at once, so that lines of several threads do not mix and nothing waits in a
    /// buffer. If the log cannot be written, the run goes on.
    public static func write(_ text: String, to stream: Stream = .output) { _ = put("\(text)\n", to: stream.file) }

    /// Writes the result of a command.
    ///
    /// - Throws: `MigrationFailure` if a part could not be written, since half a result is of no use.
    public static func writeResult(_ text: String) throws(MigrationFailure) {
        guard let reason = put(text, to: STDOUT_FILENO) else { return }
        let failure = MigrationFailure(
            .personMustAct, "standard output cannot be written: \(String(cString: strerror(reason)))",
            advice: "What came out is not whole. Make room, and run the command again.")
        // The log may fail in the same way, so this goes to standard error.
        write(failure.description, to: .error)
        throw failure
    }

    /// - Returns: the `errno` of the error; `nil` if all was written.
    private static func put(_ text: String, to file: Int32) -> Int32? {
        var rest = Array(text.utf8)[...]
        // A pipe may take only a part at a time.
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 || (count < 0 && errno == EINTR) else { return errno }
            rest = rest.dropFirst(max(0, count))
        }
        return nil
    }
}

/// Writes log lines. For people, they have a time, the level if it is notable, and a text; otherwise each is a JSON
/// object.
public struct ConsoleLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let format: LogFormat
    private let put: @Sendable (String) -> Void

    /// - Parameters:
    ///   - level: events below it are not logged.
    ///   - format: for people, or for programs.
    ///   - put: takes a line.
    public init(level: Logger.Level, format: LogFormat = .text, put: @escaping @Sendable (String) -> Void) {
        (logLevel, self.format, self.put) = (level, format, put)
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        switch format {
        case .text: write(event.level, "\(event.message)")
        case .json: write(LogLine(level: event.level, message: "\(event.message)", event: nil))
        }
    }

    /// Writes an event of a migration, unless its level is too low.
    public func log(_ event: EventFields, as line: EventLine) {
        guard line.level >= logLevel else { return }
        switch format {
        case .text: write(line.level, line.text)
        case .json: write(LogLine(level: line.level, message: line.text, event: event))
        }
    }

    private func write(_ level: Logger.Level, _ text: String) {
        let mark =
            switch level {
            case .trace, .debug, .info, .notice: ""
            case .warning: "WARNING "
            case .error, .critical: "ERROR "
            }
        // Further lines of a text are indented, so that none of them can pass for a line of the log.
        put("\(Self.time().dropFirst(11)) \(mark)\(text.replacing("\n", with: "\n    "))")
    }

    private func write(_ line: LogLine) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { return }
        put(String(decoding: data, as: UTF8.self))
    }

    /// RFC 3339 in UTC, with milliseconds, since pods and servers seldom use the same time zone.
    fileprivate static func time() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        gmtime_r(&time.tv_sec, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = String(time.tv_nsec / 1_000_000 + 1000).dropFirst()
        return
            "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)Z"
    }
}

/// One line of a log as data.
struct LogLine: Encodable {
    let level: Logger.Level
    let message: String
    /// `nil` for a line that is only text.
    let event: EventFields?

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(ConsoleLogHandler.time(), forKey: Key(stringValue: "time"))
        try container.encode(level.rawValue, forKey: Key(stringValue: "level"))
        try container.encode((event?.kind ?? .message).rawValue, forKey: Key(stringValue: "event"))
        try container.encode(message, forKey: Key(stringValue: "message"))
        for (key, value) in event?.values ?? [:] { try container.encode(value, forKey: Key(stringValue: key)) }
    }
}
