import JobContract
import PostgresClient

/// How far the copy is, and what is being done at this moment.
public struct CopyProgress: Sendable {
    /// One thing that is being done.
    public struct Work: Sendable {
        public var database: DatabaseName
        /// Such as `copying public.search`.
        public var what: String
        /// Seconds since it was begun.
        public var seconds: Double
        /// What the target's server is at; empty where it does not say.
        public var detail: String
        /// Rows that were read so far; `nil` for what reads none.
        public var rows: Int?
        /// About how many there are; `nil` where nobody knows.
        public var ofRows: Int?
        /// How much of it is done; `nil` where nobody knows.
        public var fraction: Double?

        /// Seconds until it is over, if it goes on as it went; `nil` while too little is done to tell.
        public var secondsLeft: Double? { CopyProgress.left(of: fraction, after: seconds) }
    }

    /// How far one database is.
    public struct Share: Sendable {
        public var database: DatabaseName
        public var bytesDone: Int
        public var bytesTotal: Int
        /// Of all its work.
        public var fraction: Double
    }

    /// Seconds since the copy was begun.
    public var seconds: Double
    /// Bytes on disk of what is copied, and of all tables; databases that are not opened yet count with their indexes.
    public var bytesDone: Int
    public var bytesTotal: Int
    /// Rows that are copied.
    public var rowsDone = 0
    /// About how many rows there are; `nil` where the source's statistics do not say.
    public var rowsTotal: Int?
    /// Bytes of rows that were read so far.
    var rowBytes = 0
    /// Bytes of rows that were read in a second, since the progress was reported last.
    public var bytesPerSecond: Double
    /// How much of all work is done: copying, reading back, indexes, statistics.
    public var fraction: Double
    public var work: [Work]
    /// The progress of each database, by name.
    public var databases: [Share]

    /// Seconds that are left if it goes on as it went; `nil` while too little is done to tell.
    public var secondsLeft: Double? {
        guard let left = Self.left(of: fraction, after: seconds) else { return nil }
        return work.compactMap(\.secondsLeft).reduce(left, max)
    }

    private static func left(of fraction: Double?, after seconds: Double) -> Double? {
        guard let fraction, fraction >= 0.05, fraction < 1 else { return nil }
        return seconds * (1 - fraction) / fraction
    }
}

extension WorkPlan.Item {
    /// What is being done, in words.
    func description(in database: OpenedDatabase?) -> String {
        func table(_ position: Int) -> String {
            guard let tables = database?.catalog.tables, tables.indices.contains(position) else { return "a table" }
            return tables[position].name.description
        }
        switch self {
        case .open: return "bringing the schema over"
        case .copy(_, let places):
            return "copying " + places.prefix(3).map(table).joined(separator: ", ")
                + (places.count > 3 ? " and \(places.count - 3) more" : "")
        case .copyRange(_, let position, let number): return "copying part \(number + 1) of \(table(position))"
        case .verifyRange(_, let position, let number): return "reading back part \(number + 1) of \(table(position))"
        case .settle(_, let position): return "comparing \(table(position))"
        case .largeObjects: return "copying large objects"
        case .index(_, let position):
            guard let entries = database?.postData.entries, entries.indices.contains(position) else {
                return "building an index"
            }
            let owner = entries[position].indexedTable().map { " of \($0.table)" } ?? ""
            return "building the index \(entries[position].label)\(owner)"
        case .analyze(_, let position): return "analysing \(table(position))"
        case .finish: return "finishing"
        }
    }
}

extension Migration {
    /// Seconds between two progress lines in the log, by default.
    public static let logInterval = 15.0

    /// Says how far the copy is, again and again until it is over.
    func reportProgress(of queue: WorkQueue, sessions: Sessions, identity: MigrationIdentity) async {
        let watch = TargetWatch(sessions: sessions, identity: identity)
        activity.begin(nil)
        defer { activity.begin("ending what is being copied") }
        let clock = ContinuousClock.now
        var (last, before) = (clock, 0)
        while await !queue.isOver, !interrupt.isRaised {
            await queue.end.raised(within: 0.25)
            guard last.secondsUntilNow >= logInterval else { continue }
            var progress = await queue.progress(at: await watch.look(), seconds: clock.secondsUntilNow)
            progress.bytesPerSecond = Double(max(0, progress.rowBytes - before)) / last.secondsUntilNow
            report(.progress(progress))
            (last, before) = (.now, progress.rowBytes)
        }
    }
}
