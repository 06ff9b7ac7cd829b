import ArgumentParser
import DatabaseMigration
import JobContract
import Logging
import MigrationReport

struct GoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: JobCommand.go.rawValue,
        abstract: "Say that a migration that keeps up and waits may fence the source and publish.")

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending(.onCommand) {
            let job = try JobRun(log)
            let isHeard = try await job.maintaining("giving the word") { try await $0.go() }
            let end =
                isHeard
                ? "the word is given, for an hour; the fence falls as soon as the copy keeps up"
                : "the word is given, for an hour; no attempt is at work now, and one that begins within it acts on it"
            try job.write(GoResult(isHeard: isHeard), lines: [end], as: log.output)
            JobRun.leaveTerminationMessage(end)
        }
    }
}

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: JobCommand.wait.rawValue,
        abstract: "Wait until the databases are published; for an init container of Backstage's new pods.")

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let signals = job.handleSignals()
            defer { withExtendedLifetime(signals) {} }
            let logger = job.logger
            let published = try await job.maintaining("waiting until the databases are published") { maintenance in
                try await maintenance.waitUntilPublished { logger.notice("\($0)") }
            }
            let end =
                "\(published.databases.count) databases are published since \(published.publishedAt); Backstage may start"
            job.tell(.finished(databases: published.databases.count, text: end))
            if log.output == .json { try log.output.write(PublishedResult(published), lines: []) }
            JobRun.leaveTerminationMessage(end)
        }
    }
}
