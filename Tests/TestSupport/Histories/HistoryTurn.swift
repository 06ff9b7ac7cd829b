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
