import JobContract
import PostgresClient

/// Moves every selected database of one server to another: all of them, verified, or none.
///
///     let migration = Migration(settings: settings, searchPath: path, interrupt: interrupt) { print($0) }
///     let published = try await migration.run()
public actor Migration {
    private let executor = BlockingExecutor(label: "migration")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let settings: JobSettings
    private let searchPath: String
    private let interrupt: Interrupt
    let report: EventSink
    /// Names this run in the state, the stamps and `pg_stat_activity`.
    private let attempt = String(UInt64.random(in: 0..<(1 << 40)), radix: 16)
    /// Each fenced database's setting before any attempt, known here too in case the target is lost.
    private var settingsBeforeFence: [DatabaseName: String?] = [:]

    /// - Parameters:
    ///   - searchPath: where `pg_dump` is looked for, as in `PATH`.
    ///   - interrupt: ends the run in an orderly way when raised.
    public init(settings: JobSettings, searchPath: String, interrupt: Interrupt, report: @escaping EventSink) {
        self.settings = settings
        self.searchPath = searchPath
        self.interrupt = interrupt
        self.report = report
    }

    /// Runs the migration, or finds it done.
    ///
    /// - Throws: ``MigrationFailure``. Nothing is published then, and the fence is lifted unless the message says
    ///   otherwise.
    public func run() async throws(MigrationFailure) -> Published {
        let target: Connection
        let targetFacts: ServerFacts
        do {
            target = try openTarget()
            targetFacts = try ServerFacts(reading: target)
            switch try PublishedState(target: targetFacts, settings: settings) {
            case .complete(let stamp): return found(stamp, in: targetFacts, target: target)
            case .otherPlan(let stamp): return try otherPlan(stamp, targetFacts: targetFacts, target: target)
            case .none: break
            }
            try requireSource()
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
        return try await migrate(target: target, targetFacts: targetFacts)
    }

    private func migrate(target: Connection, targetFacts: ServerFacts) async throws(MigrationFailure) -> Published {
        let source: Connection
        let run: Run
        do {
            source = try openSource()
            let survey = try await survey(source: source, targetFacts: targetFacts)
            run = Run(survey: survey, control: try control(for: survey, target: target))
        } catch {
            // Another attempt that publishes removes the control database under those that wait for its lock.
            if let now = try? ServerFacts(reading: target), case .complete(let stamp)? = try? PublishedState(target: now, settings: settings) {
                return found(stamp, in: now, target: target)
            }
            throw MigrationFailure(error, hadContact: false)
        }
        do {
            // Another attempt may have published while this one waited for its lock.
            let now = try ServerFacts(reading: target)
            if case .complete(let stamp) = try PublishedState(target: now, settings: settings) {
                return found(stamp, in: now, target: target)
            }
            let preflight = try requirePreflight(run.survey, source: source, target: target)
            try fence(run, source: source)
            let published = try await copyAndPublish(run, aside: preflight.aside, source: source)
            removeControl(of: run.survey.identity, target: target)
            return published
        } catch {
            throw await retreat(from: run, after: error)
        }
    }

    // MARK: Steps

    /// What is settled once both servers have been seen.
    struct Survey: Sendable {
        var identity: MigrationIdentity
        var sessions: Sessions
        var source: ServerFacts
        var target: ServerFacts
        var databases: [DatabaseFacts]
        var programs: ClientPrograms
    }

    /// An attempt that holds its lock.
    private struct Run {
        var survey: Survey
        var control: ControlDatabase

        var identity: MigrationIdentity { survey.identity }
        var sessions: Sessions { survey.sessions }
        var databases: [DatabaseFacts] { survey.databases }
    }

    func survey(source: Connection, targetFacts: ServerFacts) async throws -> Survey {
        let facts = try ServerFacts(reading: source)
        let selection = DatabaseSelection(include: settings.include, exclude: settings.exclude)
        let databases = facts.databases.filter { !$0.isTemplate && selection.selects($0.name) }
        guard !databases.isEmpty else {
            throw MigrationFailure(
                .personMustAct, "\(facts.place): no database is selected by \(settings.include.joined(separator: ", "))",
                advice: "It has \(facts.databases.map(\.name.text).joined(separator: ", ")). Check spec.databases.")
        }
        let identity = MigrationIdentity(
            namespace: settings.namespace, instance: settings.instance, generation: settings.generation,
            source: facts.systemIdentifier)
        return Survey(
            identity: identity, sessions: sessions(name: Sessions.applicationName(of: identity, attempt: attempt)),
            source: facts, target: targetFacts, databases: databases,
            programs: try await ClientPrograms.find(
                atLeast: max(facts.majorVersion, targetFacts.majorVersion), searchPath: searchPath))
    }

    func control(for survey: Survey, target: Connection) throws -> ControlDatabase {
        guard survey.target.canCreateDatabases else {
            throw MigrationFailure(
                .personMustAct, "role \(survey.target.role) may not create databases at \(survey.target.place)",
                advice: "ALTER ROLE \(SQL.identifier(survey.target.role)) CREATEDB, as an administrator of the target.")
        }
        return try ControlDatabase.open(
            survey.identity, attempt: attempt, sessions: survey.sessions, maintenance: target, report: report)
    }

    private func requirePreflight(_ survey: Survey, source: Connection, target: Connection) throws -> Preflight.Result {
        let result = try Preflight(settings: settings, survey: survey).run(sourceConnection: source, targetConnection: target)
        for finding in result.findings { report(.finding(finding)) }
        guard !result.hasErrors else {
            let errors = result.findings.filter { $0.severity == .error }
            throw MigrationFailure(
                .personMustAct, errors.map { "\($0.message). \($0.advice ?? "")" }.joined(separator: "\n"))
        }
        report(.planned(databases: survey.databases.count, bytes: survey.databases.reduce(0) { $0 + $1.bytes }))
        return result
    }

    private func fence(_ run: Run, source: Connection) throws {
        guard settings.fence else { return }
        let clock = ContinuousClock.now
        try run.control.recordFence(run.databases, attempt: attempt)
        settingsBeforeFence = try run.control.fenceRecords()
        let ended = try Fence.raise(run.databases.map(\.name), at: source)
        report(.fenced(databases: run.databases.map(\.name), endedSessions: ended, seconds: clock.secondsUntilNow))
    }

    /// Copies until a look inside the publishing transaction proves that the source has not moved since.
    ///
    /// When it has, the sealed databases are hashed against it once more, and built anew where they differ.
    private func copyAndPublish(
        _ run: Run, aside: [DatabaseName: DatabaseName], source: Connection
    ) async throws -> Published {
        for turn in 1...Self.turns {
            let baseline = try Stillness.look(at: source)
            let sealed = try await copy(run)
            let empty = try stageEmptyDatabases(run)
            let clock = ContinuousClock.now
            let items = try publicationItems(run, sealed: sealed + empty, aside: aside)
            let watches = try sealed.filter { !$0.sequences.isEmpty }.map { database in
                (try run.sessions.openSource(database.facts.name), database.sequences)
            }
            let publication = Publication(items: items, control: run.control, sessions: run.sessions, report: report)
            let outcome = try publication.run {
                guard try Stillness.look(at: source)?.proves(baseline) == true else { return false }
                for (connection, values) in watches {
                    guard try SequenceValue.read(values.map(\.name), from: connection) == values else { return false }
                }
                return try newcomers(run, source: source).isEmpty
            }
            // From here on nothing may fail: what is published stays so, and the fence with it.
            if case .published(let stamps) = outcome, let stamp = stamps.first {
                report(.proved(databases: sealed.count))
                let asides = Dictionary(uniqueKeysWithValues: items.compactMap { item in item.aside.map { (item.final, $0) } })
                report(.published(databases: items.map(\.final), setAside: asides, seconds: clock.secondsUntilNow))
                return Published(stamp: stamp, all: stamps, isNew: true)
            }
            let appeared = try newcomers(run, source: source)
            guard appeared.isEmpty else {
                throw MigrationFailure(
                    .retry, "databases have appeared at the source during the run: \(appeared.map(\.text).joined(separator: ", "))",
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

    private static let turns = 3

    private func newcomers(_ run: Run, source: Connection) throws -> [DatabaseName] {
        let selection = DatabaseSelection(include: settings.include, exclude: settings.exclude)
        let known = Set(run.databases.map(\.name))
        return try source.query("SELECT datname FROM pg_catalog.pg_database WHERE NOT datistemplate").column
            .map { DatabaseName($0) }.filter { selection.selects($0) && !known.contains($0) }
    }

    /// Runs the workers until every database is sealed.
    private func copy(_ run: Run) async throws -> [SealedDatabase] {
        let queue = WorkQueue(databases: run.databases, openLimit: settings.workers * 2)
        let interrupt = interrupt
        await withTaskGroup { group in
            for number in 0..<settings.workers {
                let worker = DatabaseWorker(
                    number: number, sessions: run.sessions, programs: run.survey.programs, identity: run.identity,
                    epoch: run.control.epoch, report: report)
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
        guard !names.isEmpty, let template = run.survey.target.database(DatabaseName("template1")) else { return [] }
        let maintenance = try run.sessions.openTarget(DatabaseName(settings.target.database))
        let existing = try DatabaseFacts.read(maintenance)
        return try names.map { name in
            let staging = StagingDatabase(identity: run.identity, database: name)
            let state = try staging.state(in: existing, maintenance: maintenance)
            if case .sealed = state {} else {
                try staging.drop(maintenance: maintenance)
                try staging.create(like: template, owner: settings.owner, maintenance: maintenance)
                let mark = try DatabaseMark.sealed(run.identity, database: name, fingerprint: "").comment()
                try maintenance.execute("COMMENT ON DATABASE \(staging.name.quoted) IS \(SQL.literal(mark))")
            }
            var facts = template
            facts.name = name
            facts.comment = nil
            return SealedDatabase(facts: facts, staging: staging, fingerprint: "", sequences: [], changes: ["created empty"])
        }
    }

    private func publicationItems(
        _ run: Run, sealed: [SealedDatabase], aside: [DatabaseName: DatabaseName]
    ) throws -> [Publication.Item] {
        let names = sealed.map(\.facts.name)
        let before = try run.control.fenceRecords()
        return sealed.map { database in
            let name = database.facts.name
            return Publication.Item(
                staging: database.staging.name, final: name, aside: aside[name],
                stamp: Stamp(
                    migration: run.identity, target: run.survey.target.systemIdentifier, plan: PlanHash.of(settings),
                    attempt: attempt, database: name, databases: names, publishedAt: "", fingerprint: database.fingerprint,
                    changes: database.changes, sourceComment: database.facts.comment, fencedFrom: before[name] ?? nil))
        }
    }

    // MARK: Ends

    private func found(_ stamp: Stamp, in facts: ServerFacts, target: Connection) -> Published {
        report(.alreadyPublished(databases: stamp.databases, at: stamp.publishedAt))
        removeControl(of: stamp.migration, target: target)
        let all = facts.databases.compactMap { database -> Stamp? in
            guard case .published(let other)? = DatabaseMark(comment: database.comment), other.attempt == stamp.attempt else { return nil }
            return other
        }
        return Published(stamp: stamp, all: all, isNew: false)
    }

    /// The settings choose other databases than were published: what is missing is named, never copied on top.
    private func otherPlan(_ stamp: Stamp, targetFacts: ServerFacts, target: Connection) throws -> Published {
        try requireSource()
        let facts = try ServerFacts(reading: openSource())
        let selection = DatabaseSelection(include: settings.include, exclude: settings.exclude)
        let wanted = facts.databases.filter { !$0.isTemplate && selection.selects($0.name) }.map(\.name)
            + settings.emptyDatabases.map { DatabaseName($0) }
        let missing = wanted.filter { !stamp.databases.contains($0) }
        guard missing.isEmpty else {
            throw MigrationFailure(
                .personMustAct,
                "\(stamp.migration.namespace)/\(stamp.migration.instance) was published at \(stamp.publishedAt), and the plan has changed since: "
                    + "\(missing.map(\.text).joined(separator: ", ")) would be new",
                advice: "Exclude them, or raise spec.migration.generation to copy everything again to a target without these databases.")
        }
        return found(stamp, in: targetFacts, target: target)
    }

    func requireSource() throws {
        guard settings.hasSource else {
            let secret = settings.sourceSecret.isEmpty ? "that holds the source's credentials" : "\(settings.namespace)/\(settings.sourceSecret)"
            throw MigrationFailure(
                .personMustAct,
                "Secret \(secret) is absent or lacks POSTGRES_HOST and POSTGRES_USER, and the target bears no stamp of this migration",
                advice: "The operator deletes that Secret when enableLocalDb turns false (operators up to 1.9). Put the saved copy back, "
                    + "or name a Secret with the source's credentials in spec.source.")
        }
    }

    func openTarget() throws -> Connection {
        let connection = try sessions(name: "rehome/\(attempt)").openTarget(DatabaseName(settings.target.database))
        report(.connected(side: .target, place: connection.place, version: connection.versionText, isEncrypted: connection.isEncrypted))
        return connection
    }

    func openSource() throws -> Connection {
        let connection = try sessions(name: "rehome/\(attempt)").openSource(DatabaseName(settings.source.database))
        report(.connected(side: .source, place: connection.place, version: connection.versionText, isEncrypted: connection.isEncrypted))
        return connection
    }

    /// Puts the source back as it was and says what is left at the target.
    private func retreat(from run: Run, after error: any Error) async -> MigrationFailure {
        if error is OutcomeUnknown {
            return MigrationFailure(
                .retry, "\(run.survey.target.place): the connection broke while the publishing transaction was being committed, and what became of it could not be learnt",
                advice: "The source stays fenced. The next attempt finds out; nothing is lost either way.")
        }
        var failure = MigrationFailure(error)
        var sessions = run.sessions
        sessions.interrupt = Interrupt()
        do {
            try liftFence(run, sessions: sessions)
        } catch {
            failure.message += ". The fence at the source could not be lifted either: \(error)"
            failure.advice = (failure.advice.map { $0 + " " } ?? "") + "Run 'rehome-job release' once the source can be reached."
        }
        if let target = try? sessions.openTarget(DatabaseName(settings.target.database)), let facts = try? DatabaseFacts.read(target) {
            let left = facts.map(\.name).filter { $0.text.hasPrefix(StagingDatabase.prefix(of: run.identity)) || $0 == run.control.name }
            if !left.isEmpty { report(.leftOver(databases: left)) }
        }
        return failure
    }

    private func liftFence(_ run: Run, sessions: Sessions) throws {
        guard settings.fence else { return }
        var records = settingsBeforeFence
        let control = try? sessions.openTarget(run.control.name)
        if let control {
            // A newer attempt holds the fence now; it is not this one's to lift.
            let newest = try control.query("SELECT max(epoch) FROM public.attempt").integer
            guard newest == run.control.epoch else { return }
            for row in try control.query("SELECT database, previous FROM public.fence").rows {
                records[DatabaseName(row[0] ?? "")] = .some(row[1])
            }
        }
        guard !records.isEmpty else { return }
        try Fence.lift(records, at: sessions.openSource(DatabaseName(settings.source.database)))
        try control?.execute("DELETE FROM public.fence")
        report(.fenceLifted(databases: records.keys.sorted()))
    }

    /// The control database has served once everything is published. Where another pod still sits in it, that one
    /// removes it when it finds the stamps.
    func removeControl(of identity: MigrationIdentity, target: Connection) {
        let name = ControlDatabase.name(of: identity)
        guard let facts = try? DatabaseFacts.read(target).first(where: { $0.name == name }),
            case .control(identity)? = DatabaseMark(comment: facts.comment)
        else { return }
        // Our own session is the last in it: FORCE ends only sessions that this role may end.
        if (try? DatabaseDrop.run(name, at: target)) == nil { report(.leftOver(databases: [name])) }
    }

    func sessions(name: String) -> Sessions {
        Sessions(
            source: settings.source, target: settings.target, owner: settings.owner, applicationName: name,
            interrupt: interrupt)
    }
}
