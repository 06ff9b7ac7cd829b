import PostgresClient

/// The result of a round of all databases.
public struct RoundSummary: Sendable {
    /// Counts rounds, from 1.
    public var number: Int
    public var databases: Int
    /// Rows removed and added.
    public var rows = 0
    /// Bytes of the rows that were added.
    public var bytes = 0
    /// Blocks of the source in which changes were looked for.
    public var blocks = 0
    /// How long it took, without rests for the source's sake.
    public var seconds = 0.0
    /// How many seconds it rested besides.
    public var rested = 0.0
    /// Tables that were copied again as a whole.
    public var replaced = 0
    /// Databases that were begun again, since their schema has changed.
    public var begunAgain: [DatabaseName] = []
    /// Databases that are behind, since another session at the source was in the way.
    public var behind: [DatabaseName] = []

    /// Whether the log should have a line for it: while something is waited for, there is a round every few seconds.
    public var isWorthTelling = true

    public init(number: Int, databases: Int) { (self.number, self.databases) = (number, databases) }

    mutating func add(_ round: Round) {
        rows += round.rows
        bytes += round.bytes
        blocks += round.blocks
        replaced += round.replaced.count
    }
}
