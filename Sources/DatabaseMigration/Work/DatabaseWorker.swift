import JobContract
import PostgresClient

/// Does one item of work after another, on its own thread and with its own connections.
actor DatabaseWorker {
    private let executor: BlockingExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// What all workers of a run have in common.
    struct Context: Sendable {
        var sessions: Sessions
        var programs: ClientPrograms
        var identity: MigrationIdentity
        var epoch: Int
        var changes: DeliberateChanges
        var rights: SchemaRights
        /// A table of at least this many bytes is cut into ranges.
        var splitLimit: Int
        /// Bytes of the widest row of tables that have wide ones.
        var widths: [DatabaseName: [RelationName: Int]]
        var memory: MemoryBudget
        /// Whether functions may be made at the source, in transactions that are rolled back.
        var makesSourceFunctions: Bool
        /// Whether followers keep sessions open between rounds.
        var keepsSpares: Bool
        var roundProgress: RoundProgress
        var report: EventSink
    }

    let context: Context
    var sessions: Sessions { context.sessions }
    var programs: ClientPrograms { context.programs }
    var identity: MigrationIdentity { context.identity }
    var epoch: Int { context.epoch }
    var builder: SchemaBuilder { SchemaBuilder(sessions: sessions, rights: context.rights) }
    var changes: DeliberateChanges { context.changes }
    var report: EventSink { context.report }
    /// Counts what is done of the item at hand; `nil` in a pod that helps.
    private(set) var meter: WorkMeter?
    private var maintenanceConnection: Connection?
    /// A session at the source, and the snapshot that it is in a transaction of. Between two items it is in none: it
    /// would hold the snapshot.
    private var source: (database: DatabaseName, snapshot: String?, connection: Connection)?
    private var stagings: [DatabaseName: (restarts: Int, connection: Connection)] = [:]

    init(number: Int, context: Context) {
        executor = BlockingExecutor(label: "worker \(number)")
        self.context = context
    }

    /// - Throws: ``MigrationFailure`` that names the database and what was being done to it.
    func perform(_ work: WorkQueue.Assignment) async throws -> WorkQueue.Outcome {
        meter = work.meter
        for name in work.finished { stagings[name] = nil }
        do {
            let outcome = try await outcome(of: work)
            try letGoOfSnapshot()
            return outcome
        } catch {
            source = nil
            for session in stagings.values { session.connection.cancelRunningStatement() }
            let outdated = error as? OutdatedReading
            var reason = outdated?.reason
            if outdated == nil, await isOfChangedSource(error, during: work) {
                reason = "tables of it were altered, truncated or rewritten while it was copied"
            }
            guard outdated != nil || reason != nil, reason == nil || work.restarts < Self.mostRestarts else {
                let failure = outdated?.reason.map {
                    MigrationFailure(
                        .retry, $0, advice: "It has happened \(Self.mostRestarts) times. Stop what does it.")
                }
                throw self.failure(failure ?? error, during: work)
            }
            for session in stagings.values { try session.connection.stopStatement() }
            stagings = [:]
            if let reason { report(.rebuilding(database: work.item.database, reason: reason)) }
            return .stale
        }
    }

    private func outcome(of work: WorkQueue.Assignment) async throws -> WorkQueue.Outcome {
        guard let database = work.opened, let follower = work.follower else {
            // Nobody reads by its snapshot any more.
            await work.follower?.close()
            return try await open(work.facts, restarts: work.restarts)
        }
        switch work.item {
        case .open: return .opened(database, follower)
        case .copy(_, let places):
            return .copied(
                try await copy(places.map { database.catalog.tables[$0] }, of: database, Reading(database.site, work)))
        case .copyRange(_, let place, let number):
            let table = database.catalog.tables[place]
            guard let range = database.ranges[place]?[number] else { return .stale }
            let clock = ContinuousClock.now
            let adopted = database.adopted(.range(table.name, range))
            let reading = Reading(database.site, work)
            guard let hash = try await copyRange(range, of: table, adopted: adopted, reading) else {
                report(
                    .rebuilding(
                        database: database.name,
                        reason: "\(table.name) has changed since an earlier attempt copied a part of it"))
                return .stale
            }
            return .copiedRange(hash, seconds: clock.secondsUntilNow)
        case .verifyRange(_, let place, let number):
            guard let range = database.ranges[place]?[number] else { return .stale }
            let clock = ContinuousClock.now
            let hash = try verifyRange(range, of: database.catalog.tables[place], at: database.site)
            return .verifiedRange(hash, seconds: clock.secondsUntilNow)
        case .settle(_, let place):
            let table = database.catalog.tables[place]
            let hashes = try settle(table, work.sums, at: database.site)
            guard let hash = try await follower.settle(table.name, copied: hashes, copiesAgain: true) else {
                throw OutdatedReading(reason: "\(table.name) was truncated or rewritten while it was copied")
            }
            return .copied([table.name: hash])
        case .largeObjects: return .largeObjects(try copyLargeObjects(of: database))
        case .index(_, let position):
            if let index = database.indexToBuild(at: position) { try build(index, at: database.site) }
            return .indexed
        case .analyze(_, let place):
            try analyze(place, of: database)
            return .analyzed
        case .finish:
            return try await finish(database, follower, work.copied)
        }
    }

    private static let mostRestarts = 5

    /// Whether the failure comes from a change at the source that the snapshot does not show.
    private func isOfChangedSource(_ error: any Error, during work: WorkQueue.Assignment) async -> Bool {
        if isOfChangedSchema(error, database: work.item.database) { return true }
        // The rows violate a constraint. To older snapshots, a table that was truncated or rewritten looks empty, so
        // that rows of other tables refer to nothing.
        let cause = (error as? MigrationFailure)?.cause ?? error as? PostgresError
        guard cause?.state?.errorClass == "23",
            cause?.state != .notNullViolation || cause?.relation?.schema != StagingDatabase.stateSchema
        else { return false }
        // If this look fails too, the first failure is the one to be reported.
        return (try? await work.follower?.haveTablesChanged()) ?? false
    }

    /// Whether a table or a column is gone that the source's snapshot shows.
    private func isOfChangedSchema(_ error: any Error, database: DatabaseName) -> Bool {
        if let failure = error as? MigrationFailure, failure.isOfChangedSchema { return true }
        guard let error = error as? PostgresError, error.kind == .statementFailed, error.state?.errorClass == "42"
        else { return false }
        return error.place == sessions.sourceParameters(database).place && error.state != .insufficientPrivilege
    }

    private func failure(_ error: any Error, during work: WorkQueue.Assignment) -> MigrationFailure {
        var failure = MigrationFailure(error)
        failure.message =
            "database \(work.item.database), \(work.item.description(in: work.opened)): \(failure.message)"
        return failure
    }

    // MARK: Connections

    func maintenance() throws(PostgresError) -> Connection {
        if let maintenanceConnection { return maintenanceConnection }
        let connection = try sessions.openTarget(DatabaseName(sessions.target.database))
        maintenanceConnection = connection
        return connection
    }

    /// A session at the source for one table alone. In the worker's own session, libpq's buffer would stay as large as
    /// the widest row.
    func sourceForWideRows(of site: CopySite) throws -> Connection { try importing(site) }

    /// A session at the source that sees the database's snapshot.
    ///
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/retry`` if the session that exported the snapshot has ended.
    func source(of site: CopySite) throws -> Connection {
        if let source, source.database == site.database {
            if source.snapshot != site.snapshot {
                try letGoOfSnapshot()
                try source.connection.begin(bySnapshot: site.snapshot)
                self.source?.snapshot = site.snapshot
            }
            return source.connection
        }
        // A worker keeps only one session at the source: SessionBudget counts on it.
        source = nil
        let connection = try importing(site)
        source = (site.database, site.snapshot, connection)
        return connection
    }

    func letGoOfSnapshot() throws(PostgresError) {
        guard source?.snapshot != nil else { return }
        try source?.connection.execute("ROLLBACK")
        source?.snapshot = nil
    }

    private func importing(_ site: CopySite) throws -> Connection {
        let connection = try sessions.openSource(site.database)
        try connection.begin(bySnapshot: site.snapshot)
        return connection
    }

    func staging(of site: CopySite) throws(PostgresError) -> Connection {
        if let session = stagings[site.database], session.restarts == site.restarts {
            meter?.works(at: session.connection.backendPID)
            return session.connection
        }
        stagings = [:]
        let connection = try sessions.openStaging(site.staging, values: site.values)
        meter?.works(at: connection.backendPID)
        stagings[site.database] = (site.restarts, connection)
        return connection
    }

    /// Where the rows of the item at hand are counted.
    func counter(_ pass: WorkMeter.Pass) -> RowCounter? { meter.map { RowCounter(meter: $0, pass: pass) } }

    func source(of database: OpenedDatabase) throws -> Connection { try source(of: database.site) }
    func staging(of database: OpenedDatabase) throws(PostgresError) -> Connection { try staging(of: database.site) }

    /// Takes the first snapshot of a database, and exports it.
    func takeSnapshot(of name: DatabaseName) throws -> (connection: Connection, snapshot: String) {
        source = nil
        let connection = try sessions.openSource(name)
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        guard let snapshot = try connection.query("SELECT pg_catalog.pg_export_snapshot()").rows.first?.text(0) else {
            throw MigrationFailure(.internalError, "\(connection.place): pg_export_snapshot returned nothing")
        }
        source = (name, snapshot, connection)
        return (connection, snapshot)
    }

    func closeStaging(of name: DatabaseName) { stagings[name] = nil }

    /// Closes a session to free the memory that wide rows have taken: a connection's buffer never shrinks.
    func closeAfterWideRows(of site: CopySite) {
        stagings[site.database] = nil
        source = nil
    }
}
