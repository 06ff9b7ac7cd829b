import JobContract
import PostgresClient

/// Copies of earlier attempts, rehearsals among them, that are of no use any more.
extension Migration {
    /// Drops copies of databases that are not moved, of this attempt or an earlier one: nothing else would remove them.
    func dropStale(_ run: Run) throws {
        activity.begin("dropping copies that are of no use any more")
        let target = try run.sessions.openTarget(DatabaseName(settings.target.database))
        let wanted = Set(run.databases.map(\.name) + settings.emptyDatabases.map { DatabaseName($0) })
        for facts in try DatabaseFacts.read(target) {
            let database: DatabaseName
            switch DatabaseMark(comment: facts.comment) {
            case .loading(run.identity, let name)?, .sealed(run.identity, let name, _)?: database = name
            default: continue
            }
            guard !wanted.contains(database),
                facts.name == StagingDatabase(identity: run.identity, database: database).name
            else { continue }
            try DatabaseDrop.run(facts.name, at: target)
        }
    }

    /// Drops copies that a worker would only drop and begin again. Where the fence stands around the whole copy, the
    /// worker would find that out under the fence.
    ///
    /// If a dead attempt's fence still stands, writes are refused already, and looking beforehand saves nothing.
    func dropOutdatedCopies(_ run: Run) async throws {
        guard try run.control.fenceRecords().isEmpty else { return }
        activity.begin("looking whether copies of earlier attempts are of use")
        let target = try run.sessions.openTarget(DatabaseName(settings.target.database))
        for facts in run.databases {
            let staging = StagingDatabase(identity: run.identity, database: facts.name)
            let state = try staging.state(maintenance: target)
            guard state != .absent, state != .stale, let reason = try await reasonToDrop(staging, state, run) else {
                continue
            }
            report(.rebuilding(database: facts.name, reason: reason))
            try staging.drop(maintenance: target)
        }
    }

    /// Why a copy cannot be taken up; `nil` if it can, or if the worker is to find out.
    private func reasonToDrop(_ staging: StagingDatabase, _ state: StagingDatabase.State, _ run: Run) async throws
        -> String?
    {
        if state == .invalid { return "somebody has begun to drop what an earlier attempt copied" }
        guard let known = try schema(of: staging, state, run) else { return "an earlier attempt has hardly begun it" }
        let source = try run.sessions.openSource(staging.database)
        let dumped: SchemaScript
        do {
            dumped = try await run.survey.programs.schema(of: source.parameters, encoding: source.encoding)
        } catch let failure as MigrationFailure where failure.cause == nil && !interrupt.isRaised {
            // A table that is dropped in the middle of it, for one: there is no fence yet. The worker's dump has a
            // snapshot, and says what is wrong if it still is.
            return nil
        }
        let rights = run.survey.rights
        let (preData, postData) = rights.divide(dumped, owners: try ObjectOwners(reading: source)).script.sections()
        guard known == OpenedDatabase.schemaHash(preData, postData) else {
            return "the source's schema has changed since an earlier attempt copied it"
        }
        guard case .sealed = state else { return nil }
        let stages = postData.entries.map {
            EntryStage(of: $0, rights: rights, isReplica: run.sessions.worksAsReplica)
        }
        return SealUndo(postData.entries, stages).isPossible
            ? nil : "what an earlier attempt has made last cannot be taken back"
    }

    /// The hash of the schema that a copy was made by; `nil` where none is known.
    private func schema(of staging: StagingDatabase, _ state: StagingDatabase.State, _ run: Run) throws -> String? {
        switch state {
        case .absent, .stale, .invalid: return nil
        case .sealed(let contents): return contents.schema
        case .loading:
            do {
                let connection = try run.sessions.openOwned(staging.name)
                return try StagingDatabase.steps(at: connection)[StagingDatabase.Step.schema.kind]?[
                    StagingDatabase.Step.schema.name]
            } catch  where ["42", "3F"].contains(error.state?.errorClass) {
                // No such table or schema: the attempt was killed before its first transaction there.
                return nil
            }
        }
    }
}
