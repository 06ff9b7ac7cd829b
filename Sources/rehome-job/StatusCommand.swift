import ArgumentParser
import DatabaseMigration
import JobContract
import MigrationReport
import ReceiptClient

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: JobCommand.status.rawValue,
        abstract: "Say what state the migration is in; with a manual gate, print the receipt again.")

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let status = try await job.maintaining("looking at both servers") { try await $0.status() }
            let published = job.settings.gate == .manual ? status.published : nil
            let receipt = published.map { ManualReceipt.document($0, settings: job.settings) }
            try job.write(
                StatusResult(report: StatusReport(status, of: job.settings), receipt: receipt), lines: status.lines,
                as: log.output)
            if log.output == .text, let published { try ManualReceipt.write(published, job: job) }
        }
    }
}

/// The receipt for a person or CI to commit.
enum ManualReceipt {
    static func document(_ published: Published, settings: JobSettings) -> ReceiptClient.ConfigMap {
        ReceiptClient.document(
            published.receipt, namespace: settings.namespace, name: settings.receiptName, instance: settings.instance)
    }

    /// Writes it between two marked lines, or as an event where the log is data.
    static func write(_ published: Published, job: JobRun) throws {
        let settings = job.settings
        guard settings.logFormat == .text else {
            return job.tell(.receipt(document(published, settings: settings)))
        }
        let manifest = try ReceiptClient.manifest(
            published.receipt, namespace: settings.namespace, name: settings.receiptName, instance: settings.instance)
        try Console.writeResult(
            """
            # The receipt stands between the two marked lines: commit or apply it to open the cut-over.
            \(Receipt.Marker.begin(settings.receiptName))
            \(manifest)
            \(Receipt.Marker.end(settings.receiptName))

            """)
    }
}
