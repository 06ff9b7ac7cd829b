import ArgumentParser
import DatabaseMigration
import Dispatch
import JobContract
import Logging
import MigrationReport
import PostgresClient
import ReceiptClient

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Copy, verify and publish all databases, then leave the receipt.")

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
            let summary = MigrationSummary()
            try await job.showing(summary.record) { migration in
                try await migration.waitForStart()
                return (migration, try await run(migration, job: job))
            } finish: { migration, published in
                let table = summary.table()
                if !table.isEmpty { job.say(table) }
                // The API server or the target may be slow to answer here, too.
                try await job.working(on: "ending in good order") { activity in
                    if let dropped = published.dropped {
                        activity.begin("looking whether the receipt was left")
                        try await finish(published, without: dropped, job: job)
                    } else {
                        try await finish(published, of: migration, job: job, telling: activity)
                    }
                }
            }
        }
    }

    private func finish(
        _ published: Published, of migration: Migration, job: JobRun, telling activity: Activity
    ) async throws {
        activity.begin("leaving the receipt")
        let receipt = try await leaveReceipt(published, job: job)
        activity.begin("leaving the report")
        await leaveReport(job)
        activity.begin("removing the control database at the target")
        await migration.cleanUp(after: published)
        activity.begin("ending in good order")
        var end =
            "\(published.databases.count) databases are published at \(job.settings.target.host) since \(published.publishedAt)"
            + ", verified (fingerprint \(published.fingerprint)); \(receipt)"
        job.tell(.finished(databases: published.databases.count, text: end))
        if let state = await state(job, within: 8) {
            job.logger.notice("\(state)")
            end += "\n\(state)"
        }
        JobRun.leaveTerminationMessage(end)
        let isManual = job.settings.gate == .manual
        if log.output == .json {
            var result = PublishedResult(published)
            if isManual { result.receipt = ManualReceipt.document(published, settings: job.settings) }
            try log.output.write(result, lines: [])
        }
        // Last of all, so that it is easy to cut out.
        if isManual, log.output == .text { try ManualReceipt.write(published, job: job) }
    }

    private func run(_ migration: Migration, job: JobRun) async throws -> Published {
        do {
            return try await migration.run()
        } catch {
            // After a SIGTERM the pod has ten seconds, of which putting things back may have taken eight.
            if let state = await state(job, within: 1) { job.logger.notice("\(state)") }
            throw error
        }
    }

    /// The state of the migration, if the servers answer soon: the pod may have little time left.
    ///
    /// - Parameter seconds: how long to wait.
    private func state(_ job: JobRun, within seconds: Double) async -> String? {
        let interrupt = Interrupt()
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { interrupt.raise() }
        return try? await Maintenance(settings: job.settings, interrupt: interrupt, connectTimeout: min(3, seconds))
            .status().lines.first
    }

    /// Ends a run that finds some of the published databases gone. It succeeds if the receipt was left while they
    /// existed, and leaves no new one.
    private func finish(_ published: Published, without dropped: Published.Dropped, job: JobRun) async throws {
        let settings = job.settings
        guard settings.gate == .job else { throw dropped.failure }
        do {
            let known = published.receipt.filter { $0.key != .fingerprint }
            guard try await receiptClient(job).holds(known) else { throw dropped.failure }
        } catch let error as ReceiptError {
            throw Self.failure(
                error,
                "databases are gone that were published, and whether the receipt was left before could not be learnt",
                advice: nil)
        }
        let end =
            "\(published.databases.count) databases were published at \(settings.target.host) at \(published.publishedAt), and the receipt "
            + "\(settings.namespace)/\(settings.receiptName) was left; dropped since: \(dropped.names.map(\.description).joined(separator: ", "))"
        job.tell(.finished(databases: published.databases.count, text: end))
        JobRun.leaveTerminationMessage(end)
        if log.output == .json { try log.output.write(PublishedResult(published), lines: []) }
    }

    private func receiptClient(_ job: JobRun) throws(ReceiptError) -> ReceiptClient {
        ReceiptClient(
            cluster: try ReceiptClient.Cluster(environment: job.environment), namespace: job.settings.namespace,
            name: job.settings.receiptName, instance: job.settings.instance)
    }

    private static func failure(_ error: ReceiptError, _ message: String, advice: String?) -> MigrationFailure {
        MigrationFailure(error.canRetry ? .retry : .personMustAct, "\(message): \(error)", advice: advice)
    }

    /// Leaves the report beside the receipt. An error does not change that everything is published.
    private func leaveReport(_ job: JobRun) async {
        let settings = job.settings
        guard settings.report else { return }
        let name = Receipt.reportName(beside: settings.receiptName)
        do {
            let evidence = try await Maintenance(settings: settings, interrupt: job.interrupt).evidence()
            let content = try ReportContent(Self.files(evidence)) { try Self.files(evidence.withoutTables) }
            try await ReportClient(
                cluster: ReceiptClient.Cluster(environment: job.environment), namespace: settings.namespace, name: name
            ).leave(content)
            job.tell(.reportLeft(namespace: settings.namespace, name: name))
        } catch {
            job.logger.warning(
                "the report could not be left, and nothing depends on it: \(error). 'rehome-job report' writes it at any time"
            )
        }
    }

    private static func files(_ evidence: MigrationEvidence) throws -> ReportContent.Files {
        ["report.html": EvidencePage(evidence).text, "report.json": try ReportFormat.encode(evidence)]
    }

    private func leaveReceipt(_ published: Published, job: JobRun) async throws -> String {
        let settings = job.settings
        switch settings.gate {
        case .none: return "no gate, so no receipt"
        case .manual:
            let place = log.output == .json ? "is in the result" : "stands below"
            return "the receipt \(place), to be committed or applied by a person"
        case .job:
            do {
                let isNew: Bool
                switch try await receiptClient(job).leave(published.receipt) {
                case .created: isNew = true
                case .alreadyThere: isNew = false
                }
                let event = RunEvent.receiptLeft(
                    namespace: settings.namespace, name: settings.receiptName, isNew: isNew)
                job.tell(event)
                return EventLine(event).text
            } catch {
                throw Self.failure(
                    error, "everything is published, but the receipt is missing",
                    advice: "The source stays fenced; another attempt leaves the receipt without copying again.")
            }
        }
    }
}
