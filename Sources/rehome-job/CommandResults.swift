import DatabaseMigration
import JobContract
import MigrationReport
import PostgresClient
import ReceiptClient

/// Results of commands with `--output json`, except those that have a report. Names stay the same in all versions
/// (docs/job-output.schema.json).
struct GoResult: Encodable {
    /// Whether a running attempt waits for the command.
    var isHeard: Bool
}

struct ReleaseResult: Encodable {
    var released: [String]
}

struct CleanResult: Encodable {
    var dropped: [String]
}

struct RenameSchemasResult: Encodable {
    /// The new names of those that were renamed now.
    var renamed: [String]
    /// The old names of those that are there under neither name.
    var missing: [String]

    init(_ result: SchemaRenamings) {
        renamed = result.renamed.map(\.new.description)
        missing = result.missing.map(\.old.description)
    }
}

/// What is published.
struct PublishedResult: Encodable {
    var publishedAt: String
    var databases: [String]
    /// The fingerprint of all databases; `nil` if some were dropped since.
    var fingerprint: String?
    /// Whether this run published it, and did not find it published.
    var isNew: Bool
    /// Databases that were dropped since; `nil` if there are none.
    var dropped: [String]?
    /// The manifest of the receipt, where a person is to apply it.
    var receipt: ReceiptClient.ConfigMap?

    init(_ published: Published) {
        publishedAt = published.publishedAt
        databases = published.databases.map(\.description)
        isNew = published.isNew
        dropped = published.dropped?.names.map(\.description)
        fingerprint = dropped == nil ? published.fingerprint : nil
    }
}

/// A state, with the receipt where a person is to apply it.
struct StatusResult: Encodable {
    var report: StatusReport
    var receipt: ReceiptClient.ConfigMap?

    private enum Key: String, CodingKey { case receipt }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(receipt, forKey: .receipt)
    }
}
