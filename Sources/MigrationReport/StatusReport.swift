import DatabaseMigration
import JobContract
import PostgresClient

/// The status of a migration, as data (docs/job-output.schema.json).
public struct StatusReport: Encodable, Sendable {
    public struct Fence: Encodable, Sendable {
        /// `lifted`, `standing` or `unknown`.
        public var state: String
        /// RFC 3339.
        public var since: String?
        public var seconds: Int?
    }

    /// Identifies the instance, for those who have many (rehome fleet).
    public var namespace: String
    public var instance: String
    public var generation: Int
    /// For programs; ``text`` is for people.
    public var state: String
    /// RFC 3339: when the state was entered.
    public var since: String?
    public var text: String
    public var fence: Fence
    public var details: [String]
    public var databases: [String]
    public var fingerprint: String?

    public init(_ status: MigrationStatus, of settings: JobSettings) {
        (namespace, instance, generation) = (settings.namespace, settings.instance, settings.generation)
        (state, since) = Self.word(status.state)
        text = status.state.text
        fence =
            switch status.fence {
            case .lifted: Fence(state: "lifted")
            case .standing(let since, let seconds): Fence(state: "standing", since: since, seconds: seconds)
            case .unknown: Fence(state: "unknown")
            }
        details = status.details
        databases = status.published?.databases.map(\.description) ?? []
        fingerprint = status.published?.fingerprint
    }

    private static func word(_ state: MigrationState) -> (String, String?) {
        switch state {
        case .notBegun: ("notBegun", nil)
        case .rehearsed(let time): ("rehearsed", time)
        case .copying(let time, true): ("rehearsing", time)
        case .copying(let time, false): ("copying", time)
        case .keepingUp(let time): ("keepingUp", time)
        case .interrupted(let time): ("interrupted", time)
        case .published(let time): ("published", time)
        case .done(let time): ("done", time)
        case .left(let time): ("left", time)
        }
    }
}
