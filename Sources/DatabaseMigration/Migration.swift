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
    let searchPath: String
    let interrupt: Interrupt
    let report: EventSink
    let journal: RunJournal
    let activity = Activity()
    /// Seconds between two progress lines.
    let logInterval: Double
    /// Names this run in the state, the stamps and `pg_stat_activity`.
    let attempt = String(UInt64.random(in: 0..<(1 << 40)), radix: 16)

    /// The sessions of this process, which a fence spares.
    let register = SessionRegister()
    /// How much work the source is given; without a limit except in ``atGentlePace(_:)``.
    let pace = SourcePace()
    /// Sets the limit of ``pace``; `nil` before the first ``atGentlePace(_:)``.
    var paceKeeper: PaceKeeper?

    /// What the fence changes at the source. The control database has it too; this copy is for lifting the fence when
    /// the target is lost.
    var settingsBeforeFence = SettingsBeforeFence()
    /// Whether this attempt has changed the source's configuration and changed it back.
    var hasRestoredConfiguration = false
    /// Whether the next fence leaves sessions open until the proof (``OpenSessionFence``).
    var leavesSessionsOpen = false

    /// What keeps each copied database up with its source.
    var followers: [DatabaseName: DatabaseFollower] = [:]
    /// How often each database was begun again.
    var restarts: [DatabaseName: Int] = [:]
    /// Databases whose copies are of no use any more, and which are begun again.
    var outdated: Set<DatabaseName> = []
    /// Marks of the source, in the order in which they were taken.
    var marks: [TransactionMark] = []
    /// Whether the source's log can be read; `nil` as long as nobody has tried.
    var canReadLog: Bool?
    /// Our own transactions that took identifiers when the log was read under the fence. ``Stillness`` does not count
    /// them as writes.
    var logTransactions: [UInt64] = []
    /// Whether somebody wrote in spite of an earlier fence. Who does so may connect again only after the short time that
    /// a fence stands, and would write to the old server then.
    var isWrittenToUnderFence = false
    /// Counts rounds of all databases.
    var rounds = 0
    let roundProgress = RoundProgress()

    /// - Parameters:
    ///   - settings: the Job's.
    ///   - searchPath: where `pg_dump` is looked for, as in `PATH`.
    ///   - interrupt: ends the run in an orderly way when raised.
    ///   - logInterval: seconds between two progress lines.
    ///   - report: receives the events, on any thread.
    public init(
        settings: JobSettings, searchPath: String, interrupt: Interrupt,
        logInterval: Double = Migration.logInterval, report: @escaping EventSink
    ) {
        self.logInterval = logInterval
        self.settings = settings
        self.searchPath = searchPath
        self.interrupt = interrupt
        let journal = RunJournal()
        self.journal = journal
        self.report = { [activity] event in
            journal.note(event)
            activity.note(event)
            report(event)
        }
    }

    /// Runs the migration, or finds it done.
    ///
    /// - Returns: what is published. If ``Published/dropped`` is set, the caller has to find out whether that is fine.
    /// - Throws: ``MigrationFailure``. Nothing is published then, and the fence is lifted unless the message says
    ///   otherwise.
    public func run() async throws(MigrationFailure) -> Published {
        let telling = tellActivity()
        defer { activity.end(telling) }
        let target: Connection
        let targetFacts: ServerFacts
        do {
            target = try openTarget()
            targetFacts = try ServerFacts(reading: target)
            switch try PublishedState(target: targetFacts, settings: settings) {
            case .complete(let stamp): return found(stamp, in: targetFacts, target: target)
            case .otherPlan(let stamp): return try otherPlan(stamp, targetFacts: targetFacts, target: target)
            case .left(let stamp): throw Self.left(stamp, at: targetFacts)
            case .none: break
            }
            try requireSource()
        } catch {
            if let dropped = error as? DroppedSince { return Published(dropped) }
            throw MigrationFailure(error, hadContact: false)
        }
        return try await migrate(target: target, targetFacts: targetFacts)
    }

    private func migrate(target: Connection, targetFacts: ServerFacts) async throws(MigrationFailure) -> Published {
        let source: Connection
        var run: Run
        do {
            source = try openSource()
            activity.begin("looking at both servers")
            let survey = try await atGentlePace {
                try await self.survey(source: source, target: target, targetFacts: targetFacts)
            }
            activity.begin("waiting for the lock of this migration, which another attempt may hold")
            switch try await lead(survey, target: target) {
            case .leader(let control): run = Run(survey: survey, control: control, settings: settings)
            case .published(let stamp, let facts): return found(stamp, in: facts, target: target)
            }
        } catch {
            // An attempt that publishes removes the control database, even while others wait for its lock.
            if let now = try? ServerFacts(reading: target),
                case .complete(let stamp)? = try? PublishedState(target: now, settings: settings)
            {
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
            let preflight = try await atGentlePace {
                try await requirePreflight(run.survey, source: source, target: target)
            }
            (run.widths, run.asides) = (preflight.widths, preflight.aside)
            try workAsReplica(&run)
            let published =
                try await settings.precopy ? moveLive(&run, source: source) : moveFenced(&run, source: source)
            // What is published stays so, whatever fails from here on.
            for follower in followers.values { await follower.close() }
            return published
        } catch {
            activity.begin("ending in good order")
            for follower in followers.values { await follower.close() }
            throw await retreat(from: run, source: source, after: error)
        }
    }

    /// Reports what is being done whenever there was no other event for a while, until ``Activity/end(_:)``.
    func tellActivity() -> Task<Void, Never> {
        activity.start()
        return activity.tell(every: logInterval, to: report)
    }

    // MARK: Steps

    func requirePreflight(_ survey: Survey, source: Connection, target: Connection) async throws -> Preflight.Result {
        activity.begin("looking for what stands in the way")
        let preflight = Preflight(settings: settings, survey: survey)
        var result = try await preflight.run(sourceConnection: source, targetConnection: target)
        if !result.hasErrors {
            let role = OwnerRole(settings: settings)
            try role.ensure(target, sessions: survey.sessions)
            if role.isOurs { result.findings += preflight.ownership(target) }
        }
        for finding in result.findings { report(.finding(finding)) }
        guard !result.hasErrors else {
            let errors = result.findings.filter { $0.severity == .error }
            var failure = MigrationFailure(
                .personMustAct, errors.map { "\($0.message). \($0.advice ?? "")" }.joined(separator: "\n"))
            failure.page = .preflight
            throw failure
        }
        report(.planned(databases: survey.databases.count, bytes: survey.databases.reduce(0) { $0 + $1.bytes }))
        return result
    }

    /// The order of a live move: everything is copied, changes are brought over round by round, and only the last round
    /// is under the fence.
    private func moveLive(_ run: inout Run, source: Connection) async throws -> Published {
        activity.begin("lifting the fence of an earlier attempt")
        try liftFenceOfDeadAttempt(run, source: source)
        try dropStale(run)
        try await atGentlePace {
            try await bringUp(run.databases, run: run, source: source)
            try await keepUp(&run, source: source)
        }
        var delays = CutOverDelays()
        while true {
            do {
                return try await cutOver(run, source: source)
            } catch let reason as CutOverDelay {
                try await delayCutOver(reason, run: run, source: source, &delays)
                try await atGentlePace { try await keepUp(&run, source: source) }
            }
        }
    }

    /// The order with ``JobSettings/precopy`` off: the fence stands around everything.
    private func moveFenced(_ run: inout Run, source: Connection) async throws -> Published {
        try dropStale(run)
        try await dropOutdatedCopies(run)
        let clock = ContinuousClock.now
        try prepareFence(run, source: source)
        try raiseFence(run, source: source)?.awaitEnd(at: source, until: FenceDeadline(seconds: nil))
        try await bringUp(run.databases, run: run, source: source)
        var number = 0
        while true {
            number += 1
            do {
                return try await publishLastRound(
                    run, empty: stageEmptyDatabases(run), source: source, deadline: FenceDeadline(seconds: nil),
                    fencedAt: settings.fence ? clock : nil)
            } catch let reason as CutOverDelay {
                guard number < Self.lastRounds else {
                    throw reason.failure(hasFence: settings.fence, place: run.survey.source.place)
                }
                report(.sourceMoved(attempt: number))
                try await unseal()
                try await reconcileDatabases(&run, source: source)
                // The databases that have appeared are fenced as well.
                try prepareFence(run, source: source)
                try raiseFence(run, source: source)?.awaitEnd(at: source, until: FenceDeadline(seconds: nil))
            }
        }
    }

    /// Takes the right to raise a fence, and remembers what it changes.
    ///
    /// - Parameter mayLeaveOpen: whether sessions may be left open until the proof, if the source allows for it.
    func prepareFence(_ run: Run, source: Connection, mayLeaveOpen: Bool = false) throws {
        guard settings.fence else { return }
        activity.begin("waiting for the right to fence the source")
        try FenceLock(identity: run.identity).take(at: source, ending: .anybody)
        // Read again now that the lock is ours: an attempt that ended meanwhile may have lifted its fence.
        let (all, names) = (try DatabaseFacts.read(source), Set(run.databases.map(\.name)))
        let databases = all.filter { names.contains($0.name) }
        // The preflight may be hours ago.
        if let finding = try RolesExemptFromFence.find(in: databases.map(\.name), at: source).finding {
            throw MigrationFailure(.personMustAct, finding.message, advice: finding.advice)
        }
        try EarlierSessions.requireEndable(in: databases.map(\.name), at: source)
        let clients = try ClientSessions.read(at: source).counts(of: nil)
        leavesSessionsOpen =
            try mayLeaveOpen
            && OpenSessionFence.isPossible(
                for: names, among: all, hasRestored: hasRestoredConfiguration, at: source)
        try run.control.recordFence(
            databases, sessions: clients, usesConfiguration: leavesSessionsOpen, attempt: attempt)
        settingsBeforeFence = try ControlDatabase.settingsBeforeFence(at: run.control.connection)
    }

    /// Refuses writes from now on, except to the sessions that are returned.
    func raiseFence(_ run: Run, source: Connection, until deadline: FenceDeadline = FenceDeadline(seconds: nil)) throws
        -> EarlierSessions?
    {
        guard settings.fence else { return nil }
        activity.begin("fencing the source")
        let (clock, names) = (ContinuousClock.now, run.databases.map(\.name))
        let sessions =
            try leavesSessionsOpen
            ? Fence.raiseOverOpenSessions(names, at: source, until: deadline)
            : Fence.raise(names, at: source, until: deadline)
        report(
            .fenced(
                databases: names, endedSessions: sessions.count, leftOpen: sessions.areLeftOpen,
                seconds: clock.secondsUntilNow))
        return sessions
    }

    // MARK: Connections

    func requireSource() throws {
        guard settings.hasSource else {
            let secret =
                settings.sourceSecret.isEmpty
                ? "that holds the source's credentials" : "\(settings.namespace)/\(settings.sourceSecret)"
            throw MigrationFailure(
                .personMustAct,
                "Secret \(secret) is absent or lacks POSTGRES_HOST and POSTGRES_USER, and the target bears no stamp of this migration",
                advice:
                    "The operator deletes that Secret when enableLocalDb turns false (operators up to 1.9). Put the saved copy back, "
                    + "or name a Secret with the source's credentials in spec.source.")
        }
    }

    func openTarget() throws(PostgresError) -> Connection { try open(.target) }

    func openSource() throws(PostgresError) -> Connection { try open(.source) }

    private func open(_ side: MigrationEvent.Side) throws(PostgresError) -> Connection {
        let connection = try reach(side)
        report(
            .connected(
                side: side, place: connection.place, version: connection.versionText,
                isEncrypted: connection.isEncrypted))
        return connection
    }

    /// A session with a server that may not be there yet.
    func reach(_ side: MigrationEvent.Side) throws(PostgresError) -> Connection {
        let (sessions, settings) = (sessions(name: firstName), settings)
        let contact = FirstContact(
            side: side, patience: Double(settings.connectPatienceSeconds), interrupt: interrupt, report: report)
        return try contact.open { () throws(PostgresError) in
            switch side {
            case .source: try sessions.openSource(DatabaseName(settings.source.database))
            case .target: try sessions.openTarget(DatabaseName(settings.target.database))
            }
        }
    }

    /// The application name of sessions that are opened before the identity is known, such as the one that holds the
    /// fence's lock.
    var firstName: String { "rehome/\(attempt)" }

    func sessions(name: String) -> Sessions {
        var sessions = Sessions(settings, applicationName: name, interrupt: interrupt, register: register)
        sessions.pace = pace
        return sessions
    }
}
