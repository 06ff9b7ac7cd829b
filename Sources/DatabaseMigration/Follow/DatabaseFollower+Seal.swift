import JobContract
import PostgresClient

extension DatabaseFollower {
    /// Sets the staging database's properties before the fence falls, so that this takes no time under it. They
    /// only hold for sessions that begin later.
    ///
    /// - Parameter properties: of the source's database as a whole.
    func prepareToSeal(_ properties: DatabaseProperties.Wanted) throws {
        try warmUp()
        // What could not be copied is tried again once only: under the fence, nothing but changes may take time.
        let isFirst = givenProperties == nil
        // If no extension had any, none has any now: a new extension would have changed the schema.
        if isFirst || !extensionSettings.isEmpty, let older, let staging {
            try extensionSettings.copy(from: older, to: staging, retriesLeftOut: isFirst)
        }
        guard properties != givenProperties, let staging else { return }
        if givenProperties == nil, let older { try compareMaterializedViews(older, staging) }
        let maker = DatabaseProperties(sessions: sessions, rights: context.rights)
        if givenProperties != nil {
            try DatabaseProperties.takeBack(from: database.staging.name, at: staging, sessions: sessions)
        }
        leftOutProperties = try maker.applySettings(properties, to: database.staging.name, at: staging)
        let opening = maker.opening(properties, of: database.staging.name)
        leftOutProperties += opening.leftOut
        self.opening = opening.sql
        givenProperties = properties
    }

    /// Reports materialized views that were stale at the source and are fresh at the target. That is no failure.
    private func compareMaterializedViews(_ older: Connection, _ staging: Connection) throws {
        guard !database.catalog.materializedViews.isEmpty else { return }
        try older.execute("SAVEPOINT reading")
        for view in database.catalog.materializedViews {
            let before = try ReadLock.contents(of: view, at: older)
            let after = try ReadLock.contents(of: view, at: staging)
            guard before?[0] != after?[0] || before?[1] != after?[1] else { continue }
            let (had, has) = (before?.integer(0) ?? 0, after?.integer(0) ?? 0)
            let advice =
                "It was stale at the source, or shows what is not the same while the database is filled: a setting such as the time zone, the database's name, the catalogs. To have it as it is then, run at the target after the move: \("REFRESH MATERIALIZED VIEW \(view)" as SQL)."
            let finding =
                had == has
                ? Finding.warning("\(name): materialized view \(view) has other rows now that it is refreshed", advice)
                : Finding.warning(
                    "\(name): materialized view \(view) had \(had) rows and has \(has) now that it is refreshed", advice
                )
            context.report(.finding(finding))
        }
        try older.execute("ROLLBACK TO SAVEPOINT reading; RELEASE SAVEPOINT reading")
    }

    /// Makes the staging database what is published: makes the deliberate changes and the entries that were left for
    /// the end, removes the migration's own state, and marks the database as complete. Then ends its session at the
    /// target.
    ///
    /// - Parameters:
    ///   - properties: of the source's database now.
    ///   - deadline: when the fence is lifted.
    /// - Throws: ``CutOverDelay`` if it takes longer than the fence may stand. A foreign key, for one, is checked for
    ///   every row.
    func seal(_ properties: DatabaseProperties.Wanted, until deadline: FenceDeadline) async throws -> SealedDatabase {
        if let sealed {
            guard properties == givenProperties else {
                throw CutOverDelay.behind(name, "settings, rights or the comment of the database have changed")
            }
            return sealed
        }
        try prepareToSeal(properties)
        let clock = ContinuousClock.now
        defer { secondsSealing = clock.secondsUntilNow }
        do {
            let sealed = try await makeComplete(properties, until: deadline)
            self.sealed = sealed
            closeStaging()
            return sealed
        } catch let failure as MigrationFailure where failure.cause?.state == .foreignKeyViolation {
            throw older.map { DanglingReferences.explained(failure, at: $0) } ?? failure
        } catch {
            guard deadline.hasPassed, !sessions.interrupt.isRaised else { throw error }
            throw CutOverDelay.sealing(name)
        }
    }

    private func makeComplete(
        _ properties: DatabaseProperties.Wanted, until deadline: FenceDeadline
    ) async throws -> SealedDatabase {
        guard let staging, let source = older else {
            throw MigrationFailure(.internalError, "database \(name): sealed without a snapshot")
        }
        let clock = ContinuousClock.now
        let builder = SchemaBuilder(sessions: sessions, rights: context.rights)
        var batch = SQLBatch()
        var leftOut = leftOutProperties
        if objectVersions?.objects != 0 {
            let grants = try LargeObjectGrants(reading: source).statements(
                context.rights, former: database.catalog.owners.former)
            for grant in grants.made {
                batch.append("privileges on large objects", grant)
                try batch.run(on: staging)
            }
            leftOut += grants.leftOut
        }
        // If no extension had any, none has any now: a new extension would have changed the schema.
        if !extensionSettings.isEmpty { try extensionSettings.copy(from: source, to: staging) }
        leftOut += extensionSettings.leftOut
        // The state goes first, so that no later attempt takes up a database that is half sealed.
        batch.append("removing the migration's own state", StagingDatabase.removeState(epoch: context.epoch))
        // The changes come before any trigger that would fire on them.
        for (change, sql) in changes.made(to: database.catalog.tables) { batch.append("\(change)", sql) }
        let (late, last) = (database.entries(in: .afterRounds), database.entries(in: .last))
        // `make` commits after every 300 entries.
        if max(late.count, last.count) >= SchemaBuilder.entriesPerTransaction { isPartlySealed = true }
        try builder.make(late, in: database.staging.name, with: &batch, at: staging, until: deadline)
        let leakproof =
            context.rights.ownerIsSuperuser || !context.rights.made.contains(.leakproof)
            ? [] : try LeakproofFunction.read(at: source)
        // The administrator works in other sessions, which do not see what is not committed.
        if !leakproof.isEmpty || last.contains(where: { context.rights.maker(of: $0) == .administrator }) {
            isPartlySealed = true
            try batch.run(on: staging, until: deadline)
        }
        try builder.markLeakproof(leakproof, in: database.staging.name)
        try builder.make(
            last.filter { !$0.kind.isEventTriggers } + last.filter(\.kind.isEventTriggers), in: database.staging.name,
            with: &batch, at: staging, until: deadline)
        let hashes = Dictionary(tables.map { ($0.name, $0.hash) }, uniquingKeysWith: { first, _ in first })
        let fingerprint = Fingerprint.of(tables: hashes, sequences: sequences, largeObjects: largeObjects)
        let contents = SealedContents(
            fingerprint: changes.sealed(fingerprint, of: database.catalog.tables), schema: database.schemaHash,
            tables: tables.map {
                .init(name: StagingDatabase.Step.name(of: $0.name), hash: changes.proof(of: $0.hash, $0.contents))
            }.sorted { $0.name < $1.name },
            largeObjects: largeObjects.description)
        batch.append("sealing", try database.staging.seal(contents))
        // Without late entries the seal takes milliseconds, so everything goes in one message.
        if late.isEmpty, last.isEmpty {
            try batch.run(on: staging)
        } else {
            try batch.run(on: staging, until: deadline)
        }
        isPartlySealed = true
        if !late.isEmpty || !last.isEmpty {
            let (hashes, lost) = try await SchemaCheck(
                sessions: sessions, programs: context.programs, rights: context.rights
            ).run(
                database, stages: [.beforeRounds, .afterRounds, .last],
                versions: (source.majorVersion, staging.majorVersion),
                maintenance: sessions.openTarget(DatabaseName(sessions.target.database)))
            schemas = hashes
            leftOut += lost.filter { !self.leftOut.contains($0) }
        }
        let changed = try deliberateChanges(copied: hashes, at: staging)
        try builder.make(
            database.entries(in: .afterComparison), in: database.staging.name, with: &batch, at: staging,
            until: deadline)
        try batch.run(on: staging, until: deadline)
        if let opening { try staging.execute(opening) }
        if !leftOut.isEmpty { context.report(.leftOut(database: name, objects: leftOut)) }
        context.report(.sealed(database: name, fingerprint: fingerprint, seconds: clock.secondsUntilNow))
        var facts = database.facts
        facts.comment = properties.comment
        return SealedDatabase(
            facts: facts, staging: database.staging, contents: contents, fingerprint: fingerprint,
            rowsFingerprint: Fingerprint.ofRows(tables: hashes, largeObjects: largeObjects),
            rows: hashes.mapValues(\.base.rows),
            changes: changed.changes,
            changedTables: changed.tables.sorted { $0.key < $1.key }.map { name, held in
                Stamp.ChangedTable(
                    name: StagingDatabase.Step.name(of: name), copied: hashes[name]?.description ?? "",
                    published: held.description)
            },
            publishedFingerprint: Fingerprint.of(
                tables: hashes.merging(changed.tables) { $1 }, sequences: sequences, largeObjects: largeObjects),
            leftOut: self.leftOut + leftOut, schemas: schemas)
    }

    /// Ends the session in the staging database, which cannot be renamed while there is one.
    private func closeStaging() {
        staging = nil
        prepared = []
    }

    /// Seconds that the last seal took, if it makes entries that come after the rounds; else 0.
    var secondsOfLateEntries: Double { database.hasLateEntries ? secondsSealing : 0 }

    /// Takes the seal back. Tables that were changed on purpose are copied again in the next round.
    ///
    /// - Returns: false if the seal made something that cannot be taken back: then the database has to be begun again.
    func unseal() throws -> Bool {
        guard let sealed else { return !isPartlySealed && !isBetweenSnapshots }
        guard database.sealUndo.isPossible else { return false }
        try DatabaseProperties.takeBack(
            from: database.staging.name, at: sessions.openTarget(DatabaseName(sessions.target.database)),
            sessions: sessions)
        (givenProperties, opening, leftOutProperties) = (nil, nil, [])
        let staging = try sessions.openStaging(database.staging.name, values: database.values)
        let changed = changes.made(to: database.catalog.tables).compactMap(\.change.table)
        try staging.execute(
            database.staging.unseal(
                sealed.contents, undoing: database.sealUndo.statements, entries: database.keysBeforeRounds,
                replaced: changed,
                epoch: context.epoch)
        )
        for position in tables.indices where changed.contains(tables[position].name) {
            tables[position].isCurrent = false
        }
        self.staging = staging
        (self.sealed, isPartlySealed) = (nil, false)
        return true
    }

    /// Hashes those tables again that were or may have been changed on purpose.
    ///
    /// - Parameter copied: what the tables hashed to when they were copied.
    /// - Returns: what these tables hash to now at the target, and how that differs.
    private func deliberateChanges(
        copied: [RelationName: TableHash], at staging: Connection
    ) throws -> (changes: [DeliberateChange], tables: [RelationName: TableHash]) {
        var found: [RelationName: TableHash] = [:]
        var list = changes.made(to: database.catalog.tables).map(\.change)
        for table in database.catalog.tables {
            let isChanged = list.contains { $0.table == table.name }
            guard isChanged || changes.acceptsGeneratedColumns && !table.generatedColumns.isEmpty else { continue }
            let now = try context.memory.whileHolding(table.widestRow, interrupt: sessions.interrupt) {
                try CopyStream.hash(table, at: staging)
            }
            found[table.name] = now
            if !isChanged && now != copied[table.name] {
                list.append(DeliberateChange(kind: .generatedColumns, table: table.name))
            }
        }
        return (list, found)
    }

    /// Whether the sequences still have the values that were read, those in extensions' settings too. `nextval` takes
    /// no transaction identifier, so nothing else shows a change.
    func sequencesStand() throws -> Bool {
        guard let spare, try SequenceValue.read(database.catalog.sequences, from: spare) == sequences else {
            return false
        }
        guard !extensionSettings.isEmpty else { return true }
        try spare.execute("BEGIN READ ONLY")
        let haveChanged = try extensionSettings.haveChanged(at: spare)
        try spare.execute("ROLLBACK")
        return !haveChanged
    }
}
