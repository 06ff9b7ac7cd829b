import ArgumentParser
import DatabaseMigration
import JobContract
import Logging
import MigrationReport

struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: JobCommand.rehearse.rawValue,
        abstract: "Copy and verify under temporary names, without a fence; publish nothing and say how long it took.")

    @Flag(help: "Log every table and index, not only large ones.")
    var verbose = false

    @Option(help: "Form of the report.")
    var output = ReportFormat.text

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(isVerbose: verbose)
            let signals = job.handleSignals()
            defer { withExtendedLifetime(signals) {} }
            let clock = RehearsalClock(precopy: job.settings.precopy)
            let migration = job.migration(isQuiet: output == .json, alsoTelling: clock.record)
            let databases = try await migration.rehearse()
            guard !databases.isEmpty else {
                if output == .json { Console.write("{}") }
                return JobRun.leaveTerminationMessage("published already, nothing to rehearse")
            }
            let report = clock.report
            switch output {
            case .text: for line in RehearsalText.lines(report) { job.say(line) }
            case .json: try output.write(report, lines: [])
            }
            let end =
                "rehearsed \(databases.count) databases; nothing was fenced or published, and the copy waits at \(job.settings.target.host) for the real run"
            if output == .text { job.logger.notice("\(end)") }
            JobRun.leaveTerminationMessage(end)
        }
    }
}
