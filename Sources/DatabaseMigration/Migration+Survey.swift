import JobContract
import PostgresClient

/// What an attempt begins with: the facts of both servers, and its place among other attempts.
extension Migration {
    /// What is known once both servers have been looked at.
    struct Survey: Sendable {
        var identity: MigrationIdentity
        var sessions: Sessions
        var source: ServerFacts
        var target: ServerFacts
        var databases: [DatabaseFacts]
        var programs: ClientPrograms
        var rights: SchemaRights
        /// Who may do what with each database of the source as a whole.
        var access: [DatabaseName: DatabaseAccess]
    }

    /// An attempt that holds its lock.
    struct Run {
        var survey: Survey
        var control: ControlDatabase
        /// Bytes of the widest row of tables that have wide ones; empty before the preflight.
        var widths: [DatabaseName: [RelationName: Int]] = [:]
        /// Databases that are renamed at the target to make room.
        var asides: [SetAsideDatabase] = []
        let memory = MemoryBudget()
        var budget: SessionBudget
        /// Whether workers mostly wait for the target. It is measured here, so that no fence stands meanwhile.
        let isTargetDistant: Bool

        init(survey: Survey, control: ControlDatabase, settings: JobSettings) {
            (self.survey, self.control) = (survey, control)
            budget = SessionBudget(settings, survey: survey)
            // Whoever uses the connection next reports what is wrong with it.
            isTargetDistant = (try? Self.isDistant(control.connection)) ?? false
        }

        /// Whether a server takes more than 2 ms to answer. The soonest of several answers counts, since a server that is
        /// busy is not distant.
        private static func isDistant(_ connection: Connection) throws(PostgresError) -> Bool {
            for _ in 0..<5 {
                let clock = ContinuousClock.now
                try connection.execute("SELECT 1")
                if clock.secondsUntilNow <= 0.002 { return false }
            }
            return true
        }

        var identity: MigrationIdentity { survey.identity }
        var sessions: Sessions { survey.sessions }
        var databases: [DatabaseFacts] { survey.databases }
    }

    func survey(source: Connection, target: Connection, targetFacts: ServerFacts) async throws -> Survey {
        let facts = try await sourceFacts(source)
        for (side, facts) in [("source", facts), ("target", targetFacts)] {
            guard !facts.isStandby else {
                throw MigrationFailure(
                    .personMustAct, "\(facts.place): this is a replica, on which nothing can be written or fenced",
                    advice: "Name the primary server as the \(side).")
            }
            guard !facts.isBehindPooler else {
                throw MigrationFailure(
                    .personMustAct,
                    "\(facts.place): something between the Job and the \(side) hands sessions around, a connection pooler for instance",
                    advice: PostgresError.NotConnected.pooler.advice)
            }
        }
        let databases = SourceSelection(settings).select(facts.databases)
        guard !databases.isEmpty else {
            if settings.direction == .rollback {
                let absence = FormerDatabases.absence(source: facts, target: targetFacts, settings: settings)
                if absence.severity == .error {
                    throw MigrationFailure(.personMustAct, absence.message, advice: absence.advice)
                }
            }
            throw MigrationFailure(
                .personMustAct,
                "\(facts.place): no database is selected by \(settings.include.map(\.description).joined(separator: ", "))",
                advice:
                    "It has \(facts.databases.map(\.name.description).joined(separator: ", ")). Check spec.migration.include and exclude."
            )
        }
        let unnameable = databases.map(\.name).filter { $0.text.string == nil }
        guard unnameable.isEmpty else {
            throw MigrationFailure(
                .personMustAct,
                "\(facts.place): names of databases are not UTF-8, and pg_dump cannot be given them: \(unnameable.map(\.description).joined(separator: ", "))",
                advice:
                    "Rename them (ALTER DATABASE … RENAME TO), or exclude them by a pattern in spec.migration.exclude, where ? stands for such a byte."
            )
        }
        let identity = MigrationIdentity(
            namespace: settings.namespace, instance: settings.instance, generation: settings.generation,
            direction: settings.direction,
            source: facts.systemIdentifier)
        return Survey(
            identity: identity,
            sessions: sessions(name: Sessions.applicationName(of: identity, attempt: attempt)).knowing(
                source: facts, target: targetFacts),
            source: facts, target: targetFacts, databases: databases,
            programs: try await ClientPrograms.find(
                atLeast: max(facts.majorVersion, targetFacts.majorVersion), searchPath: searchPath,
                interrupt: interrupt,
                report: report),
            rights: try rights(at: target, targetFacts), access: try DatabaseAccess.read(at: source))
    }

    /// Reads the source's facts, and reads them again while a database is being dropped. Until DROP DATABASE ends, the
    /// database looks like one whose drop was broken off.
    private func sourceFacts(_ source: Connection) async throws -> ServerFacts {
        var facts = try ServerFacts(reading: source)
        for _ in 0..<5 where SourceSelection(settings).select(facts.databases).contains(where: \.isInvalid) {
            await wait(seconds: 1)
            facts = try ServerFacts(reading: source)
        }
        return facts
    }

    /// Who may make what at the target.
    func rights(at target: Connection, _ facts: ServerFacts) throws(PostgresError) -> SchemaRights {
        let hasAdministrator = settings.owner != settings.target.user
        return SchemaRights(
            ownerIsSuperuser: facts.isSuperuser && !hasAdministrator, hasAdministrator: hasAdministrator,
            made: settings.administratorObjects, trustedExtensions: try ServerFacts.trustedExtensions(at: target),
            owner: RoleName(settings.owner), privileges: settings.privileges,
            knownRoles: try ServerFacts.roles(at: target),
            representedRoles: try ServerFacts.roles(at: target, representedBy: RoleName(settings.owner)))
    }

    func control(
        for survey: Survey, target: Connection, kind: AttemptKind = .migration,
        patience: Double = ControlDatabase.patience
    ) throws -> ControlDatabase {
        guard survey.target.canCreateDatabases else {
            throw MigrationFailure(
                .personMustAct, "role \(survey.target.role) may not create databases at \(survey.target.place)",
                advice: "\("ALTER ROLE \(survey.target.role) CREATEDB" as SQL), as an administrator of the target.")
        }
        return try ControlDatabase.open(
            survey.identity, attempt: attempt, kind: kind, sessions: survey.sessions, maintenance: target,
            patience: patience, report: report)
    }
}
