import ArgumentParser
import DatabaseMigration
import JobContract
import Logging
import MigrationReport
import PostgresClient

struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: JobCommand.rehearse.rawValue,
        abstract: "Copy and verify under temporary names, without a fence; publish nothing and say how long it took.")

    @Flag(help: "Log every table and index, not only large ones.")
    var verbose = false

    @Flag(help: "Write a log on a terminal, too, instead of a live view.")
    var noProgress = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log, isVerbose: verbose, isLive: !noProgress)
            let signals = job.handleSignals()
            defer { withExtendedLifetime(signals) {} }
            let clock = RehearsalClock(precopy: job.settings.precopy)
            try await job.showing(clock.record) {
                try await $0.rehearse()
            } finish: { rehearsed in
                switch rehearsed {
                case .databases(let databases): try finish(databases, clock.report, job: job)
                case .published(let published):
                    if log.output == .json { try log.output.write(PublishedResult(published), lines: []) }
                    let end = "published already, nothing to rehearse"
                    job.tell(.finished(databases: published.databases.count, text: end))
                    JobRun.leaveTerminationMessage(end)
                }
            }
        }
    }

    private func finish(_ databases: [DatabaseName], _ report: RehearsalReport, job: JobRun) throws {
        switch log.output {
        case .text: for line in RehearsalText.lines(report) { job.say(line) }
        case .json: try log.output.write(report, lines: [])
        }
        let end =
            "rehearsed \(databases.count) databases; nothing was fenced or published, and the copy waits at \(job.settings.target.host) for the real run"
        job.tell(.finished(databases: databases.count, text: end))
        JobRun.leaveTerminationMessage(end)
    }
}
