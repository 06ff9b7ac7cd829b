import FoundationEssentials
import JobContract
import PostgresClient

extension Maintenance {
    /// What the target holds of this migration: of what is published, or else of the last rehearsal.
    ///
    /// - Throws: ``MigrationFailure``, with `ExitStatus.retry` if there is nothing to report yet.
    public func evidence() throws(MigrationFailure) -> MigrationEvidence {
        do {
            let target = try sessions.openTarget(DatabaseName(settings.target.database))
            let facts = try ServerFacts(reading: target, hasSizes: false)
            if let evidence = MigrationEvidence(published: facts, settings: settings) { return evidence }
            for control in try openControls(facts.databases) {
                if let kept = try ControlDatabase.rehearsal(at: control) {
                    var evidence = try JSONDecoder().decode(MigrationEvidence.self, from: Data(kept.content.bytes))
                    evidence.finishedAt = kept.ended
                    return evidence
                }
            }
            throw MigrationFailure(
                .retry,
                "\(facts.place): nothing of \(settings.namespace)/\(settings.instance) is published, and no rehearsal has left a report",
                advice:
                    "Run 'rehome-job rehearse' or 'rehome-job migrate' first; 'rehome-job status' says how far it is.")
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }
}

extension MigrationEvidence {
    /// - Returns: `nil` if nothing of this migration is published.
    init?(published target: ServerFacts, settings: JobSettings) {
        let bearers = target.databases.compactMap { database -> (database: DatabaseFacts, stamp: Stamp)? in
            guard case .published(let stamp)? = DatabaseMark(comment: database.comment),
                stamp.migration.matches(settings), stamp.database == database.name,
                stamp.target == target.systemIdentifier
            else { return nil }
            return (database, stamp)
        }
        guard let newest = bearers.max(by: { $0.stamp.publishedAt < $1.stamp.publishedAt })?.stamp else { return nil }
        let published = bearers.filter { $0.stamp.attempt == newest.attempt }
        let stamps = published.map(\.stamp).sorted { $0.database < $1.database }
        let present = Set(stamps.map(\.database))
        let isLeft = published.contains {
            $0.stamp.fencedFrom != "on" && $0.database.readOnlySetting == "on"
        }
        let run = stamps.compactMap(\.run).first
        let databases = stamps.map { Database($0) }
        self.init(
            kind: .migration, namespace: newest.migration.namespace, instance: newest.migration.instance,
            generation: newest.migration.generation, direction: newest.migration.direction.rawValue,
            attempt: newest.attempt, finishedAt: newest.publishedAt,
            fingerprint: Published(stamp: newest, all: stamps, isNew: false).fingerprint, run: run,
            fence: stamps.compactMap(\.fencedAt).min().map {
                Fence(raisedAt: $0, refusedSeconds: run?.refusedSeconds)
            },
            totals: .init(databases), databases: databases,
            missing: newest.databases.filter { !present.contains($0) }.map(\.description), isLeft: isLeft,
            forecast: nil, next: Self.next(isLeft: isLeft))
    }

    private static func next(isLeft: Bool) -> String {
        isLeft
            ? "These databases are fenced: a migration away from here has begun or is done. Its own report is at its target."
            : "Let Backstage move over (the stage 3-cutover), then run 'rehome-job after': it says whether the cut-over is complete. "
                + "Set spec.phase to done once it is, and keep this report."
    }
}

extension MigrationEvidence.Database {
    init(_ stamp: Stamp) {
        let tables = MigrationEvidence.Table.list(stamp)
        // A change that changed nothing is none.
        let same = (stamp.changed ?? []).filter { $0.copied == $0.published }.map(\.name)
        let changes = stamp.changes.filter { change in
            change.table.map { !same.contains(StagingDatabase.Step.name(of: $0)) } ?? true
        }
        let rows = stamp.changed == nil ? stamp.rows ?? 0 : tables.reduce(0) { $0 &+ $1.rows }
        self.init(
            name: stamp.database.description, rows: rows, bytes: tables.reduce(0) { $0 &+ $1.bytes },
            tables: tables, tableCount: tables.count, tablesFromBefore: stamp.tablesFromBefore ?? 0,
            sourceHash: stamp.fingerprint, targetHash: stamp.published, schema: stamp.schemas.map { .init($0) },
            changes: changes.map(\.description), leftOut: stamp.leftOut ?? [], sessions: stamp.sessions,
            work: stamp.work ?? [])
    }
}
