/// What one look after the cut-over has shown.
public struct AfterReport: Sendable, Codable, Equatable {
    /// The result of one check, from good to bad. The report's is the worst of all.
    public enum Verdict: String, Sendable, Codable, Comparable {
        case ok
        /// It may come right by itself.
        case notYet
        case personMustAct

        private var rank: Int {
            switch self {
            case .ok: 0
            case .notYet: 1
            case .personMustAct: 2
            }
        }

        public static func < (a: Verdict, b: Verdict) -> Bool { a.rank < b.rank }
    }

    /// One thing that was looked at.
    public struct Check: Sendable, Codable, Equatable {
        public var name: String
        public var verdict: Verdict
        public var message: String
        /// What to do; `nil` where nothing is to be done.
        public var advice: String?

        init(_ name: String, _ verdict: Verdict = .ok, _ message: String, advice: String? = nil) {
            self.name = name
            self.verdict = verdict
            self.message = message
            self.advice = advice
        }
    }

    public var checks: [Check]
    public var verdict: Verdict
    /// How many are published; no part of the document.
    public var databases = 0

    private enum CodingKeys: CodingKey { case checks, verdict }

    init(checks: [Check], databases: Int = 0) {
        self.checks = checks
        self.databases = databases
        verdict = checks.map(\.verdict).max() ?? .ok
    }
}
