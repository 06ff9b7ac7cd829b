import JobContract
import PostgresClient

extension DatabaseWorker {
    /// Takes a snapshot of a database and makes its staging database ready to be filled.
    func open(_ facts: DatabaseFacts, round: Int) async throws -> OpenedDatabase {
        let clock = ContinuousClock.now
        let source = try sessions.openSource(facts.name)
        keep(source: source, of: facts.name, round: round)
        try source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        guard let snapshot = try source.query("SELECT pg_catalog.pg_export_snapshot()").rows.first?.text(0) else {
            throw MigrationFailure(.internalError, "\(source.place): pg_export_snapshot returned nothing")
        }
        let parameters = source.parameters
        // pg_dump takes as long as the creation of a database, so the two go side by side.
        let encoding = source.encoding
        async let dumped = programs.schema(of: parameters, encoding: encoding, snapshot: snapshot)
        let catalog = try SourceCatalog(reading: source)
        let rowVersions = try RowVersions(readingCatalogs: source)
        let staging = StagingDatabase(identity: identity, database: facts.name)
        let state = try prepare(staging, facts: facts, round: round)
        var (script, leftOut) = context.rights.divide(try await dumped, owners: catalog.owners)
        if catalog.owners.count > 1 {
            let owners = catalog.owners.sorted().map(\.description).joined(separator: ", ")
            leftOut.append(LeftOut(.owners, "ownership by \(owners): at the target all belongs to \(sessions.owner)"))
        }
        let (preData, postData) = script.sections()
        if !leftOut.isEmpty { report(.leftOut(database: facts.name, objects: leftOut)) }

        var database = OpenedDatabase(
            facts: facts, staging: staging, round: round, snapshot: snapshot, catalog: catalog, rowVersions: rowVersions,
            preData: preData, postData: postData, leftOut: leftOut, adopted: .nothing)
        let schema = "\(preData.hash)\(postData.hash)"
        switch state {
        case .sealed where catalog.tables.contains(where: \.isUnlogged): try rebuild(database, schema: schema)
        case .sealed(let fingerprint): database.adopted = .sealed(fingerprint: fingerprint)
        case .loading:
            if let steps = try adopt(database, schema: schema) { database.adopted = .steps(steps) }
            if case .nothing = database.adopted { try rebuild(database, schema: schema) }
        case .absent, .worthless: try load(database, schema: schema)
        }
        if !database.cutTables(limit: source.majorVersion >= TableRange.firstVersion ? context.splitLimit : .max) {
            report(.rebuilding(database: facts.name, reason: "an earlier attempt has cut its large tables differently"))
            database.adopted = .nothing
            try rebuild(database, schema: schema)
        }
        report(
            .opened(
                database: facts.name, tables: catalog.tables.count, bytes: catalog.bytes,
                adopted: database.adopted.summary, seconds: clock.secondsUntilNow))
        return database
    }

    /// Begins again from nothing.
    private func rebuild(_ database: OpenedDatabase, schema: String) throws {
        closeStaging(of: database.name)
        try database.staging.drop(maintenance: maintenance())
        try create(database.staging, facts: database.facts)
        try load(database, schema: schema)
    }

    /// Creates the staging database, or finds out what an earlier attempt left of it.
    private func prepare(_ staging: StagingDatabase, facts: DatabaseFacts, round: Int) throws -> StagingDatabase.State {
        let maintenance = try maintenance()
        var state = try staging.state(maintenance: maintenance)
        // The mark comes before any content, so an unmarked database with content is not ours, whatever its name.
        if state == .worthless, try UserObjects.count(at: sessions.openTarget(staging.name)) > 0 {
            throw MigrationFailure(
                .personMustAct, "\(maintenance.place): database \(staging.name) has the name of a staging database, but no mark of Rehome's, and holds objects",
                advice: "Rename or drop it.")
        }
        // A second round begins because what was there is stale.
        if round > 0, state != .absent { state = .worthless }
        if state != .absent { try endOrphans(in: staging, maintenance: maintenance) }
        if state == .worthless {
            closeStaging(of: facts.name)
            try staging.drop(maintenance: maintenance)
        }
        if state == .absent || state == .worthless { try create(staging, facts: facts) }
        return state
    }

    /// Ends what is left of a dead attempt's sessions: one may hold locks for as long as the network keeps its secret.
    private func endOrphans(in staging: StagingDatabase, maintenance: Connection) throws(PostgresError) {
        _ = try maintenance.query(
            """
            SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
            WHERE datname = $1 AND application_name <> $2
            """, [staging.name.text, ByteText(sessions.applicationName)])
    }

    private func create(_ staging: StagingDatabase, facts: DatabaseFacts) throws {
        try staging.create(like: facts, owner: sessions.owner, maintenance: maintenance())
    }

    /// - Returns: the steps done, or `nil` if they belong to another schema than the source has now.
    private func adopt(_ database: OpenedDatabase, schema: String) throws -> StagingDatabase.Steps? {
        do {
            let staging = try staging(of: database)
            let stored = try staging.execute(StagingDatabase.adoptState(epoch: epoch)).last?.integer ?? 0
            guard stored <= epoch else { throw MigrationFailure.superseded(at: staging.place) }
            let steps = try StagingDatabase.steps(at: staging)
            return steps["schema"]?[""] == schema ? steps : nil
        } catch {
            // No such table or schema: killed before the first transaction in it.
            guard let state = (error as? PostgresError)?.state, ["42", "3F"].contains(state.errorClass) else { throw error }
            return nil
        }
    }
}

extension OpenedDatabase.Adopted {
    var summary: MigrationEvent.Adoption {
        switch self {
        case .nothing: .none
        case .steps: .partial
        case .sealed: .sealed
        }
    }
}
