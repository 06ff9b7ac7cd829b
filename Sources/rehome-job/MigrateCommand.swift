import ArgumentParser
import DatabaseMigration
import JobContract
import Logging
import MigrationReport
import ReceiptClient

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Copy, verify and publish all databases, then leave the receipt.")

    @Flag(help: "Log every table and index, not only large ones.")
    var verbose = false

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(isVerbose: verbose)
            let signals = job.handleSignals()
            defer { withExtendedLifetime(signals) {} }
            let summary = MigrationSummary()
            let logger = job.logger
            let migration = Migration(
                settings: job.settings, searchPath: job.environment["PATH"] ?? "", interrupt: job.interrupt
            ) { event in
                summary.record(event)
                let line = EventLine(event)
                logger.log(level: line.level, "\(line.text)")
            }
            let published = try await migration.run()
            let table = summary.table()
            if !table.isEmpty { Console.write(table) }
            let receipt = try await leaveReceipt(published, job: job)
            let end = "\(published.databases.count) databases are published at \(job.settings.target.host) since \(published.publishedAt)"
                + ", verified (fingerprint \(published.fingerprint)); \(receipt)"
            logger.notice("\(end)")
            JobRun.leaveTerminationMessage(end)
        }
    }

    private func leaveReceipt(_ published: Published, job: JobRun) async throws -> String {
        let settings = job.settings
        switch settings.gate {
        case .none: return "no gate, so no receipt"
        case .manual:
            Console.write("# The receipt: commit or apply it to open the cut-over.")
            Console.write(ReceiptClient.manifest(
                published.receipt, namespace: settings.namespace, name: settings.receiptName, instance: settings.instance))
            return "the receipt stands above, to be applied by a person"
        case .job:
            do {
                let client = ReceiptClient(
                    cluster: try ReceiptClient.Cluster(environment: job.environment), namespace: settings.namespace,
                    name: settings.receiptName, instance: settings.instance)
                switch try await client.leave(published.receipt) {
                case .created: return "receipt \(settings.namespace)/\(settings.receiptName) left"
                case .alreadyThere: return "receipt \(settings.namespace)/\(settings.receiptName) is in place"
                }
            } catch {
                throw MigrationFailure(
                    error.canRetry ? .retry : .personMustAct,
                    "everything is published, but the receipt is missing: \(error)",
                    advice: "The source stays fenced; another attempt leaves the receipt without copying again.")
            }
        }
    }
}
