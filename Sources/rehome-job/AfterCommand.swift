import ArgumentParser
import DatabaseMigration
import JobContract
import MigrationReport
import PostgresClient

struct AfterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: JobCommand.after.rawValue,
        abstract: "Check the cut-over: Backstage works on the published databases and on the source no more.",
        discussion: """
            Exit codes: 0 all is well; 75 not yet; 78 a person must act. The source may be gone. A plugin without a \
            session is named if its database had one when the source was fenced.
            """)

    @Option(help: "How long to look again and again until all is well: 90s, 15m, 1h.")
    var wait = WaitTime(seconds: 0)

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending(.afterCutOver) {
            let job = try JobRun(log)
            let signals = job.handleSignals()
            defer { withExtendedLifetime(signals) {} }
            let report = try await job.working(on: "looking at both servers") { try await look(job, telling: $0) }
            try job.write(report, lines: AfterText.lines(report), as: log.output)
            let worst = report.checks.filter { $0.verdict == report.verdict }.map(\.message).joined(separator: "; ")
            switch report.verdict {
            case .ok:
                let end = "the cut-over is complete"
                job.tellEnd(end, databases: report.databases)
                JobRun.leaveTerminationMessage(end)
            case .notYet: throw MigrationFailure(.retry, "the cut-over is not complete yet: \(worst)")
            case .personMustAct:
                throw MigrationFailure(
                    .personMustAct, "after the cut-over: \(worst)", advice: "The report above says what to do.")
            }
        }
    }

    /// Looks until all is well or the time is over; then the last look counts.
    private func look(_ job: JobRun, telling activity: Activity) async throws -> AfterReport {
        let check = AfterCheck(settings: job.settings, interrupt: job.interrupt)
        let end = ContinuousClock.now + .seconds(wait.seconds)
        while true {
            do {
                let report = try await check.look()
                if report.verdict == .ok || ContinuousClock.now >= end { return report }
                let open = report.checks.filter { $0.verdict != .ok }.map(\.message).joined(separator: "; ")
                activity.begin("waiting until all is well", detail: { "(not yet: \(open))" })
            } catch {
                guard error.status == .retry, !job.interrupt.isRaised, ContinuousClock.now < end else { throw error }
                activity.begin("waiting until all is well", detail: { "(\(error.description))" })
            }
            try? await Task.sleep(for: min(Self.interval, ContinuousClock.now.duration(to: end)))
        }
    }

    private static let interval = Duration.seconds(2)
}

/// A duration in seconds, minutes or hours: `90s`, `15m`, `1h`. Without a unit it is in seconds.
struct WaitTime: ExpressibleByArgument {
    var seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        let unit = argument.last.flatMap { units[$0] }
        guard let count = Int(unit == nil ? argument : String(argument.dropLast())), (0...100_000).contains(count)
        else { return nil }
        seconds = count * (unit ?? 1)
    }

    var defaultValueDescription: String { "\(seconds)s" }
}
