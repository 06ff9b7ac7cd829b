import JobContract
import PostgresClient

/// A migration that is published at the target, as its stamps tell.
public struct Published: Sendable {
    public var identity: MigrationIdentity
    public var databases: [DatabaseName]
    /// RFC 3339, the target server's clock.
    public var publishedAt: String
    /// A hash over the fingerprints of all databases.
    public var fingerprint: String
    /// Whether this run published it, and did not find it published.
    public var isNew: Bool
    /// Set if published databases are gone. That is fine only if the receipt was left before.
    public var dropped: Dropped?

    /// Databases that were published and are not there any more.
    public struct Dropped: Sendable {
        public var names: [DatabaseName]
        /// The failure of the run if there is no receipt.
        public var failure: MigrationFailure
    }

    init(stamp: Stamp, all: [Stamp], isNew: Bool) {
        identity = stamp.migration
        databases = stamp.databases
        publishedAt = stamp.publishedAt
        let lines = all.sorted { $0.database < $1.database }.map { $0.database.text + ByteText(" \($0.fingerprint)") }
        fingerprint = shortHash(lines.joined(separator: "\n"))
        self.isNew = isNew
    }

    /// What a target's databases say was published with a stamp.
    init(stamp: Stamp, at target: ServerFacts) {
        self.init(stamp: stamp, all: target.stamps(publishedWith: stamp), isNew: false)
    }

    init(_ state: DroppedSince) {
        self.init(stamp: state.stamp, at: state.target)
        dropped = Dropped(names: state.names, failure: state.failure)
    }

    /// What the receipt says.
    public var receipt: [Receipt.Key: String] {
        [
            .migration: "\(identity.namespace)/\(identity.instance)/\(identity.generation)",
            .direction: identity.direction.rawValue, .publishedAt: publishedAt,
            .databases: String(databases.count), .fingerprint: fingerprint,
        ]
    }
}
