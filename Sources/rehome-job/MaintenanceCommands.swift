import ArgumentParser
import DatabaseMigration
import JobContract
import MigrationReport
import PostgresClient

struct PreflightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight", abstract: "Look at both servers and say all that stands in the way; change nothing.")

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let report = try await job.migration().preflight()
            try job.write(report, lines: PreflightText.lines(report), as: log.output)
            if report.hasErrors {
                var failure = MigrationFailure(
                    .personMustAct, "the preflight found errors", advice: "Each says what to do.")
                failure.page = .preflight
                throw failure
            }
        }
    }
}

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Lift the fence from the source.")

    @Flag(help: "Also when everything is published, to go back: what is written at the source is not at the target.")
    var evenIfPublished = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let released = try await Maintenance(settings: job.settings, interrupt: job.interrupt).release(
                evenIfPublished: evenIfPublished)
            let names = released.map(\.description)
            try job.write(
                ReleaseResult(released: names),
                lines: [names.isEmpty ? "nothing was fenced" : "released: \(names.joined(separator: ", "))"],
                as: log.output)
        }
    }
}

struct CleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Drop what unpublished attempts have left at the target.")

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let dropped = try await Maintenance(settings: job.settings, interrupt: job.interrupt).clean()
            let names = dropped.map(\.description)
            try job.write(
                CleanResult(dropped: names),
                lines: [names.isEmpty ? "nothing was left" : "dropped: \(names.joined(separator: ", "))"],
                as: log.output)
        }
    }
}
