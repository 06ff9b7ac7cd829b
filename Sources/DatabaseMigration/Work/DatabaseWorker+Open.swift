import JobContract
import PostgresClient

extension DatabaseWorker {
    /// Takes a snapshot of a database, makes its staging database ready to be filled, and has a follower hold the
    /// snapshot.
    func open(_ facts: DatabaseFacts, restarts: Int) async throws -> WorkQueue.Outcome {
        let clock = ContinuousClock.now
        let (source, snapshot) = try takeSnapshot(of: facts.name)
        let snapshotTaken = ContinuousClock.now
        // Read here, since the child task could read the actor's properties only while the actor waits.
        let (programs, parameters) = (programs, source.parameters)
        // pg_dump takes as long as creating a database, so both are done at once.
        let encoding = source.encoding
        async let dumped = programs.schema(of: parameters, encoding: encoding, snapshot: snapshot)
        var catalog = try SourceCatalog(reading: source)
        let widths = context.widths[facts.name] ?? [:]
        for position in catalog.tables.indices {
            catalog.tables[position].widestRow = widths[catalog.tables[position].name] ?? 0
        }
        for table in catalog.tables where table.isNamedAsKnexLock && !table.isKnexLock {
            report(
                .finding(
                    .note(
                        "\(facts.name): table \(table.name) is named as a lock table of knex and is none, so it comes over unchanged"
                    )))
        }
        let staging = StagingDatabase(identity: identity, database: facts.name)
        let state = try prepare(staging, facts: facts, restarts: restarts)
        var (script, leftOut) = context.rights.divide(try await dumped, owners: catalog.owners)
        if catalog.owners.roles.count > 1 {
            let owners = catalog.owners.roles.sorted().map(\.description).joined(separator: ", ")
            leftOut.append(LeftOut(.owners, "ownership by \(owners): at the target all belongs to \(sessions.owner)"))
        }
        leftOut += try ServerBound.read(at: source)
        let (preData, postData) = script.sections()
        leftOut += try leaveViewsEmpty(in: &catalog, of: facts.name)
        if !leftOut.isEmpty { report(.leftOut(database: facts.name, objects: leftOut)) }

        let values = try values(of: staging, facts: facts, owner: catalog.owners.former, at: source)
        var database = OpenedDatabase(
            facts: facts, staging: staging, values: values, restarts: restarts, snapshot: snapshot,
            snapshotTaken: snapshotTaken, catalog: catalog, preData: preData,
            postData: postData,
            stages: postData.entries.map {
                EntryStage(of: $0, rights: context.rights, isReplica: sessions.worksAsReplica)
            }, leftOut: leftOut)
        switch state {
        case .sealed(let contents): try adopt(contents, of: &database)
        case .loading: try adopt(&database)
        case .absent, .stale, .invalid: try load(database)
        }
        if !database.cutTables(limit: source.majorVersion >= TableRange.firstVersion ? context.splitLimit : .max) {
            report(.rebuilding(database: facts.name, reason: "an earlier attempt has cut its large tables differently"))
            try rebuild(&database)
        }
        database.isReadInPieces =
            sessions.pace?.isLimited == true && source.majorVersion >= TableRange.firstVersion
        // Before the rows, since an index on them may call a function that reads these settings.
        try database.extensionSettings.copy(from: source, to: try self.staging(of: database), isPatient: true)
        let follower = DatabaseFollower(database, context: context)
        database.snapshot = try await follower.begin()
        report(
            .opened(
                database: facts.name, tables: catalog.tables.count, bytes: catalog.bytes,
                adopted: database.adopted.isEmpty ? .none : .partial, seconds: clock.secondsUntilNow))
        return .opened(database, follower)
    }

    /// Takes out the materialized views that are filled at the source and cannot be at the target.
    private func leaveViewsEmpty(in catalog: inout SourceCatalog, of name: DatabaseName) throws -> [LeftOut] {
        func leftOut(_ view: RelationName, because reason: String, advice: String) -> LeftOut {
            report(
                .finding(
                    .warning("\(name): materialized view \(view) stays empty, since it reads \(reason)", advice)))
            return LeftOut(.materializedViews, "rows of materialized view \(view), which reads \(reason)")
        }
        let unfillable = catalog.unfillableViews.map {
            leftOut(
                $0, because: "one that was never filled",
                advice:
                    "pg_dump leaves it empty as well. Fill the other one at the target, then this one: REFRESH MATERIALIZED VIEW."
            )
        }
        guard !catalog.forcedSecurityViews.isEmpty else { return unfillable }
        let seesAll = try maintenance().query(
            "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = $1", [sessions.owner.text]
        ).isTrue
        if seesAll { return unfillable }
        // Policies are made last, so a view over tables that hide rows would show them all.
        let overForcedSecurity = Set(catalog.forcedSecurityViews)
        catalog.materializedViews.removeAll(where: overForcedSecurity.contains)
        return unfillable
            + catalog.forcedSecurityViews.map { view in
                leftOut(
                    view, because: "tables that hide rows from their owner",
                    advice:
                        "pg_dump leaves it empty as well. Fill it after the move: \("REFRESH MATERIALIZED VIEW \(view)" as SQL)."
                )
            }
    }

    /// The settings under which the schema computes values at the target: those of the target's server and owner, and
    /// over them those that the source's database and role have.
    private func values(
        of staging: StagingDatabase, facts: DatabaseFacts, owner: RoleName, at source: Connection
    ) throws -> ValueSettings {
        let ofOwner = try source.query(
            """
            SELECT unnest(setconfig) FROM pg_catalog.pg_db_role_setting WHERE setdatabase =
                (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
              AND setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)
            """, [owner.text]
        ).rows.compactMap { $0[0].flatMap { DatabaseSetting($0) } }
        return try ValueSettings.read(
            at: sessions.openOwned(staging.name, values: .unset), ofDatabase: facts.settings, ofRole: ofOwner)
    }

    /// Makes the section pre-data and the migration's state: in one transaction, unless there are too many entries for
    /// one (``SchemaBuilder/entriesPerTransaction``) or some are an administrator's.
    private func load(_ database: OpenedDatabase) throws {
        let staging = try staging(of: database)
        var batch = SQLBatch()
        batch.append("the migration's own state", StagingDatabase.createState(epoch: epoch))
        try builder.make(database.preData.entries, in: database.staging.name, with: &batch, at: staging)
        batch.append(
            "the migration's own state", StagingDatabase.record(.schema, value: database.schemaHash, epoch: epoch))
        try batch.run(on: staging)
    }

    /// Drops the staging database and begins it anew.
    private func rebuild(_ database: inout OpenedDatabase) throws {
        database.adopted = [:]
        database.referenced = []
        closeStaging(of: database.name)
        try database.staging.drop(maintenance: maintenance())
        try create(database.staging, facts: database.facts)
        try load(database)
    }

    /// Creates the staging database, or finds out what state an earlier attempt left it in.
    private func prepare(_ staging: StagingDatabase, facts: DatabaseFacts, restarts: Int) throws
        -> StagingDatabase.State
    {
        let maintenance = try maintenance()
        var state = try staging.state(maintenance: maintenance)
        // The mark is set before any content, so a database with content and without a mark is not ours, whatever its
        // name.
        if state == .stale, try UserObjects.count(at: sessions.openTarget(staging.name)) > 0 {
            throw MigrationFailure(
                .personMustAct,
                "\(maintenance.place): database \(staging.name) has the name of a staging database, but no mark of Rehome's, and holds objects",
                advice: "Rename or drop it.")
        }
        // If the database is begun again, what is there is stale.
        if state == .invalid || restarts > 0, state != .absent { state = .stale }
        if state != .absent { try endLeftoverSessions(in: staging, maintenance: maintenance) }
        if state == .stale {
            closeStaging(of: facts.name)
            try staging.drop(maintenance: maintenance)
        }
        if state == .absent || state == .stale {
            try create(staging, facts: facts)
        } else {
            try DatabaseProperties.takeBack(from: staging.name, at: maintenance, sessions: sessions)
        }
        return state
    }

    /// Ends the sessions that a dead attempt has left: one may hold locks until the server notices that its client is
    /// gone.
    private func endLeftoverSessions(in staging: StagingDatabase, maintenance: Connection) throws(PostgresError) {
        _ = try maintenance.query(
            """
            SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
            WHERE datname = $1 AND application_name <> $2
            """, [staging.name.text, ByteText(sessions.applicationName)])
    }

    private func create(_ staging: StagingDatabase, facts: DatabaseFacts) throws {
        try staging.create(like: facts, owner: sessions.owner, maintenance: maintenance())
    }

    /// Takes over the state of a dead attempt, if its copy was made by the schema that the source has now. Otherwise
    /// begins the staging database anew.
    private func adopt(_ database: inout OpenedDatabase) throws {
        do {
            let staging = try staging(of: database)
            let stored = try staging.execute(StagingDatabase.adoptState(epoch: epoch)).last?.integer ?? 0
            guard stored <= epoch else { throw MigrationFailure.superseded(at: staging.place) }
            let steps = try StagingDatabase.steps(at: staging)
            if steps["schema"]?[""] == database.schemaHash, !hasEarlyTriggers(steps, of: database) {
                database.adopted = steps
            }
        } catch {
            // No such table or schema: the attempt was killed before its first transaction there.
            guard let state = (error as? PostgresError)?.state, ["42", "3F"].contains(state.errorClass) else {
                throw error
            }
        }
        guard !database.adopted.isEmpty else { return try rebuild(&database) }
        database.referenced = try Self.referencedTables(at: staging(of: database))
    }

    /// Turns a database that a dead attempt has sealed and not published back into one that is loading.
    private func adopt(_ contents: SealedContents, of database: inout OpenedDatabase) throws {
        guard contents.schema == database.schemaHash, database.sealUndo.isPossible else {
            return try rebuild(&database)
        }
        let changed = changes.made(to: database.catalog.tables).compactMap(\.change.table)
        try staging(of: database).execute(
            database.staging.unseal(
                contents, undoing: database.sealUndo.statements, entries: database.keysBeforeRounds, replaced: changed,
                epoch: epoch))
        try adopt(&database)
    }

    /// Whether entries are made already that must come after the rounds, such as triggers that would fire in one. The
    /// earlier attempt's sessions may have worked as a replica, and this one's do not.
    private func hasEarlyTriggers(_ steps: StagingDatabase.Steps, of database: OpenedDatabase) -> Bool {
        zip(database.postData.entries, database.stages).contains { entry, stage in
            stage != .beforeRounds && steps[StagingDatabase.Step.entryKind]?[ByteText(entry.key)] != nil
        }
    }

    /// Tables that foreign keys point to.
    static func referencedTables(at staging: Connection) throws(PostgresError) -> Set<RelationName> {
        Set(
            try staging.query(
                """
                SELECT DISTINCT n.nspname, c.relname FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f'
                """
            ).rows.map { $0.relation(0) })
    }
}
