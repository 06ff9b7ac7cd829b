import JobContract
import PostgresClient

extension Migration {
    /// Copies and verifies everything under temporary names, without a fence, and publishes nothing.
    ///
    /// What it leaves is taken up by the run that follows, which checks it against the source as it does with what a dead
    /// attempt has left. A source that is written to meanwhile is no failure: each database is copied as one snapshot
    /// shows it.
    ///
    /// - Returns: the databases that were rehearsed; none if the migration is published already.
    /// - Throws: ``MigrationFailure`` for whatever the run itself would fail with.
    public func rehearse() async throws(MigrationFailure) -> [DatabaseName] {
        do {
            let target = try openTarget()
            let facts = try ServerFacts(reading: target)
            if let stamp = try PublishedState(target: facts, settings: settings).stamp {
                report(.alreadyPublished(databases: stamp.databases, at: stamp.publishedAt))
                return []
            }
            try requireSource()
            let source = try openSource()
            let survey = try await survey(source: source, target: target, targetFacts: facts)
            let run = Run(survey: survey, control: try control(for: survey, target: target, kind: .rehearsal))
            _ = try await requirePreflight(survey, source: source, target: target)
            let activity = try await SourceActivity.read(survey.databases.map(\.name), sessions: survey.sessions, lanes: settings.workers)
            if try run.control.hasRehearsal() { try dropOutdated(activity, run: run, target: target) }
            let sealed = try await copy(run)
            try run.control.recordActivity(activity)
            return sealed.map(\.facts.name)
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }

    /// Looks for copies of a rehearsal that are not worth checking any more.
    func dropOutdated(_ run: Run, target: Connection) async throws {
        guard try run.control.hasRehearsal() else { return }
        let activity = try await SourceActivity.read(run.databases.map(\.name), sessions: run.sessions, lanes: settings.workers)
        try dropOutdated(activity, run: run, target: target)
    }

    /// Makes room for copies that are up to date, where a rehearsal's are known not to be.
    private func dropOutdated(_ activity: SourceActivity, run: Run, target: Connection) throws {
        let dropped = try run.control.dropOutdated(activity, identity: run.identity, maintenance: target)
        if !dropped.isEmpty { report(.outdated(databases: dropped)) }
    }
}
