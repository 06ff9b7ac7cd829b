import JobContract
import PostgresClient

extension DatabaseFollower {
    /// What one look at a snapshot tells before any row is read.
    struct Look {
        /// Whether the log has told that nothing but rows of tables has changed, so that no query was needed.
        var hasOnlyRowChanges = false
        var catalogs: QueryResult?
        var files: SourceFiles
        var largeObjects: QueryResult?

        /// - Parameter results: of ``DatabaseFollower/look(since:countsCatalogs:)``.
        init(_ results: some Collection<QueryResult>, hasCatalogs: Bool) {
            var results = Array(results)[...]
            catalogs = hasCatalogs ? results.popFirst() : nil
            files = SourceFiles(results.popFirst())
            largeObjects = results.popFirst()
        }

        /// For a snapshot in which nothing but rows of tables has changed.
        ///
        /// - Parameter files: as they were before.
        init(unchanged files: SourceFiles) { (hasOnlyRowChanges, self.files) = (true, files) }
    }

    /// Prepares the queries of a look, which a session runs in every round.
    ///
    /// - Returns: the catalogs that are counted; `nil` if this role may not read all that matter.
    func prepareLook(at connection: Connection) throws(PostgresError) -> [Identifier]? {
        // Planning takes longer than running them. Without this, the first five runs in a session are each planned.
        if connection.majorVersion >= 12 { try connection.execute("SET plan_cache_mode = force_generic_plan") }
        try SourceFiles.prepare(at: connection)
        return try CatalogVersions.prepare(at: connection)
    }

    /// The statements of a look at the catalogs. They belong into a savepoint: rolling back to it releases their locks,
    /// so that nobody at the source waits for a transaction that only keeps its snapshot.
    ///
    /// - Parameters:
    ///   - snapshot: the older one.
    ///   - countsCatalogs: whether the rows of the catalogs are counted, which takes longer than all else.
    func look(since snapshot: Snapshot, countsCatalogs: Bool) -> SQL {
        let catalogs: SQL = countsCatalogs ? "\(CatalogVersions.execute(since: snapshot)); " : ""
        return
            "\(catalogs)\(SourceFiles.execute); \(LargeObjectVersions.query(since: snapshot, canReadContent: canReadObjects))"
    }

    /// Looks at a snapshot, if the log does not tell enough.
    ///
    /// - Parameters:
    ///   - snapshot: the older one.
    ///   - older: a session with it, in a savepoint.
    ///   - newer: a session with the newer one, in a savepoint.
    ///   - logged: what the log tells of this database.
    func look(since snapshot: Snapshot, at older: Connection, _ newer: Connection, logged: LoggedChanges.Blocks?) throws
        -> Look
    {
        if let logged, let files, canReadObjects, countedCatalogs != nil,
            knownFiles?.showsOnlyRows(logged, files: files) == true
        {
            return Look(unchanged: files)
        }
        let countsCatalogs = countedCatalogs != nil
        if countsCatalogs, catalogs == nil {
            catalogs = CatalogVersions(
                try older.execute(CatalogVersions.execute(since: snapshot)).last, of: countedCatalogs)
        }
        return Look(
            try newer.execute(look(since: snapshot, countsCatalogs: countsCatalogs)), hasCatalogs: countsCatalogs)
    }

    /// Keeps what the next rounds need of a look.
    func remember(_ look: Look, _ known: KnownFiles?) {
        guard !look.hasOnlyRowChanges else { return }
        catalogs = look.catalogs.map { CatalogVersions($0, of: countedCatalogs) }
        (files, knownFiles) = (look.files, known)
    }

    func readKnownFiles(at connection: Connection) throws(PostgresError) -> KnownFiles? {
        findsBlocks ? try KnownFiles(reading: connection) : nil
    }

    /// Whether the log shows that no row, no schema and no large object of this database has changed.
    ///
    /// - Parameters:
    ///   - log: from before every transaction that the held snapshot does not see.
    ///   - mark: where it begins.
    func isUntouched(in log: LoggedChanges, since mark: TransactionMark) -> Bool {
        guard let knownFiles, let files, let changed = log.blocks(in: knownFiles.database, since: mark) else {
            return false
        }
        return files.areAllLogged && knownFiles.showsNothing(changed)
    }

    /// Where changes are to be looked for in tables that still have their file: in the blocks that the log names, or
    /// else in those that ``ChangedBlocks`` finds.
    ///
    /// - Parameters:
    ///   - logged: what the log tells of this database.
    ///   - mark: from before every transaction that the older snapshot does not see.
    ///   - limit: a statement that limits how long others may take.
    ///   - sparesCache: whether others use the source's cache.
    /// - Returns: the places, and how many blocks they have in all.
    func places(
        in files: SourceFiles, logged: LoggedChanges.Blocks?, since mark: TransactionMark?, limit: SQL,
        sparesCache: Bool
    ) throws -> (places: [ChangeSearch.Place], blocks: Int) {
        var candidates: [(table: Int, part: Int, relation: FollowedTable.Part, blocks: Int)] = []
        var readings: [UInt32: ChangedBlocks.Reading] = [:]
        let followed =
            tables.enumerated().filter { $1.hasRows && $1.isCurrent }.map { ($0, $1.parts) }
            + views.enumerated().map { (tables.count + $0, [$1]) }
        for (table, parts) in followed {
            for (number, part) in parts.enumerated() {
                guard let entry = files[part.oid], entry.fileNow == part.file else { continue }
                if let logged, entry.isLogged {
                    // The table may have grown since its size was read.
                    let changed = logged[part.file, default: []].sorted()
                    let blocks = max(entry.part.blocks, (changed.last ?? -1) + 1)
                    readings[part.oid] = .init(blocks: blocks, changed: BlockRanges(of: changed, total: blocks))
                } else if logged == nil, entry.part.blocks == 0 {
                    continue
                }
                candidates.append((table, number, part, entry.part.blocks))
            }
        }
        if logged == nil {
            readings = try changedBlocks(
                of: candidates.map(\.relation), total: candidates.reduce(0) { $0 + $1.blocks }, since: mark,
                limit: limit, sparesCache: sparesCache)
        }
        var blocks = 0
        let places = candidates.compactMap { candidate -> ChangeSearch.Place? in
            let reading = readings[candidate.relation.oid]
            var changed = reading.map(\.changed) ?? .all
            if candidate.table < tables.count, !tables[candidate.table].isCopied {
                changed = changed.within(tables[candidate.table].rangesRead)
            }
            guard !changed.isEmpty else { return nil }
            blocks += min(changed.count(of: reading?.blocks ?? candidate.blocks), reading?.blocks ?? candidate.blocks)
            return ChangeSearch.Place(
                table: candidate.table, part: candidate.part, relation: candidate.relation.name, blocks: changed)
        }
        return (places, blocks)
    }

    /// With fewer blocks than this in all tables together, finding those that have changed costs more than it saves.
    private static let worthFinding = 100

    private func changedBlocks(
        of parts: [FollowedTable.Part], total: Int, since mark: TransactionMark?, limit: SQL, sparesCache: Bool
    ) throws -> [UInt32: ChangedBlocks.Reading] {
        needsBlocks = total >= Self.worthFinding
        guard findsBlocks, needsBlocks else { return [:] }
        let reader = try blockReader ?? openSource()
        blockReader = reader
        ownTransactions.append(try RolledBackFunctions.begin(at: reader))
        do {
            return try ChangedBlocks.read(
                parts.map(\.oid), since: mark, limit: limit, sparesCache: sparesCache, at: reader)
        } catch let error
            as PostgresError where error.kind == .statementFailed && error.state?.errorClass != "57"
        {
            // Reading every block gives the same result.
            try reader.execute("ROLLBACK")
            if !ChangedBlocks.isTemporary(error) {
                findsBlocks = false
                context.report(
                    .finding(
                        .note(
                            "\(name): the visibility map cannot be read, so rounds read whole tables: \(error.message)")
                    ))
            }
            return [:]
        }
    }

    /// Whether a new dump of the source's schema is the same as before. Much that changes in the catalogs is no part of
    /// a schema, such as the file of an index that was rebuilt.
    func hasSameSchema(_ newer: Connection) async throws -> Bool {
        let results = try newer.execute(
            "ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look; SELECT pg_catalog.pg_export_snapshot(); SAVEPOINT look"
        )
        let dumped = try await context.programs.schema(
            of: newer.parameters, encoding: newer.encoding, snapshot: results[2].text, isPatient: false,
            secondsForLocks: secondsForLocks)
        secondsForLocks = LockPatience.seconds
        let (preData, postData) = context.rights.divide(dumped, owners: database.catalog.owners).script.sections()
        return OpenedDatabase.schemaHash(preData, postData) == database.schemaHash
    }

    /// Whether large objects would have to be looked at again.
    func objectsMayDiffer(_ result: QueryResult?, mayHaveComments: Bool) -> Bool {
        guard let result, let versions = objectVersions else { return false }
        return !versions.areUnchanged(result) || mayHaveComments && versions.objects > 0
    }

    /// Copies large objects again if they may have changed.
    ///
    /// - Parameter mayHaveComments: whether a comment on one may have changed, which stands in no dump of a schema.
    func followLargeObjects(
        _ result: QueryResult?, mayHaveComments: Bool, isLast: Bool, newer: Connection, staging: Connection
    ) throws {
        guard let result, let versions = objectVersions else { return }
        let now = LargeObjectVersions(result)
        defer { objectVersions = now }
        if versions.areUnchanged(result), !(mayHaveComments && now.objects > 0) { return }
        // If this role cannot count the pieces of content, it has to read all of it, which is too much for every round.
        guard canReadObjects || isLast || now.objects != versions.objects else { return }
        let identifiers = try LargeObjects.identifiers(at: newer)
        if !canReadObjects, !mayHaveComments, try LargeObjects.hash(identifiers, at: newer) == largeObjects { return }
        largeObjects = try LargeObjects.replaceAll(identifiers, from: newer, into: staging, epoch: context.epoch)
    }
}
