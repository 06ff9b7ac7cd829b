import ArgumentParser
import DatabaseMigration
import JobContract
import MigrationReport

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compare the published databases with the source's, row by row.",
        discussion: """
            Works until somebody writes to the published databases; then it ends with 78 and names them. A difference \
            ends with 65.
            """)

    @Flag(help: "Name the first rows that differ by their keys. No other column is shown.")
    var explain = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending(.verify) {
            let job = try JobRun(log)
            let signals = job.handleSignals()
            defer { withExtendedLifetime(signals) {} }
            let report = try await job.migration().verify(explaining: explain)
            let verdict = VerificationText.verdict(report)
            guard report.status != .success else {
                try job.write(report, lines: VerificationText.lines(report) + [verdict], as: log.output)
                return job.tellEnd(verdict, databases: report.databases.count)
            }
            try job.write(report, lines: VerificationText.lines(report), as: log.output)
            throw MigrationFailure(report.status, verdict)
        }
    }
}
