import JobContract
import PostgresClient

/// How a rehearsal ended.
public enum Rehearsed: Sendable {
    case databases([DatabaseName])
    /// There was nothing to rehearse.
    case published(Published)
}

extension Migration {
    /// Rounds that a rehearsal makes, so that its report can say how long the fence would stand.
    private static let rehearsedRounds = 3

    /// Copies and verifies everything under temporary names, without a fence, and publishes nothing.
    ///
    /// The source may be written to meanwhile, since each database is copied as one snapshot shows it. The run that
    /// follows takes up what a rehearsal leaves. It checks each table against the source before its fence, and copies
    /// those again that have changed.
    ///
    /// - Returns: the databases that were rehearsed, or what is published already.
    /// - Throws: ``MigrationFailure`` for whatever the run itself would fail with before its fence.
    public func rehearse() async throws(MigrationFailure) -> Rehearsed {
        let telling = tellActivity()
        defer { activity.end(telling) }
        do {
            let target = try openTarget()
            let facts = try ServerFacts(reading: target)
            if let stamp = try PublishedState(target: facts, settings: settings).stamp {
                report(.alreadyPublished(databases: stamp.databases, at: stamp.publishedAt))
                return .published(Published(stamp: stamp, at: facts))
            }
            try requireSource()
            let source = try openSource()
            activity.begin("looking at both servers")
            let survey = try await atGentlePace {
                try await self.survey(source: source, target: target, targetFacts: facts)
            }
            var run = Run(
                survey: survey, control: try control(for: survey, target: target, kind: .rehearsal), settings: settings)
            run.widths = try await atGentlePace {
                try await requirePreflight(survey, source: source, target: target).widths
            }
            try workAsReplica(&run)
            defer {
                // However the rehearsal ended, even if it was stopped.
                if let control = try? ControlDatabase.openExisting(
                    run.control.name, sessions: run.sessions.forRetreat())
                {
                    giveBackRights(at: control)
                }
            }
            try await atGentlePace {
                try await bringUp(run.databases, run: run, source: source)
                for _ in 0..<Self.rehearsedRounds {
                    report(.round(try await round(of: Array(followers.values), source: source)))
                }
            }
            let rehearsed = followers.keys.sorted()
            activity.begin("keeping what was rehearsed")
            try await keepRehearsal(run)
            for follower in followers.values { await follower.close() }
            try run.control.recordRehearsal()
            return .databases(rehearsed)
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }
}
