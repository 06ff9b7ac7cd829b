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
        /// What the target's server says of it; empty if it says nothing.
        public var detail: String
    }

    /// How far one database is.
    public struct Share: Sendable {
        public var database: DatabaseName
        public var bytesDone: Int
        public var bytesTotal: Int
    }

    /// Since the copy was begun.
    public var seconds: Double
    /// Bytes on disk of tables that are copied, and of all; databases that are not opened yet count with their indexes.
    public var bytesDone: Int
    public var bytesTotal: Int
    /// Bytes of rows that were read in a second lately.
    public var bytesPerSecond: Double
    public var work: [Work]
    /// Of all databases, by name.
    public var databases: [Share]

    public var fraction: Double { bytesTotal > 0 ? min(1, Double(bytesDone) / Double(bytesTotal)) : 1 }
    /// Seconds that are left if it goes on as it went; `nil` while too little is done to tell.
    public var secondsLeft: Double? { fraction < 0.05 || fraction == 1 ? nil : seconds * (1 - fraction) / fraction }
}

extension WorkQueue {
    /// - Parameters:
    ///   - details: what the target says of each database's index build.
    ///   - seconds: since the copy was begun.
    func progress(details: [DatabaseName: String], seconds: Double, bytesPerSecond: Double) -> CopyProgress {
        let shares = facts.sorted { $0.key < $1.key }.map { name, facts in
            guard let database = opened[name] else {
                return CopyProgress.Share(database: name, bytesDone: 0, bytesTotal: facts.bytes)
            }
            let all = database.catalog.tables
            let done = all.filter { tables[name]?[$0.name] != nil }
            return CopyProgress.Share(
                database: name, bytesDone: done.reduce(0) { $0 + $1.bytes }, bytesTotal: all.reduce(0) { $0 + $1.bytes }
            )
        }
        let work = running.sorted { $0.value < $1.value }.map { item, since in
            CopyProgress.Work(
                database: item.database, what: item.description(in: opened[item.database]),
                seconds: since.secondsUntilNow,
                detail: item.isIndex ? details[item.database] ?? "" : "")
        }
        return CopyProgress(
            seconds: seconds, bytesDone: shares.reduce(0) { $0 + $1.bytesDone },
            bytesTotal: shares.reduce(0) { $0 + $1.bytesTotal }, bytesPerSecond: bytesPerSecond, work: work,
            databases: shares)
    }
}

extension WorkPlan.Item {
    fileprivate var isIndex: Bool { if case .index = self { true } else { false } }

    /// What is being done, in words.
    func description(in database: OpenedDatabase?) -> String {
        func table(_ place: Int) -> String {
            guard let tables = database?.catalog.tables, tables.indices.contains(place) else { return "a table" }
            return tables[place].name.description
        }
        switch self {
        case .open: return "bringing the schema over"
        case .copy(_, let places):
            return "copying " + places.prefix(3).map(table).joined(separator: ", ")
                + (places.count > 3 ? " and \(places.count - 3) more" : "")
        case .copyRange(_, let place, let number): return "copying part \(number + 1) of \(table(place))"
        case .verifyRange(_, let place, let number): return "reading back part \(number + 1) of \(table(place))"
        case .settle(_, let place): return "comparing \(table(place))"
        case .largeObjects: return "copying large objects"
        case .index(_, let position):
            guard let entries = database?.postData.entries, entries.indices.contains(position) else {
                return "building an index"
            }
            return "building \(entries[position].title)"
        case .analyze(_, let place): return "analysing \(table(place))"
        case .finish: return "finishing"
        }
    }
}

extension Migration {
    /// Seconds between two words on how far the copy is, where nobody asks for more.
    public static let logInterval = 15.0

    /// Says how far the copy is, again and again until it is over.
    func reportProgress(
        of queue: WorkQueue, pace: ReadPace, sessions: Sessions, identity: MigrationIdentity, databases: [DatabaseName]
    ) async {
        let watch = IndexWatch(
            sessions: sessions,
            names: Dictionary(
                databases.map { (StagingDatabase(identity: identity, database: $0).name, $0) },
                uniquingKeysWith: { first, _ in first }))
        activity.begin(nil)
        defer { activity.begin("ending what is being copied") }
        let clock = ContinuousClock.now
        var (last, before) = (clock, pace.total)
        while await !queue.isOver, !interrupt.isRaised {
            try? await Task.sleep(for: .milliseconds(250))
            guard last.secondsUntilNow >= logInterval else { continue }
            let now = pace.total
            report(
                .progress(
                    await queue.progress(
                        details: await watch.look(), seconds: clock.secondsUntilNow,
                        bytesPerSecond: Double(now - before) / last.secondsUntilNow)))
            (last, before) = (.now, now)
        }
    }
}

/// Asks the target how far it is with its index builds (PostgreSQL manual, 27.4).
private actor IndexWatch {
    private let executor = BlockingExecutor(label: "index watch")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let sessions: Sessions
    /// Of staging databases: which database each is of.
    private let names: [DatabaseName: DatabaseName]
    private var connection: Connection?

    init(sessions: Sessions, names: [DatabaseName: DatabaseName]) { (self.sessions, self.names) = (sessions, names) }

    /// - Returns: a phrase for each database with an index that is being built; nothing if the target does not say.
    func look() -> [DatabaseName: String] {
        if connection == nil { connection = try? sessions.openTarget(DatabaseName(sessions.target.database)) }
        let rows = try? connection?.query(
            """
            SELECT datname, phase, CASE WHEN blocks_total > 0 THEN 100 * blocks_done / blocks_total WHEN tuples_total > 0 THEN 100 * tuples_done / tuples_total END
            FROM pg_catalog.pg_stat_progress_create_index
            """
        ).rows
        guard let rows else {
            connection = nil
            return [:]
        }
        var details: [DatabaseName: String] = [:]
        for row in rows {
            guard let database = names[row.name(0)] else { continue }
            details[database] = row.text(1) + (row[2].map { " \($0) %" } ?? "")
        }
        return details
    }
}
