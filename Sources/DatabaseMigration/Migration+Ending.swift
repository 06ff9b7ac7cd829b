import JobContract
import PostgresClient

/// How a run ends that has nothing to copy, or that failed.
extension Migration {
    func found(_ stamp: Stamp, in facts: ServerFacts, target: Connection) -> Published {
        report(.alreadyPublished(databases: stamp.databases, at: stamp.publishedAt))
        return Published(stamp: stamp, at: facts)
    }

    /// The failure of a run at a target that was published and left again. An engine may have made the Job again, and
    /// the Job must not open the gate to databases that nobody works on any more.
    static func left(_ stamp: Stamp, at target: ServerFacts) -> MigrationFailure {
        MigrationFailure(
            .personMustAct,
            "\(target.place): \(stamp.migration.namespace)/\(stamp.migration.instance) was published here at \(stamp.publishedAt), "
                + "but the databases are fenced since: a migration away from here has begun or is done",
            advice: "Nothing was changed, and no receipt is left. To come here again, raise spec.migration.generation.")
    }

    /// Ends a run whose settings choose other databases than were published. What is missing is named, and never copied
    /// on top.
    func otherPlan(_ stamp: Stamp, targetFacts: ServerFacts, target: Connection) throws -> Published {
        try requireSource()
        let facts = try ServerFacts(reading: openSource())
        let wanted =
            SourceSelection(settings).select(facts.databases).map(\.name)
            + settings.emptyDatabases.map { DatabaseName($0) }
        let missing = wanted.filter { !stamp.databases.contains($0) }
        guard missing.isEmpty else {
            throw MigrationFailure(
                .personMustAct,
                "\(stamp.migration.namespace)/\(stamp.migration.instance) was published at \(stamp.publishedAt), and the plan has changed since: "
                    + "\(missing.map(\.description).joined(separator: ", ")) would be new",
                advice:
                    "Exclude them, or raise spec.migration.generation to copy everything again to a target without these databases."
            )
        }
        return found(stamp, in: targetFacts, target: target)
    }

    /// Puts the source back as it was and says what is left at the target.
    func retreat(from run: Run, source: Connection, after error: any Error) async -> MigrationFailure {
        if error is OutcomeUnknown {
            return MigrationFailure(
                .retry,
                "\(run.survey.target.place): the connection broke while the publishing transaction was being committed, and what became of it could not be learnt",
                advice: "The source stays fenced. The next attempt finds out; nothing is lost either way.")
        }
        var failure = MigrationFailure(error)
        let sessions = run.sessions.forRetreat()
        do {
            try retreat(run, source: source, sessions: sessions)
        } catch {
            failure.message += ". The fence at the source could not be lifted either: \(error)"
            failure.advice =
                (failure.advice.map { $0 + " " } ?? "") + "Run 'rehome-job release' once the source can be reached."
        }
        if let target = try? sessions.openTarget(DatabaseName(settings.target.database)),
            let facts = try? DatabaseFacts.read(target)
        {
            let left = facts.map(\.name).filter {
                $0.text.hasPrefix(StagingDatabase.prefix(of: run.identity)) || $0 == run.control.name
            }
            if !left.isEmpty { report(.leftOver(databases: left)) }
        }
        return failure
    }

    /// Lifts the fence of this attempt, which goes on.
    func liftFence(_ run: Run, source: Connection) throws {
        guard settings.fence else { return }
        let before = try ControlDatabase.settingsBeforeFence(at: run.control.connection)
        guard !before.isEmpty else { return }
        try Fence.lift(before, at: source)
        hasRestoredConfiguration = hasRestoredConfiguration || before.usesConfiguration
        try run.control.connection.execute("DELETE FROM rehome.fence")
        settingsBeforeFence = SettingsBeforeFence()
        report(.fenceLifted(databases: before.databases.keys.sorted()))
    }

    /// Lifts the fence that a dead attempt has left: this attempt copies everything before its own fence.
    func liftFenceOfDeadAttempt(_ run: Run, source: Connection) throws {
        guard settings.fence, try !run.control.fenceRecords().isEmpty else { return }
        try FenceLock(identity: run.identity).take(at: source, ending: .anybody)
        try liftFence(run, source: source)
    }

    /// Restores the source's configuration, once everything is published and the sessions from before the fence have
    /// ended. The databases stay fenced by settings of their own. What goes wrong is reported, and is no failure.
    ///
    /// - Parameter source: a session with the source; `nil` for a new one.
    /// - Returns: whether it is as it was before.
    @discardableResult
    func restoreConfiguration(control: Connection, source: Connection?) -> Bool {
        do {
            guard try ControlDatabase.settingsBeforeFence(at: control).usesConfiguration else { return true }
            try requireSource()
            try OpenSessionFence.lift(
                at: source ?? sessions(name: firstName).openSource(DatabaseName(settings.source.database)))
            try control.execute("UPDATE rehome.fence SET uses_configuration = false")
            return true
        } catch {
            report(
                .finding(
                    .warning(
                        "the source's configuration may still make sessions of its whole server read-only: \(MigrationFailure(error).message)",
                        "Run the Job again, or ALTER SYSTEM RESET default_transaction_read_only at the source, and then SELECT pg_reload_conf()."
                    )))
            return false
        }
    }

    private func retreat(_ run: Run, source: Connection, sessions: Sessions) throws {
        var before = settingsBeforeFence
        let control = try? ControlDatabase.openExisting(run.control.name, sessions: sessions)
        if let control {
            // A newer attempt holds the fence now; it is not this one's to lift.
            let newest = try control.query("SELECT max(epoch) FROM rehome.attempt").integer
            guard newest == run.control.epoch else { return }
            giveBackRights(at: control)
            guard settings.fence else { return }
            before.merge(try ControlDatabase.settingsBeforeFence(at: control))
        }
        guard !before.isEmpty else { return }
        try Fence.lift(before, at: fenceOwner(run, source: source, isNewest: control != nil, sessions: sessions))
        try control?.execute("DELETE FROM rehome.fence WHERE attempt = \(literal: attempt)")
        report(.fenceLifted(databases: before.databases.keys.sorted()))
    }

    /// A session at the source that may lift the fence, whatever other attempts do.
    ///
    /// - Parameter isNewest: whether the target has just said that no newer attempt has begun.
    private func fenceOwner(_ run: Run, source: Connection, isNewest: Bool, sessions: Sessions) throws -> Connection {
        let lock = FenceLock(identity: run.identity)
        // A session that is still open needs no password, should that have been changed.
        if (try? source.takeOver(with: sessions.interrupt)) != nil, (try? lock.isHeld(by: source)) == true {
            return source
        }
        guard isNewest else {
            throw MigrationFailure(
                .retry,
                "the target does not answer, and the session that held the fence is gone, so a newer attempt may have begun and rely on the fence"
            )
        }
        let connection = try sessions.openSource(DatabaseName(settings.source.database))
        try lock.take(at: connection, ending: .attempt(named: firstName))
        return connection
    }

    /// Removes the control database, which has done its work once everything is published. If another pod is still
    /// connected to it, that pod removes it when it finds the stamps.
    ///
    /// To be called after the receipt is left, since dropping a database makes the server write out all that it holds
    /// in memory. What cannot be removed is reported, and is no failure.
    public func cleanUp(after published: Published) {
        let name = ControlDatabase.name(of: published.identity)
        guard let target = try? sessions(name: firstName).openTarget(DatabaseName(settings.target.database)),
            let facts = try? DatabaseFacts.read(target).first(where: { $0.name == name }),
            case .control(published.identity)? = DatabaseMark(comment: facts.comment)
        else { return }
        if facts.isInvalid {
            if (try? DatabaseDrop.finish(name, at: target)) == nil { report(.leftOver(databases: [name])) }
            return
        }
        // An attempt that died after its COMMIT could not undo what was only for the time of the move, so this one does.
        guard let control = try? ControlDatabase.openExisting(name, sessions: sessions(name: firstName)),
            giveBackRights(at: control), restoreConfiguration(control: control, source: nil)
        else {
            return report(.leftOver(databases: [name]))
        }
        // Our own session is the last in it: FORCE ends only sessions that this role may end.
        if (try? DatabaseDrop.run(name, at: target)) == nil { report(.leftOver(databases: [name])) }
    }
}
