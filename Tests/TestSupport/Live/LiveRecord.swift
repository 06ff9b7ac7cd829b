/// What the writers of a ``LiveBackstage`` have seen. Times are seconds since 1970.
public struct LiveRecord: Sendable {
    struct Statement: Sendable {
        var start: Double
        var seconds: Double
    }

    public enum Outcome: Sendable, Equatable {
        case committed
        /// The server would not, or was not there: read-only, shutting down, session ended, connection refused.
        case refused(String)
        /// The answer to COMMIT did not arrive.
        case unknown
        /// Somebody else's lock or key was in the way, as happens in every application.
        case failed(String)
    }

    struct Transaction: Sendable {
        var database: String
        var writer: Int
        var serial: Int
        var start: Double
        var end: Double
        var outcome: Outcome
        /// Whether it went to the server that the writers had moved to.
        var isAfterMove: Bool
        var rows: [String: Int] = [:]
    }

    var statements: [Statement] = []
    var transactions: [Transaction] = []
    /// When sessions were found ended by somebody else, by database.
    var ends: [(database: String, time: Double)] = []

    /// A time during which a database took no writes.
    public struct Refusal: Sendable {
        public var start: Double
        /// `nil` if nothing has been written since.
        public var end: Double?
        /// What a writer was told first.
        public var reason: String
    }

    /// The times during which each database took no writes, as its writers saw it: from a write that was refused, or
    /// a session that was ended, to the next commit, at whichever server.
    public func refusals() -> [String: [Refusal]] {
        var events: [String: [(time: Double, reason: String?)]] = [:]
        for (database, time) in ends { events[database, default: []].append((time, "session ended")) }
        for transaction in transactions {
            switch transaction.outcome {
            case .committed: events[transaction.database, default: []].append((transaction.end, nil))
            case .refused(let reason): events[transaction.database, default: []].append((transaction.start, reason))
            case .unknown, .failed: break
            }
        }
        return events.mapValues { events in
            var found: [Refusal] = []
            for event in events.sorted(by: { $0.time < $1.time }) {
                let isOpen = found.last.map { $0.end == nil } ?? false
                if let reason = event.reason {
                    if !isOpen { found.append(Refusal(start: event.time, end: nil, reason: reason)) }
                } else if isOpen {
                    found[found.count - 1].end = event.time
                }
            }
            return found
        }
    }

    /// How long each database took no writes, in all, by name; without an end, up to `now`.
    public func refusedSeconds(now: Double = WallClock.now()) -> [String: Double] {
        refusals().mapValues { $0.reduce(0) { $0 + ($1.end ?? now) - $1.start } }
    }

    /// How long statements took.
    public struct Latency: Sendable {
        public var count: Int
        /// In seconds.
        public var median: Double
        public var percentile95: Double
    }

    /// The latency of the statements that began within a time; `nil` if there are none.
    public func latency(from start: Double, to end: Double) -> Latency? {
        let seconds = statements.filter { $0.start >= start && $0.start < end }.map(\.seconds).sorted()
        guard !seconds.isEmpty else { return nil }
        return Latency(
            count: seconds.count, median: seconds[(seconds.count - 1) / 2],
            percentile95: seconds[(seconds.count - 1) * 95 / 100])
    }

    /// How many transactions have come to an end that `matches`.
    public func count(where matches: (Outcome) -> Bool) -> Int { transactions.count { matches($0.outcome) } }

    /// What was in the way of transactions, without what was refused.
    public var failures: [String] {
        transactions.compactMap {
            if case .failed(let reason) = $0.outcome { "\($0.database): \(reason)" } else { nil }
        }
    }

    public var committed: Int { count { $0 == .committed } }

    /// Rows that were written by transactions that are known to be committed, by database and table.
    public var committedRows: [String: [String: Int]] {
        transactions.filter { $0.outcome == .committed }.reduce(into: [:]) { sums, transaction in
            sums[transaction.database, default: [:]].merge(transaction.rows, uniquingKeysWith: +)
        }
    }

    /// What was committed and is not at a server, and what was refused and is: nothing, if all went well.
    public func contradictions(at server: PostgresServer) async throws -> [String] {
        var found: [String] = []
        for (database, transactions) in Dictionary(grouping: transactions, by: \.database).sorted(by: {
            $0.key < $1.key
        }) {
            let lines = try await server.psql(
                "SELECT writer || ' ' || serial FROM \(LiveBackstage.ledger)", database: database)
            let present = Set(lines.split(separator: "\n").map(String.init))
            for transaction in transactions {
                let name = "\(transaction.writer) \(transaction.serial)"
                switch transaction.outcome {
                case .committed where !present.contains(name):
                    found.append("\(database): transaction \(name) was committed and is not there")
                case .refused(let reason) where present.contains(name):
                    found.append("\(database): transaction \(name) was refused (\(reason)) and is there")
                default: break
                }
            }
        }
        return found
    }

    mutating func add(_ other: LiveRecord) {
        statements += other.statements
        transactions += other.transactions
        ends += other.ends
    }
}
