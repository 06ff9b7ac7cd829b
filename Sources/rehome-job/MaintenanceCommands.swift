import ArgumentParser
import DatabaseMigration
import JobContract
import MigrationReport
import PostgresClient

struct PreflightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight", abstract: "Look at both servers and say all that stands in the way; change nothing.")

    @Option(help: "Form of the report.")
    var output = ReportFormat.text

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(isVerbose: false)
            // Standard output is the report's alone.
            let report = try await job.migration(isQuiet: output == .json).preflight()
            try output.write(report, lines: PreflightText.lines(report))
            if report.hasErrors {
                throw MigrationFailure(.personMustAct, "the preflight found errors", advice: "Each says what to do.")
            }
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
            let released = try await Maintenance(settings: job.settings, interrupt: job.interrupt).release(
                evenIfPublished: evenIfPublished)
            Console.write(
                released.isEmpty
                    ? "nothing was fenced" : "released: \(released.map(\.description).joined(separator: ", "))")
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
            Console.write(
                dropped.isEmpty ? "nothing was left" : "dropped: \(dropped.map(\.description).joined(separator: ", "))")
        }
    }
}
