import JobContract
import PostgresClient

/// The proof that the source still holds what was brought over.
extension Migration {
    /// Whether nothing was written at the source since the baseline that matters to what is moved.
    ///
    /// - Parameters:
    ///   - mark: taken before the baseline.
    ///   - earlier: the sessions from before the fence. Those that were left open end now.
    func sourceStandsStill(
        since baseline: Stillness, _ mark: TransactionMark?, ending earlier: EarlierSessions?, run: Run,
        source: Connection, deadline: FenceDeadline
    ) async throws -> Bool {
        // A database that appears later shows in the look that follows: making one takes an identifier.
        guard try newcomers(run, source: source).isEmpty else { return false }
        let all = Array(followers.values)
        guard let earlier, earlier.areLeftOpen else {
            guard try await sequencesStand(in: all, run),
                let look = try Stillness.look(at: source, until: deadline)
            else { return false }
            return try await proves(look, since: baseline, mark, run: run, source: source, deadline: deadline)
        }
        // Sessions that end come back, and meanwhile a small source takes long for every answer. So they are told to end
        // with the last question.
        try earlier.awaitEndOfBusy(at: source, until: deadline)
        guard try await sequencesStand(in: all, run) else { return false }
        var areAtRest = false
        var look = try Stillness.look(at: source, until: deadline, after: earlier.ending) {
            areAtRest = EarlierSessions.areAtRest($0)
        }
        if !areAtRest {
            try earlier.awaitEnd(at: source, until: deadline)
            guard try await sequencesStand(in: all, run) else { return false }
            look = try Stillness.look(at: source, until: deadline)
        }
        guard let look else { return false }
        return try await proves(look, since: baseline, mark, run: run, source: source, deadline: deadline)
    }

    /// Whether a look proves that nothing was written since the baseline.
    ///
    /// Transactions that are not ours do not matter if the log shows that they have changed nothing but statistics, as
    /// autovacuum's do.
    private func proves(
        _ look: Stillness, since baseline: Stillness, _ mark: TransactionMark?, run: Run, source: Connection,
        deadline: FenceDeadline
    ) async throws -> Bool {
        let (followers, atOnce) = (Array(followers.values), run.budget.sealedAtOnce)
        let own = try await Self.each(followers, atOnce: atOnce) { await $0.ownTransactions }.joined()
        if look.proves(baseline, own: own + logTransactions) { return true }
        guard let mark, look.hasNothingPrepared(since: baseline),
            let log = try readLog(since: [mark], source: source, deadline: deadline), log.areSharedCatalogsUnchanged
        else { return false }
        return try await Self.each(followers, atOnce: atOnce) { await $0.isUntouched(in: log, since: mark) }
            .allSatisfy { $0 }
    }

    private func sequencesStand(in followers: [DatabaseFollower], _ run: Run) async throws -> Bool {
        try await Self.each(followers, atOnce: run.budget.sealedAtOnce) { try await $0.sequencesStand() }
            .allSatisfy { $0 }
    }

    /// Databases that are to be moved, and that have appeared at the source since.
    func newcomers(_ run: Run, source: Connection) throws -> [DatabaseName] {
        let selection = SourceSelection(settings)
        let known = Set(run.databases.map(\.name))
        let present: [DatabaseName] = try source.query(
            "SELECT datname FROM pg_catalog.pg_database WHERE NOT datistemplate"
        ).names()
        let strangers = present.filter { selection.mayMove($0) && !known.contains($0) }
        guard !strangers.isEmpty else { return [] }
        return selection.select(try DatabaseFacts.read(source)).map(\.name).filter { !known.contains($0) }
    }
}
