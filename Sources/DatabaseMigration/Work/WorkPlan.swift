import PostgresClient

/// Decides what is done next, without any I/O. What to copy, when an index may be built and when a database is complete
/// follow from what the plan is told.
struct WorkPlan: Sendable {
    /// One thing that a worker does from beginning to end.
    enum Item: Hashable, Sendable {
        /// Take a snapshot, bring the schema over, find out what is left to do.
        case open(DatabaseName)
        /// Copy and verify tables, by their places in the catalog: one large table, or several small ones together.
        case copy(DatabaseName, [Int])
        /// Copy a range of a table that is cut.
        case copyRange(DatabaseName, table: Int, range: Int)
        /// Read a range back, once all ranges of the table are copied.
        case verifyRange(DatabaseName, table: Int, range: Int)
        /// Compare a table that was cut, once all of its ranges are read back.
        case settle(DatabaseName, table: Int)
        case largeObjects(DatabaseName)
        /// Build an index, by its position among the entries of the section post-data.
        case index(DatabaseName, Int)
        /// Gather the statistics of a large table, once its indexes are built: both lock the table.
        case analyze(DatabaseName, table: Int)
        /// Everything that needs all rows: constraints, triggers, sequences, the other statistics, the comparison of
        /// the schema. A follower takes over then.
        case finish(DatabaseName)

        var database: DatabaseName {
            switch self {
            case .open(let name), .copy(let name, _), .copyRange(let name, _, _), .verifyRange(let name, _, _),
                .settle(let name, _), .largeObjects(let name), .index(let name, _), .analyze(let name, _),
                .finish(let name):
                name
            }
        }

        fileprivate var isIndex: Bool { if case .index = self { true } else { false } }

        /// Whether the source has to work for it. The target always has to.
        var readsSource: Bool {
            switch self {
            case .open, .copy, .copyRange, .largeObjects: true
            case .verifyRange, .settle, .index, .analyze, .finish: false
            }
        }

        /// The place of the one table that it reads.
        var table: Int? {
            if case .copy(_, let tables) = self { tables.count == 1 ? tables[0] : nil } else { cutTable }
        }

        /// The place of the table whose ranges it is about.
        var cutTable: Int? {
            switch self {
            case .copyRange(_, let table, _), .verifyRange(_, let table, _), .settle(_, let table): table
            case .open, .copy, .largeObjects, .index, .analyze, .finish: nil
            }
        }
    }

    /// What opening a database has shown, as far as the order of work depends on it.
    struct Shape: Sendable {
        /// Bytes of each table.
        var tables: [Int]
        /// Tables with rows so wide that each is copied on its own.
        var wide: Set<Int> = []
        /// How many ranges each table is cut into that does not stay whole.
        var ranges: [Int: Int] = [:]
        /// Tables that are read piece by piece, with pauses in between where they are wanted.
        var inPieces: Set<Int> = []
        /// Entries of the post-data section that may be built as soon as their table is filled, by table.
        var indexes: [Int: [Int]]
        /// Tables that are analysed as soon as their indexes are built.
        var analyzed: Set<Int> = []
        var hasLargeObjects: Bool

        func table(indexedBy entry: Int) -> Int? { indexes.first { $0.value.contains(entry) }?.key }
    }

    /// Where the renewal of a database's snapshot is.
    enum Renewal: Sendable {
        case none
        /// Nothing more begins to read by the old snapshot.
        case wanted
        case running
    }

    struct Progress: Sendable {
        var bytes: Int
        var shape: Shape?
        /// Ready to be taken.
        var ready: [Item] = []
        /// Taken and not done yet.
        var running: Set<Item> = []
        var tally = WorkTally()
        var isFinished = false
        var mustRestart = false
        var renewal = Renewal.none
        /// What has stopped reading until the snapshot is renewed.
        var paused: Set<Item> = []
        /// What cannot pause, such as all that other pods do.
        var pauseless: Set<Item> = []
    }

    /// Tables below this size are copied together, several in one transaction.
    static let smallTable = 2 * 1024 * 1024
    private static let tablesPerGroup = 64

    var databases: [DatabaseName: Progress]
    /// How many databases are open at once at most: each holds a snapshot and connections on both sides.
    private let openLimit: Int
    /// The database that each worker was last busy with, to which its connections are open.
    private var lastDatabase: [Int: DatabaseName] = [:]

    /// - Parameter databases: sizes in bytes.
    init(databases: [DatabaseName: Int], openLimit: Int) {
        self.databases = databases.mapValues { Progress(bytes: $0) }
        for name in databases.keys { self.databases[name]?.ready = [.open(name)] }
        self.openLimit = openLimit
    }

    var isDone: Bool { databases.values.allSatisfy(\.isFinished) }
    var finished: Set<DatabaseName> { Set(databases.filter(\.value.isFinished).keys) }

    /// What is done of a database since it was begun, or begun again.
    func tally(of name: DatabaseName) -> WorkTally { databases[name]?.tally ?? WorkTally() }

    /// The heaviest item that is ready, since what takes longest must begin first. Among light items a worker stays
    /// with the database that it is connected to.
    ///
    /// The source must not be idle, though. It may have a quarter of a CPU only: what it does not send while the target
    /// builds large indexes, the target waits for afterwards. So if no worker reads the source, the worker that asks
    /// gets an item that does. If that would open more databases than allowed, the lightest open ones are finished
    /// first.
    ///
    /// - Parameters:
    ///   - isSourceScarce: whether the source can send little. Then one database is read after the other: several at
    ///     once would all take longer, and their snapshots would be held for longer. One index is built after the other
    ///     as well: the copy waits for the source anyway, and the target may use the same disks.
    ///   - isExtra: whether the worker is one of those that work while others wait. It builds no index: that is work and
    ///     no waiting, and each build takes memory of the target's.
    mutating func next(for worker: Int, isSourceScarce: Bool = false, isExtra: Bool = false) -> Item? {
        let openCount = databases.values.count { !$0.isFinished && ($0.shape != nil || !$0.running.isEmpty) }
        let mayOpen = openCount < openLimit
        let isSourceIdle = !databases.values.contains { $0.running.contains(where: \.readsSource) }
        let isSourceBlocked =
            !mayOpen && databases.values.contains { $0.ready.contains { if case .open = $0 { true } else { false } } }
        let isBuilding = databases.values.contains { $0.running.contains(where: \.isIndex) }
        let onlyRead = isSourceScarce ? databaseBeingRead : nil
        var best: (item: Item, rank: Rank)?
        for progress in databases.values where !progress.mustRestart {
            for item in progress.ready {
                if case .open = item, !mayOpen { continue }
                if item.isIndex, isExtra || isSourceScarce && isBuilding { continue }
                if item.readsSource, let onlyRead, item.database != onlyRead { continue }
                if item.readsSource, progress.renewal != .none { continue }
                var weight = self.weight(of: item, in: progress)
                if weight < 4 * Self.smallTable, item.database == lastDatabase[worker] { weight += 4 * Self.smallTable }
                let keepsSourceBusy = isSourceIdle && item.readsSource
                if isSourceIdle, isSourceBlocked, !keepsSourceBusy { weight = -progress.bytes }
                let rank = Rank(keepsSourceBusy: keepsSourceBusy, weight: weight, database: item.database)
                if let best, best.rank >= rank { continue }
                best = (item, rank)
            }
        }
        guard let item = best?.item else { return nil }
        databases[item.database]?.ready.removeAll { $0 == item }
        databases[item.database]?.running.insert(item)
        lastDatabase[worker] = item.database
        return item
    }

    /// The largest database that is open and not read to its end.
    private var databaseBeingRead: DatabaseName? {
        databases.filter { _, progress in
            !progress.mustRestart
                && (progress.running.contains(where: \.readsSource)
                    || progress.shape != nil && progress.ready.contains(where: \.readsSource))
        }.max { ($0.value.bytes, $0.key) < ($1.value.bytes, $1.key) }?.key
    }

    /// The order of items. The name decides among equals, so that the same databases give the same plan.
    private struct Rank: Comparable {
        var keepsSourceBusy: Bool
        var weight: Int
        var database: DatabaseName

        static func < (a: Rank, b: Rank) -> Bool {
            a.keepsSourceBusy == b.keepsSourceBusy ? (a.weight, a.database) < (b.weight, b.database) : b.keepsSourceBusy
        }
    }

    /// The heaviest ready item that is worth handing to another pod.
    ///
    /// - Parameter mayTravel: whether an item that is heavy enough can be done by another pod.
    mutating func offer(where mayTravel: (Item) -> Bool) -> Item? {
        var best: (item: Item, weight: Int)?
        for progress in databases.values where !progress.mustRestart {
            for item in progress.ready where isHeavy(item, in: progress) && mayTravel(item) {
                if item.readsSource, progress.renewal != .none { continue }
                let weight = weight(of: item, in: progress)
                if let best, (best.weight, best.item.database) >= (weight, item.database) { continue }
                best = (item, weight)
            }
        }
        guard let item = best?.item else { return nil }
        databases[item.database]?.ready.removeAll { $0 == item }
        databases[item.database]?.running.insert(item)
        databases[item.database]?.pauseless.insert(item)
        return item
    }

    private func isHeavy(_ item: Item, in progress: Progress) -> Bool {
        switch item {
        case .copy(_, let tables): tables.count == 1 && (progress.shape?.tables[tables[0]] ?? 0) >= Self.smallTable
        case .index, .copyRange, .verifyRange: true
        case .open, .finish, .largeObjects, .settle, .analyze: false
        }
    }

    /// Makes an item ready again that was taken and not done.
    mutating func takeBack(_ item: Item) {
        databases[item.database]?.running.remove(item)
        databases[item.database]?.pauseless.remove(item)
        databases[item.database]?.ready.append(item)
        offerFinish(item.database)
    }

    /// Bytes that stand for the time from now until the item's database could be complete: the item itself, and the
    /// longest work that waits for it. Even the smallest index of a large database delays that database's finish, which
    /// takes long and which only one worker can do. So that index goes before whole small databases.
    private func weight(of item: Item, in progress: Progress) -> Int {
        let end = progress.bytes / 3
        switch item {
        case .open, .finish: return progress.bytes
        // The indexes of a table wait for its rows.
        case .copy(_, let tables): return end + 2 * tables.reduce(0) { $0 + (progress.shape?.tables[$1] ?? 0) }
        case .index(_, let entry):
            return end + (progress.shape?.table(indexedBy: entry).flatMap { progress.shape?.tables[$0] } ?? 0)
        case .copyRange(_, let table, _), .settle(_, let table): return end + 2 * (progress.shape?.tables[table] ?? 0)
        case .verifyRange(_, let table, _), .analyze(_, let table): return end + (progress.shape?.tables[table] ?? 0)
        case .largeObjects: return end
        }
    }

    /// A database is open: its tables can be copied.
    mutating func opened(_ name: DatabaseName, _ shape: Shape) {
        guard var progress = databases[name] else { return }
        progress.running.remove(.open(name))
        progress.shape = shape
        var group: [Int] = []
        var groupBytes = 0
        for (table, bytes) in shape.tables.enumerated() {
            if let count = shape.ranges[table] {
                progress.ready += (0..<count).map { .copyRange(name, table: table, range: $0) }
                continue
            }
            if bytes >= Self.smallTable || shape.wide.contains(table) {
                progress.ready.append(.copy(name, [table]))
                continue
            }
            if group.count >= Self.tablesPerGroup || groupBytes + bytes > 2 * Self.smallTable {
                progress.ready.append(.copy(name, group))
                (group, groupBytes) = ([], 0)
            }
            group.append(table)
            groupBytes += bytes
        }
        if !group.isEmpty { progress.ready.append(.copy(name, group)) }
        if shape.hasLargeObjects { progress.ready.append(.largeObjects(name)) }
        databases[name] = progress
        offerFinish(name)
    }

    mutating func completed(_ item: Item) {
        let name = item.database
        databases[name]?.running.remove(item)
        databases[name]?.pauseless.remove(item)
        databases[name]?.paused.remove(item)
        databases[name]?.tally.add(item)
        switch item {
        case .copy(_, let tables): for table in tables { offerIndexes(of: table, in: name) }
        case .copyRange(_, let table, _):
            if let count = databases[name]?.shape?.ranges[table], databases[name]?.tally.copied[table] == count {
                databases[name]?.ready += (0..<count).map { .verifyRange(name, table: table, range: $0) }
            }
        case .verifyRange(_, let table, _):
            if let count = databases[name]?.shape?.ranges[table], databases[name]?.tally.verified[table] == count {
                databases[name]?.ready.append(.settle(name, table: table))
            }
        case .settle(_, let table): offerIndexes(of: table, in: name)
        case .index(_, let entry): completedIndex(entry, in: name)
        case .finish:
            let mustRestart = databases[name]?.mustRestart ?? false
            databases[name]?.isFinished = !mustRestart
        case .open, .analyze, .largeObjects: break
        }
        offerFinish(name)
    }

    private mutating func offerIndexes(of table: Int, in name: DatabaseName) {
        let indexes = databases[name]?.shape?.indexes[table] ?? []
        databases[name]?.ready += indexes.map { .index(name, $0) }
        if indexes.isEmpty { offerAnalysis(of: table, in: name) }
    }

    private mutating func completedIndex(_ entry: Int, in name: DatabaseName) {
        guard let progress = databases[name], let shape = progress.shape, let table = shape.table(indexedBy: entry),
            shape.indexes[table, default: []].allSatisfy({ progress.tally.indexes.contains($0) })
        else { return }
        offerAnalysis(of: table, in: name)
    }

    private mutating func offerAnalysis(of table: Int, in name: DatabaseName) {
        guard databases[name]?.shape?.analyzed.contains(table) == true else { return }
        databases[name]?.ready.append(.analyze(name, table: table))
    }

    /// Begins the database again once nothing runs in it, since what was adopted turned out to be stale.
    mutating func restart(_ name: DatabaseName, after item: Item) {
        databases[name]?.mustRestart = true
        databases[name]?.isFinished = false
        completed(item)
    }

    mutating func offerFinish(_ name: DatabaseName) {
        guard let progress = databases[name], progress.running.isEmpty, !progress.isFinished,
            progress.renewal != .running
        else {
            return
        }
        if progress.mustRestart {
            databases[name] = Progress(bytes: progress.bytes, ready: [.open(name)])
        } else if progress.ready.isEmpty, progress.shape != nil {
            databases[name]?.ready = [.finish(name)]
        }
    }
}
