import JobContract
import PostgresClient

/// Compares a staging database's schema with the source's, as one program dumps both.
struct SchemaCheck {
    let sessions: Sessions
    let programs: ClientPrograms
    let rights: SchemaRights

    /// Compares the two dumps.
    ///
    /// Some schemas no restore reproduces exactly, such as a child table whose parent got a column later, or
    /// constraints that a newer version names. So where the dumps differ, the source's schema is restored once more
    /// into an empty database, and the staging database must equal that one.
    ///
    /// - Parameters:
    ///   - stages: which entries of the section post-data are made by now.
    ///   - versions: of both servers.
    ///   - maintenance: a session of the administrator's, for making that database.
    /// - Returns: the hashes of both dumps, and the privileges that could not be set.
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/mismatch``.
    func run(
        isolation: isolated (any Actor)? = #isolation, _ database: OpenedDatabase, stages: Set<EntryStage>,
        versions: (source: Int, target: Int), maintenance: Connection
    ) async throws -> (hashes: SchemaHashes, lost: [LeftOut]) {
        let made = SchemaScript(
            entries: zip(database.postData.entries, database.stages).filter { stages.contains($1) }.map(\.0))
        let found = try await schema(of: database.staging, like: database)
        let hashes = SchemaHashes(
            program: programs.majorVersion,
            source: SchemaScript(entries: database.preData.entries + database.postData.entries)
                .settingOwnersRights(rights, false).hash,
            target: found.settingOwnersRights(rights, false).hash)
        let differences = SchemaComparison(
            source: [database.preData, made], target: found, isSameVersion: versions.source == versions.target
        ).differences
        guard !differences.isEmpty else { return (hashes, []) }
        let restored = try await restored(
            database.preData.entries + made.entries, of: database, maintenance: maintenance)
        guard SchemaComparison(source: [restored], target: found, isSameVersion: true).differences.isEmpty else {
            throw MigrationFailure(
                .mismatch,
                "\(database.name): the schema differs from the source's: \(differences.prefix(SchemaComparison.mostShown).joined(separator: "; "))",
                advice: "Nothing was published. The staging database \(database.staging.name) is left for a look.")
        }
        // The empty database was restored with the same rights, so it lacks the same privileges.
        return (hashes, rights.lost(of: made, in: found))
    }

    /// Restores entries into an empty database, and dumps that.
    private func restored(
        isolation: isolated (any Actor)? = #isolation, _ entries: [SchemaScript.Entry], of database: OpenedDatabase,
        maintenance: Connection
    ) async throws -> SchemaScript {
        let reference = StagingDatabase(
            identity: database.staging.identity, database: DatabaseName(database.name.text + "/reference"))
        if try reference.state(maintenance: maintenance) != .absent { try reference.drop(maintenance: maintenance) }
        try reference.create(like: database.facts, owner: sessions.owner, maintenance: maintenance)
        do {
            let connection = try sessions.openStaging(reference.name, values: database.values)
            var batch = SQLBatch()
            try SchemaBuilder(sessions: sessions, rights: rights).make(
                entries, in: reference.name, with: &batch, at: connection)
            try batch.run(on: connection)
        }
        let restored = try await schema(of: reference, like: database)
        try reference.drop(maintenance: maintenance)
        return restored
    }

    private func schema(of copy: StagingDatabase, like database: OpenedDatabase) async throws -> SchemaScript {
        let dumped = try await programs.schema(
            of: sessions.ownedParameters(copy.name), encoding: database.facts.encoding, withoutState: true,
            // The fence may be standing.
            isPatient: false, secondsForLocks: ClientPrograms.mostSecondsForLocks)
        // What is left out is compared at neither side.
        return rights.divide(dumped, owners: database.catalog.owners.ownedBy(sessions.owner)).script
    }
}
