import DatabaseMigration
import PostgresClient

/// What commands say with `--output json`, where they have no report of their own. Names stay the same from version to
/// version (docs/job-output.schema.json).
struct GoResult: Encodable {
    /// Whether an attempt is at work that waits for the word.
    var isHeard: Bool
}

struct ReleaseResult: Encodable {
    var released: [String]
}

struct CleanResult: Encodable {
    var dropped: [String]
}

/// What is published.
struct PublishedResult: Encodable {
    var publishedAt: String
    var databases: [String]
    var fingerprint: String
    /// Whether this run did it, or found it done.
    var isNew: Bool

    init(_ published: Published) {
        publishedAt = published.publishedAt
        databases = published.databases.map(\.description)
        (fingerprint, isNew) = (published.fingerprint, published.isNew)
    }
}
