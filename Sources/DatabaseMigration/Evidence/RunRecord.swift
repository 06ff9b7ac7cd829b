/// What is kept of a run, in the stamps of what it published: with them a report needs nothing but the target.
///
/// All times are seconds since the run began. Nothing secret is in it: whoever may log in at the target can read a
/// database's comment.
public struct RunRecord: Codable, Sendable {
    public struct Server: Codable, Sendable, Equatable {
        /// Host and port.
        public var place: String
        /// PostgreSQL's version.
        public var version: String
        public var systemIdentifier: String
        /// The role that did the work.
        public var role: String
    }

    /// A period in which writes at the source were refused.
    public struct Fence: Codable, Sendable, Equatable {
        public var begin: Double
        /// `nil` for one that still stood when the record was written.
        public var end: Double?
        /// Why it was lifted with nothing published; `nil` for the one that led to the publication.
        public var putOff: String?
    }

    public struct Round: Codable, Sendable, Equatable {
        public var number: Int
        public var begin: Double
        public var end: Double
        public var rows: Int
        public var bytes: Int
    }

    /// The program's name and version.
    public var program: String
    /// The host name of the machine, which is the pod's name.
    public var pod: String
    public var source: Server
    public var target: Server
    /// Settings that differ from their defaults, by name; no secrets.
    public var settings: [String: String]
    /// How long the run took until it was published.
    public var seconds: Double
    public var fences: [Fence]
    /// How many rounds there were, and what they brought over.
    public var roundCount: Int
    public var roundRows: Int
    /// The last rounds.
    public var rounds: [Round]
    public var endedSessions: Int
    public var findings: [Finding]
    /// For how long writes were refused until everything was published; `nil` without a fence, or where the run ended
    /// before it could say so.
    public var refusedSeconds: Double?
}
