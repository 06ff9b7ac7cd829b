import FoundationEssentials
import JobContract
import PostgresClient

/// From the fence to the last rename.
extension Migration {
    /// How many last rounds there are before a fence is given up.
    static let lastRounds = 3
    /// How many seconds before the window begins the right to fence is taken, and the last round before the fence runs.
    private static let lastPreparations = 1.0
    /// How many rounds without rests there are at most before the fence, and in how many seconds one must end for
    /// another to be of no use.
    private static let (urgentRounds, shortestRound) = (4, 0.1)

    /// Fences the source, brings the last changes over, proves that there are no more, and publishes.
    ///
    /// Only what cannot happen before or after the fence happens under it.
    ///
    /// - Throws: ``CutOverDelay`` if nothing was published and a later try may succeed. The fence stands then.
    func cutOver(_ run: Run, source: Connection) async throws -> Published {
        activity.begin("getting ready for the fence")
        let wanted = try Self.properties(of: followers.values, at: source, before: run.control.fenceRecords())
        _ = try await Self.each(Array(followers.values), atOnce: settings.workers) { follower in
            if let properties = wanted[follower.name] { try await follower.prepareToSeal(properties) }
        }
        let empty = try stageEmptyDatabases(run)
        try await catchUp(source: source)
        // Whoever has written in spite of a fence does it again in an open session.
        let mayLeaveOpen = settings.sourceFunctions == .auto && !isWrittenToUnderFence
        if let window = settings.notBefore, window.instant.timeIntervalSinceNow > 0 {
            try await wait(for: window, secondsBefore: Self.lastPreparations)
            try prepareFence(run, source: source, mayLeaveOpen: mayLeaveOpen)
            try await catchUp(source: source)
            try await wait(for: window)
        } else {
            try prepareFence(run, source: source, mayLeaveOpen: mayLeaveOpen)
        }
        try requireGoOn()
        try writeConfiguration(source: source)
        let (clock, deadline) = (ContinuousClock.now, FenceDeadline(seconds: settings.maxFence))
        let earlier = try raiseFence(run, source: source, until: deadline)
        return try await publishLastRound(
            run, empty: empty, earlier: earlier, source: source, deadline: deadline,
            fencedAt: settings.fence ? clock : nil)
    }

    /// Gets ready to leave sessions open under the fence. Where the configuration cannot be written, they are ended.
    private func writeConfiguration(source: Connection) throws {
        guard leavesSessionsOpen else { return }
        do {
            try source.execute(OpenSessionFence.writing)
        } catch {
            guard error.kind == .statementFailed else { throw error }
            leavesSessionsOpen = false
        }
    }

    /// Brings over what was written while everything was got ready for the fence, in rounds one after the other, until
    /// another one is of no use.
    ///
    /// - Throws: ``CutOverDelay`` where the last changes could not be brought over under a fence either.
    private func catchUp(source: Connection) async throws {
        var (before, behind): (Double, DatabaseName?) = (.infinity, nil)
        for _ in 1...Self.urgentRounds {
            let summary = try await round(of: Array(followers.values), source: source, isUrgent: true)
            report(.round(summary))
            if let first = summary.begunAgain.first { throw CutOverDelay.behind(first, "its schema has changed") }
            behind = summary.behind.first
            if summary.seconds < Self.shortestRound || summary.seconds > before * 0.7 { break }
            before = summary.seconds
        }
        if let behind { throw CutOverDelay.behind(behind, "another session at the source is in the way") }
    }

    private func wait(for window: StartTime, secondsBefore: Double = 0) async throws {
        activity.begin("waiting for the window, which begins at \(window.text)")
        await wait(seconds: window.instant.timeIntervalSinceNow - secondsBefore)
        try requireGoOn()
    }

    /// Brings the last changes over and publishes, on the condition that the source has not moved since.
    ///
    /// Sessions from before the fence may still be open or ending during the last round. If one of them writes then, the
    /// proof shows it. They are gone or at rest for good before the proof is made, so none of them writes after it.
    ///
    /// - Parameter earlier: the sessions from before the fence.
    /// - Throws: ``CutOverDelay`` if that could not be proved, or took too long.
    func publishLastRound(
        _ run: Run, empty: [SealedDatabase], earlier: EarlierSessions? = nil, source: Connection,
        deadline: FenceDeadline, fencedAt: ContinuousClock.Instant?
    ) async throws -> Published {
        var earlier = earlier
        // Some databases cannot go back from what is made after the last round, or only slowly.
        let isHardToRepeat = followers.values.contains { $0.database.hasLateEntries }
        for number in 1...Self.lastRounds {
            activity.begin("waiting until the source stands still")
            if isHardToRepeat { try earlier?.awaitEnd(at: source, until: deadline) }
            logTransactions = []
            // Autovacuum's transactions would make another last round necessary. From the mark on the log is read for
            // the proof, and for another last round if there is one.
            let (ending, taking) = (
                AutovacuumWorkers.ending(in: run.databases.map(\.name)),
                TransactionMark.taking(version: source.majorVersion)
            )
            let look = try Stillness.look(at: source, until: deadline, after: "BEGIN; \(ending); COMMIT; \(taking)") {
                results in keep(TransactionMark(Array(results.dropFirst(3))))
            }
            let mark = marks.last
            guard let baseline = look else {
                // If it is a session from before the fence that does not end, this names it.
                try earlier?.awaitEnd(at: source, until: deadline)
                throw deadline.hasPassed
                    ? CutOverDelay.tooLong(
                        doing: "a transaction at the source did not end, whichever database it is in")
                    : .sourceMoves(lastRounds: number)
            }
            activity.begin("bringing the last changes over", detail: { [roundProgress] in roundProgress.text })
            let sealed = try await lastRound(run, source: source, deadline: deadline)
            if let earlier, !earlier.areLeftOpen {
                activity.begin("waiting until the sessions from before the fence are gone")
                try earlier.awaitEnd(at: source, until: deadline)
            }
            if isWrittenToUnderFence {
                activity.begin("giving those time to come back who wrote in spite of an earlier fence")
                await wait(seconds: deadline.isSet ? min(1, Double(deadline.milliseconds) / 2000) : 1)
                try requireGoOn()
            }
            activity.begin("publishing")
            try awaitEmptyStaging(run)
            guard !deadline.hasPassed else { throw CutOverDelay.tooLong(doing: "the last round did not end") }
            if let published = try await publish(
                sealed + empty, since: baseline, mark, ending: earlier, run: run, source: source, deadline: deadline,
                fencedAt: fencedAt)
            {
                return published
            }
            let appeared = try newcomers(run, source: source)
            guard appeared.isEmpty else { throw CutOverDelay.appeared(appeared) }
            guard !deadline.hasPassed else { throw CutOverDelay.tooLong(doing: "the source did not stand still") }
            report(.sourceMoved(attempt: number))
            if settings.fence {
                earlier = try EarlierSessions(in: run.databases.map(\.name), at: source, until: deadline)
            }
        }
        throw CutOverDelay.sourceMoves(lastRounds: Self.lastRounds)
    }

    /// The last round of every database, each sealed as soon as its own is over.
    private func lastRound(_ run: Run, source: Connection, deadline: FenceDeadline) async throws -> [SealedDatabase] {
        let (clock, marks) = (ContinuousClock.now, marks)
        roundProgress.begin(round: rounds + 1)
        // Only databases with a follower are published, so every one must have a follower.
        if let missing = run.databases.map(\.name).first(where: { followers[$0] == nil }) {
            throw CutOverDelay.behind(missing, "it is to be begun again")
        }
        let all = followers.values.sorted { $0.name < $1.name }
        var properties: [DatabaseName: DatabaseProperties.Wanted] = [:]
        let log = try await readLog(for: all, atOnce: run.budget.sealedAtOnce, source: source, deadline: deadline) {
            properties = try Self.properties(of: all, at: source, before: run.control.fenceRecords())
        }
        let wanted = properties
        let results = try await Self.each(all, atOnce: run.budget.sealedAtOnce) {
            follower -> Result<(sealed: SealedDatabase?, outcome: Round.Outcome), any Error> in
            do {
                let outcome = try await follower.round(marks: marks, log: log, deadline: deadline)
                guard case .done(let round) = outcome, round.behind.isEmpty, let properties = wanted[follower.name]
                else { return .success((nil, outcome)) }
                return .success((try await follower.seal(properties, until: deadline), outcome))
            } catch { return .failure(error) }
        }
        // The cut-over is tried again after a delay, but not after any other failure, which therefore counts first.
        let failures = results.compactMap { result in if case .failure(let error) = result { error } else { nil } }
        if let failure = failures.first(where: { !($0 is CutOverDelay) }) ?? failures.first { throw failure }
        let outcomes = try results.map { try $0.get() }
        var summary = RoundSummary(number: rounds + 1, databases: all.count)
        for (follower, result) in zip(all, outcomes) {
            switch result.outcome {
            case .done(let round):
                summary.add(round)
                if result.sealed == nil {
                    throw CutOverDelay.behind(follower.name, "tables are being truncated or rewritten")
                }
            case .postponed(let reason):
                throw deadline.hasPassed
                    ? CutOverDelay.tooLong(doing: "the last round did not end") : .behind(follower.name, reason)
            case .schemaChanged(let reason):
                report(.rebuilding(database: follower.name, reason: reason))
                outdated.insert(follower.name)
                throw CutOverDelay.behind(follower.name, reason)
            }
        }
        rounds += 1
        summary.seconds = clock.secondsUntilNow
        report(.round(summary))
        return outcomes.compactMap(\.sealed)
    }

    /// Waits until no session is left in the staging databases, for at most a second or so. A backend may outlive its
    /// client for a moment, and a rename would wait for it in steps of 0.1 s (PostgreSQL's `CountOtherDBBackends`).
    ///
    /// A rename would also end autovacuum's workers, and wait for them. A superuser ends them here. Another role does
    /// not wait for them here, since it may not end them.
    private func awaitEmptyStaging(_ run: Run) throws {
        let names = followers.keys.map { StagingDatabase(identity: run.identity, database: $0).name }
        for _ in 0..<500 {
            let sessions =
                try run.control.connection.query(
                    """
                    SELECT count(*) FROM pg_catalog.pg_stat_activity
                    WHERE datname = ANY (\(array: names.map(\.text))) AND usesysid IS NOT NULL
                    """
                ).integer ?? 0
            let workers = try AutovacuumWorkers.end(in: names, at: run.control.connection)
            guard sessions + workers > 0 else { return }
            try run.control.connection.execute("SELECT pg_catalog.pg_sleep(0.002)")
        }
    }

    /// Publishes on the condition that the source holds what it held at the baseline.
    ///
    /// - Parameter earlier: the sessions from before the fence, of which those that were left open end now.
    /// - Returns: `nil`, with nothing changed, when that cannot be proved.
    private func publish(
        _ sealed: [SealedDatabase], since baseline: Stillness, _ mark: TransactionMark?,
        ending earlier: EarlierSessions?, run: Run, source: Connection, deadline: FenceDeadline,
        fencedAt: ContinuousClock.Instant?
    ) async throws -> Published? {
        let items = try publicationItems(run, sealed: sealed)
        let publication = Publication(
            items: items, asides: run.asides, control: run.control, sessions: run.sessions, report: report)
        let clock = ContinuousClock.now
        let outcome = try await publication.run {
            try await sourceStandsStill(
                since: baseline, mark, ending: earlier, run: run, source: source, deadline: deadline)
        }
        // From here on nothing may fail: what is published stays so, and the fence with it.
        guard case .published(let stamps) = outcome, let stamp = stamps.first else { return nil }
        report(.proved(databases: sealed.count))
        let asides = Dictionary(run.asides.map { ($0.name, $0.newName) }, uniquingKeysWith: { first, _ in first })
        report(
            .published(
                databases: items.map(\.final), setAside: asides, seconds: clock.secondsUntilNow,
                fenced: fencedAt?.secondsUntilNow))
        restoreConfiguration(control: run.control.connection, source: source)
        completeRecord(stamps, run: run)
        return Published(stamp: stamp, all: stamps, isNew: true)
    }

    // MARK: Delays

    /// Lets writes through again and gets ready for another try.
    ///
    /// - Throws: ``MigrationFailure`` if trying again has no prospect.
    func delayCutOver(_ reason: CutOverDelay, run: Run, source: Connection, _ delays: inout CutOverDelays) async throws
    {
        activity.begin("lifting the fence")
        try liftFence(run, source: source)
        if case .sourceMoves = reason { isWrittenToUnderFence = true }
        activity.begin("getting ready for more rounds")
        let reason = reason.blaming(try await unseal(), maxFence: settings.maxFence)
        delays.count(reason)
        guard delays.allowAnotherTry else {
            throw reason.failure(hasFence: settings.fence, place: run.survey.source.place)
        }
        report(.cutOverPutOff(reason: reason.text, attempt: delays.total, seconds: delays.pause))
        activity.begin("waiting before the next try of the cut-over")
        try run.control.recordDelay(reason.text)
        await wait(seconds: delays.pause)
    }
}

extension Migration {
    /// Makes sealed databases ready for more rounds, and lets go of those that have to be begun again.
    ///
    /// - Returns: seconds that each database's seal has spent on entries that are made after the rounds.
    @discardableResult
    func unseal() async throws -> [DatabaseName: Double] {
        var seconds: [DatabaseName: Double] = [:]
        for (name, follower) in followers {
            let isOutdated = outdated.contains(name)
            if !isOutdated { seconds[name] = await follower.secondsOfLateEntries }
            if !isOutdated, try await follower.unseal() { continue }
            await follower.close()
            followers[name] = nil
            outdated.insert(name)
        }
        return seconds
    }
}
