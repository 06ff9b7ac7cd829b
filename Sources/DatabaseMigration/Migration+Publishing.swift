import JobContract
import PostgresClient

/// From the first row to the last rename.
extension Migration {
    /// Copies until a look inside the publishing transaction proves that the source has not moved since.
    ///
    /// When it has, the sealed databases are hashed against it once more, and built anew where they differ.
    func copyAndPublish(
        _ run: Run, aside: [SetAside], source: Connection
    ) async throws -> Published {
        for turn in 1...Self.turns {
            let baseline = try Stillness.look(at: source)
            let sealed = try await applyProperties(to: copy(run), run: run)
            let items = try publicationItems(run, sealed: sealed + stageEmptyDatabases(run))
            if let published = try await publish(items, aside: aside, of: sealed, unchangedSince: baseline, run: run, source: source) {
                return published
            }
            let appeared = try newcomers(run, source: source)
            guard appeared.isEmpty else {
                throw MigrationFailure(
                    .retry, "databases have appeared at the source during the run: \(appeared.map(\.description).joined(separator: ", "))",
                    advice: "The next attempt takes them along; stop Backstage if more keep coming.")
            }
            report(.sourceMoved(attempt: turn))
            if settings.fence { _ = try Fence.endSessions(in: run.databases.map(\.name), at: source) }
        }
        throw MigrationFailure(
            .retry, "\(run.survey.source.place): the source keeps being written to; \(Self.turns) times in a row it was not still at the last look",
            advice: settings.fence
                ? "Some session writes in spite of the fence: a role with default_transaction_read_only = off, or a maintenance job. Stop it."
                : "Without a fence all writers must be stopped: scale Backstage, its workflows and the data index to 0.")
    }

    /// Publishes on the condition that the source holds what it held at the baseline.
    ///
    /// - Returns: `nil`, with nothing changed, when that cannot be proved.
    private func publish(
        _ items: [Publication.Item], aside: [SetAside], of sealed: [SealedDatabase], unchangedSince baseline: Stillness?, run: Run,
        source: Connection
    ) async throws -> Published? {
        guard var baseline else { return nil }
        let publication = Publication(items: items, asides: aside, control: run.control, sessions: run.sessions, report: report)
        // Something that takes transactions and writes nothing, autovacuum mostly, may come between the proof and the look.
        for _ in 1...Self.turns {
            guard let now = try Stillness.look(at: source) else { return nil }
            if !now.proves(baseline), try await !proveRowVersions(sealed, since: baseline, run: run) { return nil }
            baseline = now
            let clock = ContinuousClock.now
            let outcome = try await publication.run {
                guard try Stillness.look(at: source)?.proves(baseline) == true else { return false }
                guard try await sequencesStand(sealed, run: run) else { return false }
                return try newcomers(run, source: source).isEmpty
            }
            // From here on nothing may fail: what is published stays so, and the fence with it.
            if case .published(let stamps) = outcome, let stamp = stamps.first {
                report(.proved(databases: sealed.count))
                let asides = aside.map { ($0.name, $0.newName) }
                report(.published(databases: items.map(\.final), setAside: Dictionary(uniqueKeysWithValues: asides), seconds: clock.secondsUntilNow))
                return Published(stamp: stamp, all: stamps, isNew: true)
            }
        }
        return nil
    }

    /// Transactions have come since the baseline; whether any of them wrote is told by the rows themselves.
    private func proveRowVersions(_ sealed: [SealedDatabase], since baseline: Stillness, run: Run) async throws -> Bool {
        let clock = ContinuousClock.now
        let sessions = run.sessions
        let isProved = try await BlockingLanes.map(sealed, lanes: settings.workers) { database in
            try database.rowVersions?.prove(database.tables.map { ($0, database.rows[$0.name] ?? 0) }, since: baseline, at: sessions.openSource(database.facts.name)) ?? false
        }
        guard isProved.allSatisfy({ $0 }) else { return false }
        report(.unchanged(databases: sealed.count, seconds: clock.secondsUntilNow))
        return true
    }

    private func sequencesStand(_ sealed: [SealedDatabase], run: Run) async throws -> Bool {
        let sessions = run.sessions
        return try await BlockingLanes.map(sealed.filter { !$0.sequences.isEmpty }, lanes: settings.workers) { database in
            let connection = try sessions.openSource(database.facts.name)
            return try SequenceValue.read(database.sequences.map(\.name), from: connection) == database.sequences
        }.allSatisfy { $0 }
    }

    private static let turns = 3

    private func newcomers(_ run: Run, source: Connection) throws -> [DatabaseName] {
        let selection = SourceSelection(settings)
        let known = Set(run.databases.map(\.name))
        let present: [DatabaseName] = try source.query("SELECT datname FROM pg_catalog.pg_database WHERE NOT datistemplate").names()
        let strangers = present.filter { selection.mayMove($0) && !known.contains($0) }
        guard !strangers.isEmpty else { return [] }
        return selection.select(try DatabaseFacts.read(source)).map(\.name).filter { !known.contains($0) }
    }

    var deliberateChanges: DeliberateChanges {
        DeliberateChanges(clearsTickets: settings.clearTaskTickets, acceptsGeneratedColumns: settings.acceptGeneratedDifferences)
    }

    private func workerContext(_ run: Run) -> DatabaseWorker.Context {
        DatabaseWorker.Context(
            sessions: run.sessions, programs: run.survey.programs, identity: run.identity, epoch: run.control.epoch,
            changes: deliberateChanges, rights: run.survey.rights, splitLimit: settings.splitLimit, report: report)
    }

    /// Runs the workers until every database is sealed.
    func copy(_ run: Run) async throws -> [SealedDatabase] {
        let queue = WorkQueue(databases: run.databases, openLimit: SessionBudget(workers: settings.workers, pods: settings.pods).openDatabases)
        let interrupt = interrupt
        await withTaskGroup { group in
            if settings.pods > 1 {
                let desk = ErrandDesk(
                    identity: run.identity, sessions: run.sessions, control: run.control.name, epoch: run.control.epoch,
                    interrupt: interrupt, report: report)
                group.addTask { await desk.serve(queue) }
            }
            for number in 0..<settings.workers {
                let worker = DatabaseWorker(number: number, context: workerContext(run))
                group.addTask {
                    while let work = await queue.next(for: number) {
                        do {
                            await queue.completed(work.item, try await worker.perform(work))
                        } catch {
                            await queue.fail(error)
                            // The others sit in waits for their servers.
                            interrupt.raise()
                        }
                    }
                }
            }
        }
        if let failure = await queue.failure { throw failure }
        return await queue.sealed.values.sorted { $0.facts.name < $1.facts.name }
    }

    /// Databases that must exist although the source has none: CREATE DATABASE runs in no transaction, so they are
    /// made under temporary names and renamed with the others.
    private func stageEmptyDatabases(_ run: Run) throws -> [SealedDatabase] {
        let present = Set(run.databases.map(\.name))
        let names = Set(settings.emptyDatabases.map { DatabaseName($0) }).subtracting(present).sorted()
        guard !names.isEmpty, let template = run.survey.target.database("template1") else { return [] }
        let maintenance = try run.sessions.openTarget(DatabaseName(settings.target.database))
        return try names.map { name in
            let staging = StagingDatabase(identity: run.identity, database: name)
            let state = try staging.state(maintenance: maintenance)
            if case .sealed = state {} else {
                try staging.drop(maintenance: maintenance)
                try staging.create(like: template, owner: run.sessions.owner, maintenance: maintenance)
                try maintenance.execute("COMMENT ON DATABASE \(staging.name) IS \(literal: staging.sealedMark(fingerprint: ""))")
            }
            var facts = template
            facts.name = name
            facts.comment = nil
            return SealedDatabase(
                facts: facts, staging: staging, fingerprint: "", seal: "", sequences: [], tables: [], owners: [], rows: [:], rowVersions: nil,
                changes: [DeliberateChange(kind: .createdEmpty, table: nil)], leftOut: [], schemas: nil,
                publishedFingerprint: Fingerprint.of(tables: [:], sequences: [], largeObjects: ContentHash()))
        }
    }

    private func publicationItems(
        _ run: Run, sealed: [SealedDatabase]
    ) throws -> [Publication.Item] {
        let names = sealed.map(\.facts.name)
        let before = try run.control.fenceRecords()
        return try sealed.map { database in
            let name = database.facts.name
            return Publication.Item(
                staging: database.staging.name, final: name, seal: try database.staging.sealedMark(fingerprint: database.seal),
                stamp: Stamp(
                    migration: run.identity, target: run.survey.target.systemIdentifier, plan: PlanHash.of(settings),
                    attempt: attempt, database: name, databases: names, publishedAt: "", fingerprint: database.fingerprint,
                    published: database.publishedFingerprint, changes: database.changes, sourceComment: SourceComment.original(of: database.facts),
                    fencedFrom: before[name]?.previous, fencedAt: before[name]?.raised, sessions: before[name]?.sessions, leftOut: database.leftOut, schemas: database.schemas,
                    rows: database.rows.values.reduce(0, +),
                    entities: database.rows.first { $0.key.name == Stamp.catalogTable }?.value))
        }
    }
}
