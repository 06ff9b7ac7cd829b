import JobContract

/// While Backstage works at the source, the migration gives the source little to do at once.
extension Migration {
    /// Runs `body`; with ``JobSettings/pace`` gentle, with a limit on the work that the source is given.
    ///
    /// - Throws: what `body` throws, or ``PostgresError`` if the source cannot be asked how soon it answers.
    func atGentlePace<Outcome: Sendable>(_ body: () async throws -> Outcome) async throws -> Outcome {
        guard settings.precopy, settings.pace == .gentle else { return try await body() }
        let keeper = try paceKeeper ?? PaceKeeper(pace: pace, settings: settings, sessions: sessions(name: firstName))
        if paceKeeper == nil { try await keeper.begin() }
        paceKeeper = keeper
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await keeper.keep() }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
