import FoundationEssentials
import JobContract
import PostgresClient

/// Between the first copy and the fence: the target follows the source.
extension Migration {
    /// Seconds below which a round is short enough for the fence to fall.
    private static let shortRound = 1.0
    /// Seconds between two rounds while something is waited for.
    private static let gap = 2.0...30.0

    /// Brings the target up to date again and again, until a round is short and nothing is waited for any more.
    ///
    /// When it returns, a round has just ended.
    func keepUp(_ run: inout Run, source: Connection) async throws {
        var condition = FenceCondition(
            settings: settings, control: run.control.connection,
            doorRoles: [run.sessions.owner, run.survey.target.role])
        var previous = Double.infinity
        var announced: String?
        var told = ContinuousClock.now - .seconds(Self.logInterval)
        let progress = roundProgress
        activity.begin("keeping up with the source", detail: { progress.text })
        while true {
            try requireGoOn()
            try await reconcileDatabases(&run, source: source)
            var summary = try await round(of: Array(followers.values), source: source)
            summary.isWorthTelling = told.secondsUntilNow >= Self.logInterval || announced == nil
            if summary.isWorthTelling { told = .now }
            report(.round(summary))
            try run.control.recordProgress(summary)
            // Where so much is written that rounds shrink no further, waiting longer does not help either.
            let isShort = summary.seconds < Self.shortRound || summary.seconds > previous * 0.7
            previous = summary.seconds
            let isComplete = run.databases.allSatisfy { followers[$0.name] != nil }
            guard isShort, isComplete, summary.begunAgain.isEmpty, summary.behind.isEmpty else {
                if !summary.behind.isEmpty { await wait(seconds: Self.gap.lowerBound) }
                continue
            }
            guard let reason = try condition.reasonToWait() else { return }
            if announced != reason.text { report(.keepingUp(for: reason.text)) }
            announced = reason.text
            activity.begin(
                "keeping up with the source; the fence waits for \(reason.text)", detail: { progress.text })
            // With a gentle pace the rounds rest by themselves.
            let work = settings.pace == .gentle ? summary.seconds : 5 * summary.seconds
            let pause = min(max(work, Self.gap.lowerBound), Self.gap.upperBound)
            let end = try await condition.wait(
                for: reason, atMost: pause, lastRound: summary.seconds + summary.rested, sleep: wait)
            if end == .instant { return }
        }
    }

    func requireGoOn() throws(MigrationFailure) {
        guard !interrupt.isRaised else {
            throw MigrationFailure(
                .retry, "the run was stopped",
                advice: "Nothing was published; the next attempt goes on from what is copied.")
        }
    }

    /// Begins databases again whose schema has changed, takes along those that have appeared, and forgets those that
    /// are gone.
    func reconcileDatabases(_ run: inout Run, source: Connection) async throws {
        let present = SourceSelection(settings).select(try DatabaseFacts.read(source)).filter {
            !$0.isInvalid
        }
        let names = Set(present.map(\.name))
        for name in followers.keys where !names.contains(name) {
            await followers[name]?.close()
            followers[name] = nil
            report(.finding(.note("database \(name) is gone from the source, so it is not moved")))
        }
        let isOneGone = run.databases.contains { !names.contains($0.name) }
        try await addNewDatabases(present, &run, source: source)
        if isOneGone { try dropStale(run) }
        let missing = run.databases.filter { followers[$0.name] == nil }
        guard !missing.isEmpty else { return }
        for facts in missing where outdated.remove(facts.name) != nil {
            try requireRestart(of: facts.name, after: restarts)
            restarts[facts.name, default: 0] += 1
        }
        try await bringUp(missing, run: run, source: source)
    }

    /// - Parameter restarts: how often each database has been begun again.
    /// - Throws: if this one has been too often.
    func requireRestart(of name: DatabaseName, after restarts: [DatabaseName: Int]) throws(MigrationFailure) {
        guard restarts[name, default: 0] < Self.mostBeginnings else {
            throw MigrationFailure(
                .retry, "database \(name): its schema has changed \(Self.mostBeginnings) times while it was copied",
                advice:
                    "Something at the source makes or alters tables again and again. Stop it, or move with spec.migration.precopy: false."
            )
        }
    }

    private static let mostBeginnings = 5

    /// Takes along databases that have appeared, once they have passed the preflight.
    private func addNewDatabases(_ present: [DatabaseFacts], _ run: inout Run, source: Connection) async throws {
        let known = Dictionary(run.databases.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        run.survey.databases = present.compactMap { known[$0.name] }
        let newcomers = present.filter { known[$0.name] == nil }
        guard !newcomers.isEmpty else { return }
        report(.appeared(databases: newcomers.map(\.name)))
        var survey = run.survey
        survey.databases = newcomers
        let preflight = try await requirePreflight(
            survey, source: source, target: run.sessions.openTarget(DatabaseName(settings.target.database)))
        run.widths.merge(preflight.widths) { _, new in new }
        run.asides += preflight.aside
        run.survey.databases += newcomers
    }

    // MARK: One round

    /// Takes a mark of the source before new snapshots.
    func takeMark(at source: Connection) throws(PostgresError) {
        keep(try TransactionMark.take(at: source))
    }

    func keep(_ mark: TransactionMark?) {
        if let mark { marks.append(mark) }
        // Older marks are of use while a transaction runs for long. Without a mark that fits, a round only looks at
        // more rows.
        if marks.count > 400 { marks.removeFirst(200) }
    }

    /// One round of some databases.
    ///
    /// A database whose schema has changed is let go of; it is to be begun again.
    ///
    /// - Parameter isUrgent: whether the fence is about to fall. If not, a gentle pace takes one database after
    ///   another.
    func round(of some: [DatabaseFollower], source: Connection, isUrgent: Bool = false) async throws -> RoundSummary {
        let (clock, rests) = (ContinuousClock.now, SourcePace.Rests())
        rounds += 1
        roundProgress.begin(round: rounds)
        let outcomes = try await SourcePace.$rests.withValue(rests) {
            try await follow(
                of: some, atOnce: settings.pace == .gentle && !isUrgent ? 1 : settings.workers, source: source)
        }
        var summary = RoundSummary(number: rounds, databases: some.count)
        for (follower, outcome) in outcomes {
            switch outcome {
            case .done(let round):
                summary.add(round)
                if !round.behind.isEmpty { summary.behind.append(follower.name) }
            case .postponed(let reason):
                report(.postponed(database: follower.name, reason: reason))
                summary.behind.append(follower.name)
            case .schemaChanged(let reason):
                report(.rebuilding(database: follower.name, reason: reason))
                summary.begunAgain.append(follower.name)
                await follower.close()
                followers[follower.name] = nil
                outdated.insert(follower.name)
            }
        }
        summary.rested = rests.seconds
        summary.seconds = max(0, clock.secondsUntilNow - summary.rested)
        return summary
    }

    private func follow(
        of some: [DatabaseFollower], atOnce limit: Int, source: Connection
    ) async throws -> [(DatabaseFollower, Round.Outcome)] {
        try takeMark(at: source)
        let (marks, log) = (marks, try await readLog(for: some, atOnce: limit, source: source))
        let results = try await Self.each(some, atOnce: limit) { follower -> Result<Round.Outcome, any Error> in
            do { return .success(try await follower.round(marks: marks, log: log)) } catch { return .failure(error) }
        }
        // A mark fits a snapshot only if it is older than every transaction that runs when the snapshot is taken. So
        // the next round gets this mark besides the one that it takes itself.
        try takeMark(at: source)
        return try followed(results, of: some, at: source)
    }

    /// Takes the next snapshot of each database, and then reads from the log what has changed in all of them.
    ///
    /// - Parameter meanwhile: is done while the databases' sessions take their snapshots.
    /// - Returns: `nil` if the log cannot tell, so that each round has to search its database.
    func readLog(
        for some: [DatabaseFollower], atOnce limit: Int, source: Connection, deadline: FenceDeadline? = nil,
        meanwhile: () throws -> Void = {}
    ) async throws -> LoggedChanges? {
        guard try mayReadLog(at: source) else {
            // A snapshot that was taken ahead for a round which never ran is too old for this one.
            _ = try await Self.each(some, atOnce: limit) { await $0.dropSnapshot() }
            try meanwhile()
            return nil
        }
        let marks = marks
        async let snapshots = Self.each(some, atOnce: limit) { follower in
            // If this fails, the round takes its snapshot itself, and throws what is wrong.
            try? await follower.takeSnapshot(marks: marks, deadline: deadline)
        }
        try meanwhile()
        let earliest = Set(try await snapshots.compactMap { $0?.transaction })
        return try readLog(
            since: marks.filter { earliest.contains($0.transaction) }, source: source, deadline: deadline)
    }

    /// Reads the log from the earliest of some marks on that is not too far back.
    func readLog(since marks: [TransactionMark], source: Connection, deadline: FenceDeadline?) throws -> LoggedChanges?
    {
        guard try mayReadLog(at: source) else { return nil }
        let outcome = try LoggedChanges.read(
            since: marks, passingOver: logTransactions,
            limit: "SET LOCAL statement_timeout = \(deadline?.milliseconds ?? 0)", at: source,
            own: { if deadline != nil { logTransactions.append($0) } })
        switch outcome {
        case .read(let changes): return changes
        case .unfit: return nil
        case .impossible(let reason):
            canReadLog = false
            report(.finding(.note("the source's log cannot be read, so rounds look into each database: \(reason)")))
            return nil
        }
    }

    private func mayReadLog(at source: Connection) throws -> Bool {
        if let canReadLog { return canReadLog }
        let may =
            try settings.sourceFunctions == .auto && source.majorVersion >= LoggedChanges.firstVersion
            && RolledBackFunctions.mayBeMade(at: source)
        canReadLog = may
        return may
    }

    /// What came of a round, without databases that have been dropped at the source meanwhile.
    private func followed(
        _ results: [Result<Round.Outcome, any Error>], of some: [DatabaseFollower], at source: Connection
    ) throws -> [(DatabaseFollower, Round.Outcome)] {
        var present: Set<DatabaseName>?
        return try zip(some, results).compactMap { follower, result in
            switch result {
            case .success(let outcome): return (follower, outcome)
            case .failure(let error):
                let names = try present ?? Set(source.query("SELECT datname FROM pg_catalog.pg_database").names())
                present = names
                guard !names.contains(follower.name) else { throw error }
                return nil
            }
        }
    }

    /// Does something with each follower, on the follower's own thread.
    ///
    /// - Returns: what came of each, in the followers' order.
    static func each<Output: Sendable>(
        _ followers: [DatabaseFollower], atOnce limit: Int,
        _ body: @escaping @Sendable (DatabaseFollower) async throws -> Output
    ) async throws -> [Output] {
        try await withThrowingTaskGroup(of: (Int, Output).self) { group in
            var outputs: [(Int, Output)] = []
            for (position, follower) in followers.enumerated() {
                if position >= limit, let output = try await group.next() { outputs.append(output) }
                group.addTask { (position, try await body(follower)) }
            }
            for try await output in group { outputs.append(output) }
            return outputs.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
