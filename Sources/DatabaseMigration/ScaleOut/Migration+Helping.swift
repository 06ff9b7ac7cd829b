import JobContract
import PostgresClient

/// Several pods of one Job: the one that holds the migration's lock leads, the others help it.
///
/// Only the leader opens databases, seals and publishes, so everything that holds for one pod holds for it. A helper does
/// tasks: it sees the source by the snapshot that the leader has exported, and its commits are on the condition of
/// the leader's epoch. When the leader dies, a helper becomes the leader and takes up what is proven.
extension Migration {
    enum Part {
        case leader(ControlDatabase)
        /// Another pod has published.
        case published(Stamp, ServerFacts)
    }

    /// Takes the lead as soon as nobody else has it; helps until then.
    func lead(_ survey: Survey, target: Connection) async throws -> Part {
        guard settings.pods > 1 else { return .leader(try control(for: survey, target: target)) }
        while true {
            do {
                return .leader(try control(for: survey, target: target, patience: 0))
            } catch let error {
                // The control database goes with the publication, under whoever is about to look at it.
                guard
                    error is OtherAttempt || (error as? PostgresError)?.isTransient == true
                        || (error as? PostgresError)?.state == .objectInUse
                else { throw error }
            }
            guard !interrupt.isRaised else {
                throw MigrationFailure(.retry, "the run was stopped while it helped another pod")
            }
            try await help(survey)
            // Whatever ended the help may take a moment to be over.
            Pause.milliseconds(250)
            // A new look: the session may have gone with the server.
            let facts = try ServerFacts(reading: openTarget())
            if case .complete(let stamp) = try PublishedState(target: facts, settings: settings) {
                return .published(stamp, facts)
            }
        }
    }

    /// Does tasks until nobody leads any more.
    private func help(_ survey: Survey) async throws {
        report(.helping)
        activity.begin("helping the pod that leads")
        defer { activity.begin("looking who leads") }
        var sessions = survey.sessions
        sessions.applicationName = SharedQueue.helperName(of: survey.identity, attempt: attempt)
        let memory = MemoryBudget()
        await withTaskGroup { group in
            for number in 0..<settings.workers {
                let helper = Helper(
                    number: number, sessions: sessions, survey: survey, changes: deliberateChanges, memory: memory,
                    report: report)
                group.addTask { await helper.work() }
            }
        }
    }
}

/// One of a helping pod's workers.
private actor Helper {
    private let executor: BlockingExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let number: Int
    private let sessions: Sessions
    private let survey: Migration.Survey
    private let changes: DeliberateChanges
    private let memory: MemoryBudget
    private let report: EventSink

    init(
        number: Int, sessions: Sessions, survey: Migration.Survey, changes: DeliberateChanges, memory: MemoryBudget,
        report: @escaping EventSink
    ) {
        executor = BlockingExecutor(label: "helper \(number)")
        self.number = number
        self.sessions = sessions
        self.survey = survey
        self.changes = changes
        self.memory = memory
        self.report = report
    }

    /// Works until nobody leads any more, or the control database is gone.
    func work() async {
        do {
            let queue = SharedQueue(connection: try sessions.openTarget(ControlDatabase.name(of: survey.identity)))
            while try queue.hasLeader() {
                try queue.connection.execute("BEGIN")
                guard let (id, epoch, task) = try queue.take() else {
                    try queue.connection.execute("COMMIT; SELECT pg_catalog.pg_sleep(0.1)")
                    continue
                }
                try queue.answer(id, await carryOut(task, epoch: epoch))
                try queue.connection.execute("COMMIT")
            }
        } catch {
            // Whoever leads next, this pod included, sees what is left; what stands in the way shows there.
        }
    }

    /// The worker's sessions end with it: one that stayed in a staging database would hold up its renaming.
    private func carryOut(_ task: SharedTask, epoch: Int) async -> SharedTask.Outcome {
        let worker = DatabaseWorker(
            number: number,
            context: DatabaseWorker.Context(
                sessions: sessions, programs: survey.programs, identity: survey.identity, epoch: epoch,
                changes: changes,
                rights: survey.rights, splitLimit: .max, widths: [:], memory: memory, pace: nil,
                usesVisibilityMap: false, keepsSpares: false, report: report))
        return await worker.carryOut(task)
    }
}
