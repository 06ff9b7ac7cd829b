import JobContract
import PostgresClient
import Synchronization

/// Keeps a database up with its source, round by round, from before it is copied until it is sealed.
///
/// It holds the snapshot whose rows the target has. A round takes a newer snapshot, brings over what the two see
/// differently, and holds the newer one from then on. Both must belong to one life of the server: after a crash it may
/// give out a transaction identifier a second time (see docs/live.md).
///
/// While the database is being copied and indexed, what a round brings over waits in temporary tables at the target
/// (``DatabaseFollower/catchUp(_:)``).
actor DatabaseFollower {
    private let executor: BlockingExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let database: OpenedDatabase
    let context: DatabaseWorker.Context
    nonisolated let name: DatabaseName
    var sessions: Sessions { context.sessions }
    var changes: DeliberateChanges { context.changes }
    /// The hashes of both sides' dumps when they were compared; `nil` until the database is finished.
    var schemas: SchemaHashes?

    // MARK: What is held

    /// The session whose transaction holds the snapshot.
    var older: Connection?
    /// A session for the next snapshot. It has its queries prepared and the catalogs cached.
    var spare: Connection?
    /// Finds which blocks have changed, in transactions of its own.
    var blockReader: Connection?
    var staging: Connection?

    // MARK: What is known

    /// Whether the database is still being copied and indexed.
    var isCopying = true
    /// The name by which others can take the held snapshot, as long as the database is being copied.
    var exportedSnapshot: String
    var snapshot: Snapshot?
    nonisolated let age: Mutex<SnapshotAge>
    /// Whether the target holds the newer snapshot's rows already, while the older one still counts. What fails then
    /// ends the attempt: the next one compares the contents.
    var isBetweenSnapshots = false
    /// The snapshot of the round that comes next, if it was taken already. The spare session holds it.
    var taken: TakenSnapshot?
    /// The catalogs that are counted; `nil` if this role may not read all that matter.
    var countedCatalogs: [Identifier]?
    /// As the held snapshot shows them; `nil` until they are needed, which they are not where the log tells enough.
    var catalogs: CatalogVersions?
    var objectVersions: LargeObjectVersions?
    /// As they were read last. They still are so after a round in which, as the log has told, only rows have changed.
    var files: SourceFiles?
    var knownFiles: KnownFiles?
    var canReadObjects = false
    /// How long `pg_dump` may wait for its locks.
    var secondsForLocks = LockPatience.seconds
    var tables: [FollowedTable] = []
    /// Materialized views, as parts in which changes are looked for; each comes after those that it reads.
    var views: [FollowedTable.Part] = []
    var sequences: [SequenceValue] = []
    var areLargeObjectsCopied = false
    var largeObjects = ContentHash()
    /// Whether this role may make the functions that find the blocks which have changed.
    var findsBlocks = false
    /// Whether the tables are large enough for that to be worth it.
    var needsBlocks = false
    /// The places of tables whose temporary tables exist in the staging session (``DeltaStatements``).
    var prepared: Set<Int> = []
    var referenced: Set<RelationName> = []
    /// Our own transactions at the source that took an identifier and were rolled back.
    var ownTransactions: [UInt64] = []
    /// Whether something is committed at the target that only a sealed database may have.
    var isPartlySealed = false
    /// Objects of the source that are not at the target.
    private(set) var leftOut: [LeftOut]
    /// The settings of extensions as they were last copied.
    var extensionSettings: CopiedExtensionSettings
    /// How long the last seal took, even if it failed.
    var secondsSealing = 0.0
    /// Set once the database is sealed.
    var sealed: SealedDatabase?
    /// The source's properties that the staging database was given.
    var givenProperties: DatabaseProperties.Wanted?
    /// Those that it could not be given.
    var leftOutProperties: [LeftOut] = []
    /// The statements that open it to others.
    var opening: SQL?

    init(_ database: OpenedDatabase, context: DatabaseWorker.Context) {
        executor = BlockingExecutor(label: "follower")
        self.database = database
        self.context = context
        extensionSettings = database.extensionSettings
        age = Mutex(SnapshotAge(taken: database.snapshotTaken))
        exportedSnapshot = database.snapshot
        name = database.name
        leftOut = database.leftOut
    }

    /// Takes over the snapshot by which the database is to be copied. Afterwards the worker may end its own
    /// transaction, which has held the snapshot until then.
    ///
    /// - Returns: the name by which others can take it from then on.
    func begin() throws -> String {
        let source = try openSource()
        countedCatalogs = try prepareLook(at: source)
        canReadObjects = try LargeObjectVersions.canReadContent(at: source)
        findsBlocks =
            try context.makesSourceFunctions && source.majorVersion >= ChangedBlocks.firstVersion
            && RolledBackFunctions.mayBeMade(at: source)
        try source.begin(bySnapshot: database.snapshot)
        guard let snapshot = Snapshot(try source.query(Snapshot.query(version: source.majorVersion)).text) else {
            throw MigrationFailure(
                .internalError, "\(source.place): the server describes a snapshot in a way that is not known")
        }
        exportedSnapshot = try source.query("SELECT pg_catalog.pg_export_snapshot()").text
        try source.execute("SAVEPOINT look")
        let looked = try lookWithRetries(since: snapshot, at: source)
        remember(looked, try readKnownFiles(at: source))
        objectVersions = looked.largeObjects.map { LargeObjectVersions($0) }
        // By the source's indexes and statistics: the target's are still to come.
        follow(looked.files, identities: database.isReadInPieces ? try RowIdentity.read(at: source) : [:])
        try source.execute("ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look")
        (older, self.snapshot) = (source, snapshot)
        return exportedSnapshot
    }

    /// Takes note of what is at the target before it makes rounds for the first time.
    func finished(sequences: [SequenceValue], schemas: SchemaHashes, leftOut: [LeftOut]) throws {
        guard let staging else {
            throw MigrationFailure(.internalError, "database \(name): finished before it was copied")
        }
        (self.sequences, self.schemas) = (sequences, schemas)
        self.leftOut += leftOut
        let identities = try RowIdentity.read(at: staging)
        for position in tables.indices {
            let contents = tables[position].contents
            // If generated columns may differ, their hash is kept up from the source's values, so whole rows are read
            // at the source.
            let needsRows = changes.acceptsGeneratedColumns && !contents.generatedColumns.isEmpty
            tables[position].identity = needsRows ? .row(probe: nil) : identities[contents.name] ?? .row(probe: nil)
        }
        referenced = try DatabaseWorker.referencedTables(at: staging)
    }

    private static let looks = 100

    /// Looks again, for some minutes, while another session keeps a lock that the look needs, such as a transaction
    /// that drops a table.
    private func lookWithRetries(since snapshot: Snapshot, at source: Connection) throws -> Look {
        for _ in 1..<Self.looks {
            do {
                return Look(try source.execute(look(since: snapshot, countsCatalogs: false)), hasCatalogs: false)
            } catch {
                guard error.state?.errorClass == "55" else { throw error }
                try source.execute("ROLLBACK TO SAVEPOINT look")
            }
        }
        return Look(try source.execute(look(since: snapshot, countsCatalogs: false)), hasCatalogs: false)
    }

    private func follow(_ files: SourceFiles, identities: [RelationName: RowIdentity]) {
        let roots = Set(database.catalog.tables.filter(\.isRoot).map(\.name))
        var parts: [RelationName: [SourceFiles.Entry]] = [:]
        for entry in files.entries where !entry.isMaterializedView {
            let root = entry.root.flatMap { roots.contains($0) ? $0 : nil }
            parts[root ?? entry.part.name, default: []].append(entry)
        }
        let viewParts = Dictionary(
            files.entries.filter(\.isMaterializedView).map { ($0.part.name, $0.part) },
            uniquingKeysWith: { first, _ in first })
        // In the catalog's order, in which each comes after those that it reads: so they are refreshed.
        views = database.catalog.materializedViews.compactMap { viewParts[$0] }
        tables = database.catalog.tables.map { table in
            FollowedTable(
                contents: table, parts: (parts[table.name] ?? []).map(\.part),
                identity: identities[table.name]?.byRow ?? .row(probe: nil))
        }
    }

    // MARK: Sessions

    /// A session that waits at most two seconds for a lock: the snapshot would grow old meanwhile.
    func openSource() throws(PostgresError) -> Connection {
        let connection = try sessions.openSource(name)
        try connection.execute("SET lock_timeout = '\(LockPatience.seconds)s'; SET max_parallel_workers_per_gather = 0")
        return connection
    }

    /// Opens the sessions that the next round needs, and prepares their queries, before anybody waits for the round.
    func warmUp() throws {
        if spare == nil {
            let connection = try openSource()
            _ = try prepareLook(at: connection)
            spare = connection
        }
        if findsBlocks, needsBlocks, blockReader == nil { blockReader = try openSource() }
    }

    /// Whether the snapshot should be replaced by a newer one, in a round. Who asks does not wait for what the follower
    /// is doing.
    nonisolated var isSnapshotOld: Bool { age.withLock { $0.isOld } }

    /// Ends every session, so that the staging database can be renamed, and lets go of the snapshot.
    func close() {
        (older, spare, blockReader, staging) = (nil, nil, nil, nil)
    }
}
