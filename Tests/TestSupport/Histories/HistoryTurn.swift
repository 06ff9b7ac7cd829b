/// What a session does at a stretch, before it rests.
struct HistoryTurn: Sendable {
    enum Step: Sendable {
        case run(String)
        case copy(String, rows: String)
        /// In another database, in a session that ends at once.
        case elsewhere(String, database: String)
        /// Waits, so that others come in between.
        case pause(Double)
        /// Has the history remember that what comes before is done.
        case mark(HistoryRecord.Mark)
        /// Prepares the transaction, to be ended so many seconds later by whichever session is there then.
        case prepare(commits: Bool, after: Double)
    }

    var steps: [Step]
    /// Seconds until the next one.
    var rest: Double

    init(_ steps: [Step], rest: Double) { (self.steps, self.rest) = (steps, rest) }

    init(_ statements: String..., rest: Double) { self.init(statements.map { .run($0) }, rest: rest) }
}

/// What the sessions of a history have come to.
public struct HistoryRecord: Sendable {
    public enum Mark: Sendable, Equatable {
        /// A row of `lifted`.
        case lifted(serial: Int)
        case created(database: String)
        case dropped(database: String)
    }

    /// What was done, and when its answer had arrived.
    public var marks: [(mark: Mark, time: Double)] = []
    public var done = 0
    /// Turns that a fence refused, or whose session was ended.
    public var refused = 0
    /// Turns that stumbled over others, by the server's code.
    public var stumbled: [String: Int] = [:]
    /// Mistakes of the history itself, and of the server.
    public var mistakes: [String] = []

    mutating func add(_ other: HistoryRecord) {
        marks += other.marks
        done += other.done
        refused += other.refused
        stumbled.merge(other.stumbled, uniquingKeysWith: +)
        mistakes += other.mistakes
    }
}
