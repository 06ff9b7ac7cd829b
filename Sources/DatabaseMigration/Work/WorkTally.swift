/// What is done of one database besides its whole tables: the plan decides by it what comes next, and the progress is
/// reported by it.
struct WorkTally: Sendable {
    /// How many ranges of each cut table are copied, by the table's place, and how many are verified.
    var copied: [Int: Int] = [:]
    var verified: [Int: Int] = [:]
    /// Those that are built, by their places among the entries.
    var indexes: Set<Int> = []
    /// The tables that are analysed, by their places.
    var analyzed: Set<Int> = []

    mutating func add(_ item: WorkPlan.Item) {
        switch item {
        case .copyRange(_, let table, _): copied[table, default: 0] += 1
        case .verifyRange(_, let table, _): verified[table, default: 0] += 1
        case .index(_, let entry): indexes.insert(entry)
        case .analyze(_, let table): analyzed.insert(table)
        case .open, .copy, .settle, .largeObjects, .finish: break
        }
    }
}

/// How much time each kind of work takes for a byte, compared with copying it.
enum WorkWeight {
    static let copy = 1.0
    static let verify = 0.4
    static let index = 0.5
    static let analyze = 0.05
    static let finish = 0.1
    /// Of a database that nobody has looked into.
    static let unopened = 1.7
}

/// What adds up over tables and databases.
struct ProgressSum {
    /// Bytes on disk.
    var (bytes, allBytes) = (0.0, 0)
    /// Rows that are copied, the bytes of these rows, and how many rows there will be.
    var (rows, rowBytes, allRows) = (0, 0, 0)
    /// Bytes on disk of tables of which nobody knows how many rows they hold, and of the others.
    var (uncounted, counted) = (0, 0)
    /// In bytes, weighted.
    var (work, allWork) = (0.0, 0.0)

    static func += (sum: inout ProgressSum, other: ProgressSum) {
        sum.bytes += other.bytes
        sum.allBytes += other.allBytes
        sum.rows += other.rows
        sum.rowBytes += other.rowBytes
        sum.allRows += other.allRows
        sum.uncounted += other.uncounted
        sum.counted += other.counted
        sum.work += other.work
        sum.allWork += other.allWork
    }

    var fraction: Double { allWork > 0 ? min(1, work / allWork) : 1 }

    /// About how many rows there are. A table whose rows nobody counted is taken to hold as many as the others do in as
    /// many bytes.
    var expectedRows: Int? {
        guard counted > 0 || uncounted == 0 else { return nil }
        let more = uncounted > 0 ? Double(allRows) * Double(uncounted) / Double(max(1, counted)) : 0
        return max(rows, allRows + Int(min(more, 1e15)))
    }
}
