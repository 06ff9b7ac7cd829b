/// A stretch of time in which one kind of work was done for a database, in seconds since the run began.
public struct WorkSpan: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// pg_dump and the new database.
        case schema
        /// Rows, from the source to the target.
        case copy
        /// Rows, read back and compared.
        case verify
        case index
        /// Constraints, statistics, the comparison of the schema.
        case finish
        /// Whatever is made after the last round, and the seal.
        case seal
    }

    public var kind: Kind
    public var begin: Double
    public var end: Double
}

/// Stretches of time in order. Those that touch are merged, and there are never more of them than a picture can show.
struct Stretches: Sendable {
    private static let most = 24

    private(set) var all: [(begin: Double, end: Double)] = []

    mutating func add(_ begin: Double, _ end: Double) {
        var (begin, end) = (max(0, min(begin, end)), max(0, end))
        let touching = all.filter { $0.begin <= end && $0.end >= begin }
        begin = min(begin, touching.map(\.begin).min() ?? begin)
        end = max(end, touching.map(\.end).max() ?? end)
        all.removeAll { $0.begin <= end && $0.end >= begin }
        let position = all.firstIndex { $0.begin > begin } ?? all.endIndex
        all.insert((begin, end), at: position)
        if all.count > Self.most { joinNearest() }
    }

    /// Merges the two that are nearest to each other.
    private mutating func joinNearest() {
        let gaps = zip(all, all.dropFirst()).map { $1.begin - $0.end }
        guard let least = gaps.min(), let position = gaps.firstIndex(of: least) else { return }
        all[position].end = all[position + 1].end
        all.remove(at: position + 1)
    }
}

/// Rounded to milliseconds, which is as much as a report tells.
func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
