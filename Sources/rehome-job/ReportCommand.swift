import ArgumentParser
import DatabaseMigration
import FoundationEssentials
import JobContract
import MigrationReport

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: JobCommand.report.rawValue,
        abstract: "Write a report of the move, or of the rehearsal, from what the target holds.",
        discussion: """
            Works at any time after publishing, and after a rehearsal until then; the source may be gone. The page of \
            '--output html' needs no other file, no script and no network.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, html

        func content(_ evidence: MigrationEvidence) throws -> String {
            switch self {
            case .text: EvidenceText.lines(evidence).joined(separator: "\n") + "\n"
            case .json: try ReportFormat.encode(evidence) + "\n"
            case .html: EvidencePage(evidence).text
            }
        }
    }

    @Option(help: "Form of the report.")
    var output = Format.text

    @Option(help: "File to write it to, instead of standard output.", completion: .file())
    var file: String?

    @Option(help: "Form of the log, over REHOME_LOG_FORMAT.")
    var logFormat: LogFormat?

    func run() async throws {
        try await JobRun.ending(.report) {
            let job = try JobRun(LogOptions(logFormat, isApart: output != .text && file == nil))
            let evidence = try await evidence(job)
            if output == .text, file == nil {
                return try job.write(evidence, lines: EvidenceText.lines(evidence), as: .text)
            }
            let content = try output.content(evidence)
            guard let file else { return try Console.writeResult(content) }
            do { try Data(content.utf8).write(to: URL(filePath: file), options: .atomic) } catch {
                throw MigrationFailure(
                    .personMustAct, "\(VisibleText.of(file)) cannot be written: \(Self.reason(error))",
                    advice: "What was there before is as it was.")
            }
        }
    }

    /// A page that a pod writes to standard output is cut out of the pod's log, so no line of the log may stand within
    /// it.
    private func evidence(_ job: JobRun) async throws -> MigrationEvidence {
        guard output == .text || file != nil else {
            return try await Maintenance(settings: job.settings, interrupt: job.interrupt).evidence()
        }
        return try await job.maintaining("reading what the target holds") { try await $0.evidence() }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileNoSuchFile?: "its folder is not there"
        case .fileWriteOutOfSpace?: "the disk is full"
        case .fileWriteNoPermission?: "it may not be written"
        case .fileWriteVolumeReadOnly?: "the disk is read-only"
        default: "\(error)"
        }
    }
}
