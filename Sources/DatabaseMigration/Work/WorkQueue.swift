import PostgresClient

/// Hands out the work of one run to its workers and gathers what comes of it.
actor WorkQueue {
    /// Work for one worker, with all it needs to know.
    struct Assignment: Sendable {
        var item: WorkPlan.Item
        /// `nil` for a database that is to be opened.
        var opened: OpenedDatabase?
        /// If the database is to be begun again, the follower that it had before.
        var follower: DatabaseFollower?
        var facts: DatabaseFacts
        var restarts: Int
        /// What has been copied; complete when the database is to be finished.
        var copied: DatabaseFollower.Copied
        /// The sums over the ranges of the table that is to be settled.
        var sums: TableSums
        /// Counts what is done of it.
        var meter: WorkMeter
        /// Databases whose connections are no longer needed.
        var finished: Set<DatabaseName>
        /// Where a worker asks whether it should pause.
        var queue: WorkQueue
    }

    /// What a worker brings back.
    enum Outcome: Sendable {
        case opened(OpenedDatabase, DatabaseFollower)
        case copied([RelationName: TableHash])
        case copiedRange(TableHash, seconds: Double)
        case verifiedRange(TableHash, seconds: Double)
        case largeObjects(ContentHash)
        case indexed
        case analyzed
        case following(DatabaseFollower)
        /// What was adopted no longer matches the source.
        case stale
    }

    /// Something that is being done.
    struct Running: Sendable {
        var since = ContinuousClock.now
        let meter = WorkMeter()
        /// The task's number, where another pod does it.
        var task: Int?
    }

    var plan: WorkPlan
    private let isSourceScarce: @Sendable () -> Bool
    private let othersWait: @Sendable () -> Bool
    /// Workers with this number or a higher one work only while others wait for a server.
    private let workers: Int
    let facts: [DatabaseName: DatabaseFacts]
    var opened: [DatabaseName: OpenedDatabase] = [:]
    private(set) var restarts: [DatabaseName: Int]
    private(set) var tables: [DatabaseName: [RelationName: TableHash]] = [:]
    /// What is being done.
    private(set) var running: [WorkPlan.Item: Running] = [:]
    /// The sums over each cut table's ranges, by the tables' places in their catalogs.
    private(set) var sums: [DatabaseName: [Int: TableSums]] = [:]
    var largeObjects: [DatabaseName: ContentHash] = [:]
    /// Ranges of tables that are cut, as they have been copied, by the tables' places in their catalogs.
    var copiedRanges: [DatabaseName: [Int: [TableRange]]] = [:]
    /// What the items that pause have read: the table's place, and the range.
    var read: [WorkPlan.Item: (table: Int, range: TableRange)] = [:]
    /// Followers of databases that are copied.
    private(set) var followers: [DatabaseName: DatabaseFollower] = [:]
    /// Followers of databases that are being copied, or were until they had to be begun again.
    var copying: [DatabaseName: DatabaseFollower] = [:]
    /// Items that another pod has failed at. They are not offered again, and this pod does them itself.
    private var local: Set<WorkPlan.Item> = []
    var waiting: [CheckedContinuation<Void, Never>] = []
    private(set) var failure: (any Error)?
    /// Is raised once all is done or something has failed.
    nonisolated let end = Interrupt()

    /// - Parameters:
    ///   - restarts: how often each database has been begun again.
    ///   - workers: how many work at any time; those with higher numbers only while a server lets others wait.
    ///   - isSourceScarce: whether the source can send little at this moment.
    ///   - othersWait: whether workers mostly wait for a server at this moment.
    init(
        databases: [DatabaseFacts], restarts: [DatabaseName: Int], openLimit: Int, workers: Int,
        isSourceScarce: @escaping @Sendable () -> Bool, othersWait: @escaping @Sendable () -> Bool
    ) {
        self.restarts = restarts
        self.workers = workers
        self.othersWait = othersWait
        self.isSourceScarce = isSourceScarce
        plan = WorkPlan(
            databases: Dictionary(databases.map { ($0.name, $0.bytes) }, uniquingKeysWith: max), openLimit: openLimit)
        facts = Dictionary(databases.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Waits for something to do.
    ///
    /// - Returns: `nil` when all is done or something has failed.
    func next(for worker: Int) async -> Assignment? {
        while failure == nil && !plan.isDone {
            let isExtra = worker >= workers
            if !isExtra || othersWait(),
                let item = plan.next(for: worker, isSourceScarce: isSourceScarce(), isExtra: isExtra),
                let facts = facts[item.database]
            {
                let state = Running()
                running[item] = state
                return Assignment(
                    item: item, opened: opened[item.database], follower: copying[item.database], facts: facts,
                    restarts: restarts[item.database, default: 0],
                    copied: copied(of: item.database),
                    sums: item.cutTable.flatMap { sums[item.database]?[$0] } ?? TableSums(),
                    meter: state.meter,
                    finished: plan.finished, queue: self)
            }
            await withCheckedContinuation { waiting.append($0) }
        }
        return nil
    }

    var isOver: Bool { failure != nil || plan.isDone }

    /// Something heavy for another pod, if there is any.
    func offer() -> (item: WorkPlan.Item, task: SharedTask)? {
        guard failure == nil else { return nil }
        let item = plan.offer { item in
            !local.contains(item) && task(for: item) != nil
        }
        if let item { running[item] = Running() }
        return item.flatMap { item in task(for: item).map { (item, $0) } }
    }

    /// Notes the number of the task by which an item was offered to another pod.
    func offered(_ item: WorkPlan.Item, as task: Int) { running[item]?.task = task }

    /// - Returns: `nil` for what only this pod can do, such as comparing what an earlier attempt has copied.
    private func task(for item: WorkPlan.Item) -> SharedTask? {
        guard let database = opened[item.database] else { return nil }
        switch item {
        case .open, .finish, .largeObjects, .settle, .analyze: return nil
        case .copy(_, let places):
            let tables = places.map { database.catalog.tables[$0] }
            guard tables.allSatisfy({ database.adopted(.table($0.name)) == nil }) else { return nil }
            return SharedTask(site: database.site, work: .copy(tables))
        case .copyRange(_, let position, let number):
            let table = database.catalog.tables[position]
            guard let range = database.ranges[position]?[number], database.adopted(.range(table.name, range)) == nil
            else {
                return nil
            }
            return SharedTask(site: database.site, work: .copyRange(table, range))
        case .verifyRange(_, let position, let number):
            return (database.ranges[position]?[number]).map {
                SharedTask(site: database.site, work: .verifyRange(database.catalog.tables[position], $0))
            }
        case .index(_, let position):
            return database.indexToBuild(at: position).map { SharedTask(site: database.site, work: .index($0)) }
        }
    }

    /// Makes an item ready again that no other pod has done.
    ///
    /// - Parameter staysLocal: whether it may not be offered to other pods again.
    func takeBack(_ item: WorkPlan.Item, staysLocal: Bool) {
        if staysLocal { local.insert(item) }
        plan.takeBack(item)
        running[item] = nil
        wake()
    }

    func completed(_ item: WorkPlan.Item, _ outcome: Outcome) {
        let name = item.database
        running[item] = nil
        read[item] = nil
        switch outcome {
        case .opened(let database, let follower):
            opened[name] = database
            copying[name] = follower
            // Results that came in from before the restart no longer count.
            sums[name] = nil
            tables[name] = nil
            largeObjects[name] = nil
            copiedRanges[name] = nil
            plan.opened(name, database.shape)
        case .copied(let hashes):
            tables[name, default: [:]].merge(hashes) { _, new in new }
            plan.completed(item)
        case .copiedRange(let hash, let seconds):
            if let table = item.cutTable {
                sums[name, default: [:]][table, default: TableSums()].sent += hash
                sums[name]?[table]?.copySeconds += seconds
                if case .copyRange(_, _, let number) = item, let range = opened[name]?.ranges[table]?[number] {
                    copiedRanges[name, default: [:]][table, default: []].append(range)
                }
            }
            plan.completed(item)
        case .verifiedRange(let hash, let seconds):
            if let table = item.cutTable {
                sums[name]?[table]?.found += hash
                sums[name]?[table]?.verifySeconds += seconds
            }
            plan.completed(item)
        case .largeObjects(let hash):
            largeObjects[name] = hash
            plan.completed(item)
        case .indexed, .analyzed: plan.completed(item)
        case .following(let follower):
            followers[name] = follower
            copying[name] = nil
            plan.completed(item)
        case .stale:
            if case .open = item { restarts[name, default: 0] += 1 }
            forget(name)
            plan.restart(name, after: item)
        }
        wake()
    }

    func forget(_ name: DatabaseName) {
        // Several items may find out.
        guard opened[name] != nil else { return }
        opened[name] = nil
        tables[name] = nil
        largeObjects[name] = nil
        copiedRanges[name] = nil
        restarts[name, default: 0] += 1
    }

    /// Ends all work. Later failures are consequences of the first.
    func fail(_ error: any Error) {
        if failure == nil { failure = error }
        wake()
    }

    /// Lets waiting workers ask again, since the source may have become less scarce.
    func reconsider() { wake() }

    func wake() {
        if isOver { end.raise() }
        let all = waiting
        waiting = []
        for continuation in all { continuation.resume() }
    }
}
