/// One transaction of a writer, while it runs.
struct LiveTurn {
    /// How many came before it.
    let number: Int
    var generator: SeededGenerator
    /// How far the clock of the catalog's round is wound, in seconds.
    let roundSeconds: Double
    private let session: PlainSession
    private(set) var statements: [LiveRecord.Statement] = []
    /// Rows written, by table.
    private(set) var rows: [String: Int] = [:]

    init(number: Int, generator: SeededGenerator, roundSeconds: Double, session: PlainSession) {
        self.number = number
        self.generator = generator
        self.roundSeconds = roundSeconds
        self.session = session
    }

    /// Runs a statement that reads, or that begins or ends the transaction.
    @discardableResult
    mutating func read(_ sql: String) throws(PlainSession.Failure) -> [[String?]] {
        let start = WallClock.now()
        let result = try session.run(sql)
        statements.append(LiveRecord.Statement(start: start, seconds: WallClock.now() - start))
        return result
    }

    /// Runs a statement that writes to a table.
    mutating func write(_ table: String, _ sql: String) throws(PlainSession.Failure) {
        try read(sql)
        rows[table, default: 0] += session.rowsTouched
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { generator.number(range) }

    /// Some text that nobody else has, without quotes.
    mutating func word() -> String { String(generator.next(), radix: 36) }
}

/// Something that a plugin does again and again.
struct LiveActivity: Sendable {
    var database: String
    /// Seconds from one turn to the next.
    var period: Double
    /// Inside a transaction.
    var turn: @Sendable (inout LiveTurn) throws(PlainSession.Failure) -> Void
}
