import ArgumentParser
import DatabaseMigration
import FoundationEssentials
import JobContract
import Logging
import MigrationReport
import PostgresClient

struct PreflightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight", abstract: "Look at both servers and say all that stands in the way; change nothing.")

    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "Form of the report.")
    var output = Output.text

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(isVerbose: false)
            let isJSON = output == .json
            let logger = job.logger
            let migration = Migration(settings: job.settings, searchPath: job.environment["PATH"] ?? "", interrupt: job.interrupt) { event in
                // Standard output is the report's alone.
                guard !isJSON else { return }
                let line = EventLine(event)
                logger.log(level: line.level, "\(line.text)")
            }
            let report = try await migration.preflight()
            if isJSON {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                Console.write(String(decoding: try encoder.encode(report), as: UTF8.self))
            } else {
                for line in PreflightText.lines(report) { Console.write(line) }
            }
            if report.hasErrors { throw MigrationFailure(.personMustAct, "the preflight found errors", advice: "Each says what to do.") }
        }
    }
}

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Say what state the migration is in.")

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(isVerbose: false)
            for line in try await Maintenance(settings: job.settings, interrupt: job.interrupt).status() { Console.write(line) }
        }
    }
}

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Lift the fence from the source.")

    @Flag(help: "Also when everything is published, to go back: what is written at the source is not at the target.")
    var evenIfPublished = false

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(isVerbose: false)
            let released = try await Maintenance(settings: job.settings, interrupt: job.interrupt).release(evenIfPublished: evenIfPublished)
            Console.write(released.isEmpty ? "nothing was fenced" : "released: \(released.map(\.text).joined(separator: ", "))")
        }
    }
}

struct CleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Drop what unpublished attempts have left at the target.")

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(isVerbose: false)
            let dropped = try await Maintenance(settings: job.settings, interrupt: job.interrupt).clean()
            Console.write(dropped.isEmpty ? "nothing was left" : "dropped: \(dropped.map(\.text).joined(separator: ", "))")
        }
    }
}
