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
