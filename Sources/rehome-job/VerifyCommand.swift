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
        try await JobRun.ending {
            let job = try JobRun(log)
            let signals = job.handleSignals()
            defer { withExtendedLifetime(signals) {} }
            let report = try await job.migration().verify(explaining: explain)
            let lines = VerificationText.lines(report)
            try log.output.write(report, lines: lines)
            guard report.status != .success else { return }
            JobRun.leaveTerminationMessage(lines.joined(separator: "\n"))
            throw ExitCode(report.status.rawValue)
        }
    }
}
