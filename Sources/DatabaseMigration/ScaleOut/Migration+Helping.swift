import JobContract
import PostgresClient

/// Several pods of one Job: the one that holds the migration's lock leads, the others help it.
///
/// Only the leader opens databases, seals and publishes, so everything that is true of one pod is true of the leader. A
/// helper does tasks: it reads the source through the snapshot that the leader has exported, and its commits are on the
/// condition of the leader's epoch. When the leader dies, a helper becomes the leader and takes up what is proven.
extension Migration {
    enum Part {
        case leader(ControlDatabase)
        /// Another pod has published.
        case published(Stamp, ServerFacts)
    }

    /// Takes the lead as soon as nobody else has it; helps until then.
    func lead(_ survey: Survey, target: Connection) async throws -> Part {
        guard settings.pods > 1 else { return .leader(try control(for: survey, target: target)) }
        var hindrance = Hindrance()
        while true {
            do {
                return .leader(try control(for: survey, target: target, patience: 0))
            } catch let error {
                // A pod that publishes removes the control database, even while this one is about to look at it.
                guard
                    error is OtherAttempt || (error as? PostgresError)?.isTransient == true
                        || (error as? PostgresError)?.state == .objectInUse
                else { throw error }
            }
            let isStopped = MigrationFailure(.retry, "the run was stopped while it helped another pod")
            guard !interrupt.isRaised else { throw isStopped }
            let failure: (any Error)?
            do { failure = try await atGentlePace { await help(survey, words: hindrance.words) } } catch {
                failure = error
            }
            // Whatever ended the help may take a moment to be over.
            guard !interrupt.isRaised(within: hindrance.pause(after: failure)) else { throw isStopped }
            // A new look: the session may have gone with the server.
            let facts = try ServerFacts(reading: reach(.target))
            if case .complete(let stamp) = try PublishedState(target: facts, settings: settings) {
                return .published(stamp, facts)
            }
            // Not before: what was helped with may be done, and its database gone.
            if let finding = hindrance.finding() { report(.finding(finding)) }
        }
    }

    /// Does tasks until nobody leads any more.
    ///
    /// - Returns: the first error that has ended a worker; `nil` if there was none.
    private func help(_ survey: Survey, words: RepeatedWords) async -> (any Error)? {
        activity.begin("helping the pod that leads")
        defer { activity.begin("looking who leads") }
        var sessions = survey.sessions
        sessions.applicationName = SharedQueue.helperName(of: survey.identity, attempt: attempt)
        let (memory, report) = (MemoryBudget(), report)
        return await withTaskGroup(of: (any Error)?.self) { group in
            for number in 0..<settings.workers {
                let helper = Helper(
                    number: number, sessions: sessions, survey: survey, changes: deliberateChanges, memory: memory,
                    report: report)
                group.addTask { await helper.work { if words.areDue("helping") { report(.helping) } } }
            }
            var first: (any Error)?
            for await failure in group { first = first ?? failure }
            return first
        }
    }
}

/// What keeps a pod from helping. It is tried again and again, since it may pass, but ever more rarely.
private struct Hindrance {
    private var failure: (any Error)?
    private var seconds = shortest
    let words = RepeatedWords()

    private static let shortest = 0.25
    /// A leader that has died is to be replaced soon.
    private static let longest = 4.0

    /// - Parameter failure: of the try that has just ended, if it failed.
    /// - Returns: seconds until the next one.
    mutating func pause(after failure: (any Error)?) -> Double {
        seconds = self.failure != nil && failure != nil ? min(2 * seconds, Self.longest) : Self.shortest
        self.failure = failure
        return seconds
    }

    /// What is to be said of it now.
    mutating func finding() -> Finding? {
        guard let failure else { return nil }
        let cause = MigrationFailure(failure)
        guard words.areDue(cause.message) else { return nil }
        return .warning(
            "this pod cannot help the one that leads: \(cause)",
            "It is tried again, and the pod that leads goes on without it.")
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

    /// Works until nobody leads any more.
    ///
    /// - Parameter begun: called once there is a way to get work.
    /// - Returns: the error that has ended it before that; `nil` if there was none.
    func work(begun: () -> Void) async -> (any Error)? {
        do {
            let queue = SharedQueue(connection: try sessions.openTarget(ControlDatabase.name(of: survey.identity)))
            begun()
            while try ControlDatabase.isLocked(at: queue.connection) {
                try queue.connection.execute("BEGIN")
                guard let (id, epoch, task) = try queue.take() else {
                    try queue.connection.execute("COMMIT; SELECT pg_catalog.pg_sleep(0.1)")
                    continue
                }
                try queue.answer(id, await carryOut(task, id: id, epoch: epoch))
                try queue.connection.execute("COMMIT")
            }
            return nil
        } catch {
            return error
        }
    }

    /// The worker's sessions end with it: one that stayed in a staging database would hold up its renaming.
    private func carryOut(_ task: SharedTask, id: Int, epoch: Int) async -> SharedTask.Outcome {
        var sessions = sessions
        sessions.applicationName = SharedQueue.taskName(id, of: sessions.applicationName)
        let worker = DatabaseWorker(
            number: number,
            context: DatabaseWorker.Context(
                sessions: sessions, programs: survey.programs, identity: survey.identity, epoch: epoch,
                changes: changes,
                rights: survey.rights, splitLimit: .max, widths: [:], memory: memory,
                makesSourceFunctions: false, keepsSpares: false, roundProgress: RoundProgress(), report: report))
        return await worker.carryOut(task)
    }
}
