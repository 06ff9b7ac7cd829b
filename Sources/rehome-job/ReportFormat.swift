import ArgumentParser
import FoundationEssentials
import MigrationReport

/// How a command writes its report to standard output.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json

    /// - Parameter lines: the report for people.
    func write(_ report: some Encodable, lines: [String]) throws {
        switch self {
        case .text: for line in lines { Console.write(line) }
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Console.write(String(decoding: try encoder.encode(report), as: UTF8.self))
        }
    }
}
