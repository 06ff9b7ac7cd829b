import ArgumentParser
import FoundationEssentials
import JobContract
import MigrationReport

/// How a command writes its result to standard output.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json

    /// - Parameter lines: the result for people.
    func write(_ report: some Encodable, lines: [String]) throws {
        switch self {
        case .text: try Console.writeResult(lines.map { $0 + "\n" }.joined())
        case .json: try Console.writeResult(Self.encode(report) + "\n")
        }
    }

    /// JSON with sorted keys (docs/job-output.schema.json).
    static func encode(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}

extension LogFormat: ExpressibleByArgument {}

/// Options of all commands that log.
struct LogOptions: ParsableArguments {
    @Option(help: "Form of the log, over REHOME_LOG_FORMAT.")
    var logFormat: LogFormat?

    @Option(
        help: "Form of the result. With json, standard output holds one document, and the log goes to standard error.")
    var output = ReportFormat.text

    /// The stream of the log.
    var stream: Console.Stream { output == .json ? .error : .output }

    init() {}

    /// - Parameter isApart: whether the log must not go to standard output.
    init(_ logFormat: LogFormat?, isApart: Bool) {
        self.logFormat = logFormat
        output = isApart ? .json : .text
    }
}
