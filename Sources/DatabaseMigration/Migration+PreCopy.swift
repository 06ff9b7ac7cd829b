import JobContract
import PostgresClient

/// Everything that is copied before the source is fenced.
extension Migration {
    /// Copies databases and verifies them, each as one snapshot shows it, and hands each to a follower.
    ///
    /// Meanwhile rounds renew old snapshots: of databases that are done, of those whose indexes are being built, and of
    /// those that are still being read, unless what reads them cannot pause (docs/live.md).
    func bringUp(_ databases: [DatabaseFacts], run: Run, source: Connection) async throws {
        try takeMark(at: source)
        let isDistant = run.isTargetDistant
        let queue = WorkQueue(
            databases: databases, restarts: restarts, openLimit: run.budget.openDatabases, workers: settings.workers,
            isSourceScarce: { [pace] in pace.isScarce },
            othersWait: { [pace] in isDistant || pace.hasBeenSlow })
        let context = workerContext(run)
        let (interrupt, sessions, identity) = (interrupt, run.sessions, run.identity)
        await withTaskGroup { group in
            if settings.pods > 1 {
                let dispatcher = TaskDispatcher(
                    identity: run.identity, sessions: run.sessions, control: run.control.name, epoch: run.control.epoch,
                    interrupt: interrupt, report: report)
                group.addTask { await dispatcher.serve(queue) }
            }
            group.addTask { await self.reportProgress(of: queue, sessions: sessions, identity: identity) }
            group.addTask { await self.renewOldSnapshots(queue, sessions: sessions) }
            for number in 0..<settings.workers + run.budget.extraWorkers {
                let worker = DatabaseWorker(number: number, context: context)
                group.addTask {
                    while let work = await queue.next(for: number) {
                        do {
                            await queue.completed(work.item, try await worker.perform(work))
                        } catch {
                            await queue.fail(error)
                            // This wakes the other workers, which wait for their servers.
                            interrupt.raise()
                        }
                    }
                }
            }
        }
        if let failure = await queue.failure { throw failure }
        for (name, follower) in await queue.followers where !outdated.contains(name) { followers[name] = follower }
        restarts.merge(await queue.restarts) { _, new in new }
    }

    private func workerContext(_ run: Run) -> DatabaseWorker.Context {
        DatabaseWorker.Context(
            sessions: run.sessions, programs: run.survey.programs, identity: run.identity, epoch: run.control.epoch,
            changes: deliberateChanges, rights: run.survey.rights, splitLimit: settings.splitLimit, widths: run.widths,
            memory: run.memory, makesSourceFunctions: settings.sourceFunctions == .auto,
            keepsSpares: run.budget.keepsSpares, roundProgress: roundProgress, report: report)
    }

    var deliberateChanges: DeliberateChanges {
        DeliberateChanges(
            clearsTickets: settings.clearTaskTickets, acceptsGeneratedColumns: settings.acceptGeneratedDifferences)
    }

    /// Renews old snapshots while other databases are copied: they make the source slow (docs/live.md).
    private func renewOldSnapshots(_ queue: WorkQueue, sessions: Sessions) async {
        guard settings.precopy else { return }
        var connection: Connection?
        var pause = 0.5
        while await !queue.isOver, !interrupt.isRaised {
            await queue.end.raised(within: pause)
            guard await !queue.isOver else { return }
            await queue.reconsider()
            do {
                var old: [DatabaseFollower] = []
                for follower in await Array(queue.followers.values) + Array(followers.values)
                where !outdated.contains(follower.name) {
                    if follower.isSnapshotOld { old.append(follower) }
                }
                var oldNames: [DatabaseName] = []
                for follower in await queue.copyingFollowers where follower.isSnapshotOld {
                    oldNames.append(follower.name)
                }
                let renewals = await queue.beginRenewal(of: oldNames)
                let begun = Set(renewals.map(\.follower.name))
                pause = 0.5
                // Somebody who reads by an old snapshot is about to pause, and nobody should pause for long.
                for name in oldNames where !begun.contains(name) {
                    if await queue.isRenewalWanted(of: name) { pause = 0.05 }
                }
                guard !old.isEmpty || !renewals.isEmpty else { continue }
                let source = try connection ?? sessions.openSource(DatabaseName(settings.source.database))
                connection = source
                if !renewals.isEmpty { try await renew(renewals, in: queue, source: source) }
                if !old.isEmpty { report(.round(try await round(of: old, source: source))) }
            } catch {
                await queue.fail(error)
                interrupt.raise()
            }
        }
        // Workers that pause hear of it by nobody else.
        do { try requireGoOn() } catch { await queue.fail(error) }
    }

    /// Renews the snapshots of databases that are being copied, and has them read by the new ones from then on.
    private func renew(_ renewals: [WorkQueue.Renewal], in queue: WorkQueue, source: Connection) async throws {
        for renewal in renewals { try await renewal.follower.take(renewal.copied) }
        report(.round(try await round(of: renewals.map(\.follower), source: source)))
        for follower in renewals.map(\.follower) {
            let isOutdated = outdated.remove(follower.name) != nil
            if isOutdated { try requireRestart(of: follower.name, after: await queue.restarts) }
            await queue.endRenewal(of: follower.name, snapshot: isOutdated ? nil : await follower.exportedSnapshot)
        }
    }

    // MARK: Rights

    /// Makes the owner's sessions in staging databases fire no triggers, where the target allows it.
    func workAsReplica(_ run: inout Run) throws {
        let role = try ReplicaRole.obtain(run.sessions, control: run.control)
        run.survey.sessions.worksAsReplica = role.isAvailable
    }

    /// Takes back what the owner was given for the time of the move, by this attempt or by one that has died.
    ///
    /// - Parameter control: a session in the control database, which has the record of what was given.
    /// - Returns: whether nothing is left to be taken back.
    @discardableResult
    func giveBackRights(at control: Connection) -> Bool {
        let owner = RoleName(settings.owner)
        do {
            try ReplicaRole.release(from: owner, control: control)
            return true
        } catch {
            report(
                .finding(
                    .warning(
                        "the right to set session_replication_role could not be taken back from \(owner): \(error.message)",
                        "Run 'rehome-job clean' when the target can be reached, or \("REVOKE SET ON PARAMETER session_replication_role FROM \(owner)" as SQL), as an administrator of the target."
                    )))
            return false
        }
    }
}
