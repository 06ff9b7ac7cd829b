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
            let status = try await Maintenance(settings: job.settings, interrupt: job.interrupt).status()
            try log.output.write(StatusReport(status, of: job.settings), lines: status.lines)
            if log.output == .text, job.settings.gate == .manual, let published = status.published {
                try ManualReceipt.write(published, settings: job.settings)
            }
        }
    }
}

/// The receipt on standard output, for a person or CI to commit.
enum ManualReceipt {
    static func write(_ published: Published, settings: JobSettings) throws {
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
