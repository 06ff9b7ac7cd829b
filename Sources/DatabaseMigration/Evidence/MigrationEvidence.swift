import JobContract
import PostgresClient

/// What is known of a migration from what the target holds: what moved, how it was compared, when writes were refused,
/// and what is next. Names are as people see them.
public struct MigrationEvidence: Codable, Sendable {
    public enum Kind: String, Codable, Sendable { case migration, rehearsal }

    /// The version of this document, raised when a reader of an older one would not understand it.
    public var format = 1
    public var kind: Kind
    public var namespace: String
    public var instance: String
    public var generation: Int
    public var direction: String
    /// Names the run.
    public var attempt: String
    /// When everything was published, or when the rehearsal ended: RFC 3339, the target server's clock.
    public var finishedAt: String
    /// The fingerprint of all databases, as in the receipt.
    public var fingerprint: String
    /// `nil` for a publication by a version that kept no record.
    public var run: RunRecord?
    public var fence: Fence?
    public var totals: Totals
    public var databases: [Database]
    /// Databases that were published and are not there any more.
    public var missing: [String]
    /// Whether the databases have been left again since, in the other direction or by a later migration.
    public var isLeft: Bool
    /// What the real run is expected to take; only of a rehearsal.
    public var forecast: Forecast?
    /// What to do now.
    public var next: String

    /// The time in which writes were refused.
    public struct Fence: Codable, Sendable, Equatable {
        /// RFC 3339, the target server's clock.
        public var raisedAt: String
        /// `nil` if the run ended before it could say so.
        public var refusedSeconds: Double?
    }

    public struct Totals: Codable, Sendable, Equatable {
        public var databases: Int
        public var tables: Int
        public var rows: Int
        /// In COPY's text format.
        public var bytes: Int
    }

    public struct Database: Codable, Sendable, Equatable {
        public var name: String
        /// What the target held when it was published, as are its bytes.
        public var rows: Int
        public var bytes: Int
        public var tables: [Table]
        /// The number of tables. A short report lists fewer.
        public var tableCount: Int
        /// How many of these tables an earlier attempt had copied.
        public var tablesFromBefore: Int
        /// Hash of what was read at the source; empty for a database that had none.
        public var sourceHash: String
        /// Hash of what the target held. It differs only where something was changed on purpose.
        public var targetHash: String
        public var schema: Schema?
        /// What was changed on purpose after the copy.
        public var changes: [String]
        public var leftOut: [LeftOut]
        /// Sessions at the source when the fence came.
        public var sessions: Int?
        public var work: [WorkSpan]
    }

    public struct Table: Codable, Sendable, Equatable {
        public var name: String
        /// What the target held when it was published, as are the bytes and the hash.
        public var rows: Int
        public var bytes: Int
        /// The hash of all rows at the target, and at the source unless ``source`` says otherwise. It is empty if
        /// generated columns were allowed to differ and the version that published kept no hash then.
        public var hash: String
        /// What was read at the source; only where that is something else.
        public var source: Contents?
        /// What was changed on purpose, or accepted.
        public var change: String?

        public struct Contents: Codable, Sendable, Equatable {
            public var rows: Int
            public var bytes: Int
            public var hash: String
        }
    }

    /// How the schemas were compared: nothing is published where they differ.
    public struct Schema: Codable, Sendable, Equatable {
        /// `pg_dump`'s major version.
        public var program: Int
        public var sourceHash: String
        public var targetHash: String
    }

    public struct Forecast: Codable, Sendable, Equatable {
        /// How long the fence is expected to stand.
        public var fenceSeconds: Double
        /// How long the copy took, from its first step to the last.
        public var copySeconds: Double
        /// Whether the copy is made before the fence.
        public var precopy: Bool
    }

    /// Seconds that the fence, the last look at the source, the seals and the renames are expected to take.
    public static let publishingSeconds = 0.5

    /// The same without the list of tables, for where there is no room for it.
    public var withoutTables: MigrationEvidence {
        var short = self
        for position in short.databases.indices { short.databases[position].tables = [] }
        return short
    }
}

extension MigrationEvidence.Totals {
    /// Adds without trapping on overflow: a comment may hold any numbers, and none may end the report.
    init(_ databases: [MigrationEvidence.Database]) {
        self.init(
            databases: databases.count, tables: databases.reduce(0) { $0 &+ $1.tableCount },
            rows: databases.reduce(0) { $0 &+ $1.rows }, bytes: databases.reduce(0) { $0 &+ $1.bytes })
    }
}
