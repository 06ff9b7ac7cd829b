import JobContract
import PostgresClient

/// What a person may want to know or undo around a migration.
public actor Maintenance {
    private let executor = BlockingExecutor(label: "maintenance")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let settings: JobSettings
    let sessions: Sessions
    let interrupt: Interrupt

    /// - Parameters:
    ///   - settings: the Job's.
    ///   - interrupt: ends what is under way when raised.
    ///   - connectTimeout: seconds.
    public init(settings: JobSettings, interrupt: Interrupt, connectTimeout: Double = 20) {
        (self.settings, self.interrupt) = (settings, interrupt)
        var sessions = Sessions(settings, applicationName: "rehome/maintenance", interrupt: interrupt)
        sessions.connectTimeout = connectTimeout
        self.sessions = sessions
    }

    // MARK: Release

    /// Lifts the fence from the source.
    ///
    /// - Parameter evenIfPublished: whether to let writes into databases that have been left for good.
    /// - Returns: the databases that were fenced, and whether the server's configuration was restored as well.
    /// - Throws: ``MigrationFailure`` if the databases are published and `evenIfPublished` is false, if an attempt is
    ///   running, or if a server cannot be asked.
    public func release(evenIfPublished: Bool) throws(MigrationFailure) -> (
        databases: [DatabaseName], configuration: Bool
    ) {
        do {
            let target = try sessions.openTarget(DatabaseName(settings.target.database))
            let facts = try ServerFacts(reading: target)
            var previous: [DatabaseName: ByteText?] = [:]
            if let stamp = try PublishedState(target: facts, settings: settings).stamp, !evenIfPublished {
                throw MigrationFailure(
                    .personMustAct,
                    "the databases were published at \(stamp.publishedAt); what is written at the source now is lost to Backstage",
                    advice: "Release the fence with --even-if-published, if you are going back.")
            }
            for database in facts.databases {
                if case .published(let stamp)? = DatabaseMark(comment: database.comment),
                    stamp.migration.matches(settings)
                {
                    previous[stamp.database] = .some(stamp.fencedFrom)
                }
            }
            var (controls, usesConfiguration): ([Connection], Bool) = ([], false)
            for control in try openControls(facts.databases) {
                try requireNoAttempt(at: control)
                controls.append(control)
                let before = try ControlDatabase.settingsBeforeFence(at: control)
                previous.merge(before.databases) { $1 }
                usesConfiguration = usesConfiguration || before.usesConfiguration
            }
            guard settings.hasSource else {
                throw MigrationFailure(
                    .personMustAct, "the source's credentials are absent",
                    advice: "Set REHOME_SOURCE_HOST, _USER and _PASSWORD.")
            }
            let source = try sessions.openSource(DatabaseName(settings.source.database))
            let fenced = try selected(at: source).filter { $0.readOnlySetting == "on" }.map(\.name)
            var before = SettingsBeforeFence(usesConfiguration: usesConfiguration)
            // Without a record the setting was not set before: Backstage could write to its database.
            for name in fenced { before.databases[name] = .some(previous[name] ?? nil) }
            try Fence.lift(before, at: source)
            for control in controls { try control.execute("DELETE FROM rehome.fence") }
            return (fenced, usesConfiguration)
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }

    // MARK: Clean

    /// Drops what unpublished attempts have left at the target. Published databases are never touched.
    ///
    /// - Returns: the names of what was dropped.
    /// - Throws: ``MigrationFailure`` if an attempt is running, if the source is still fenced, or if the target cannot
    ///   be asked.
    public func clean() throws(MigrationFailure) -> [DatabaseName] {
        do {
            let target = try sessions.openTarget(DatabaseName(settings.target.database))
            let databases = try DatabaseFacts.read(target)
            var dropped: [DatabaseName] = []
            for control in try openControls(databases) {
                try requireNoAttempt(at: control)
                let fenced = try control.query("SELECT count(*) FROM rehome.fence").integer ?? 0
                guard fenced == 0 else {
                    throw MigrationFailure(
                        .personMustAct,
                        "\(fenced) databases of the source are still fenced, and \(control.place) holds what their setting was",
                        advice: "Run 'rehome-job release' first.")
                }
                try ReplicaRole.release(from: sessions.owner, control: control)
            }
            for (name, mark) in marks(databases) {
                switch mark {
                case .published, .setAside: continue
                case .control, .loading, .sealed: break
                }
                if databases.contains(where: { $0.name == name && $0.isInvalid }) {
                    try DatabaseDrop.finish(name, at: target)
                } else {
                    try DatabaseDrop.run(name, at: target)
                }
                dropped.append(name)
            }
            return dropped
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }

    // MARK: Shared

    /// Sessions in this migration's control databases. Nobody can connect to one whose DROP DATABASE was broken off, so
    /// those are left out.
    func openControls(_ databases: [DatabaseFacts]) throws -> [Connection] {
        try marks(databases.filter { !$0.isInvalid }).compactMap { name, mark in
            guard case .control = mark else { return nil }
            return try ControlDatabase.openExisting(name, sessions: sessions)
        }
    }

    /// The databases that bear a mark of this migration, control database last.
    func marks(_ databases: [DatabaseFacts]) -> [(DatabaseName, DatabaseMark)] {
        let ours = databases.compactMap { database -> (DatabaseName, DatabaseMark)? in
            guard let mark = DatabaseMark(comment: database.comment) else { return nil }
            let identity: MigrationIdentity =
                switch mark {
                case .control(let identity), .loading(let identity, _), .sealed(let identity, _, _),
                    .setAside(let identity, _, _):
                    identity
                case .published(let stamp): stamp.migration
                }
            // One that somebody has renamed is somebody's now, whatever its comment says.
            let ownName: DatabaseName =
                switch mark {
                case .control: ControlDatabase.name(of: identity)
                case .loading(_, let database), .sealed(_, let database, _):
                    StagingDatabase(identity: identity, database: database).name
                case .published(let stamp): stamp.database
                case .setAside(let identity, let database, _):
                    SetAsideDatabase.newName(of: database, identity: identity)
                }
            return identity.matches(settings) && database.name == ownName ? (database.name, mark) : nil
        }
        let isControl = { (mark: DatabaseMark) in if case .control = mark { true } else { false } }
        return ours.filter { !isControl($0.1) } + ours.filter { isControl($0.1) }
    }

    private func requireNoAttempt(at control: Connection) throws {
        guard try !ControlDatabase.isLocked(at: control) else {
            throw MigrationFailure(
                .retry, "an attempt of this migration is running", advice: "Delete its Job, or wait until it ends.")
        }
    }

    func selected(at source: Connection) throws -> [DatabaseFacts] {
        SourceSelection(settings).select(try DatabaseFacts.read(source))
    }
}
