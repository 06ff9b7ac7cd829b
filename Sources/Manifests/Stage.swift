import JobContract
public import MigrationSpec

/// A part of the output that is applied as a whole. Its folder's name begins with its number among the stages of its
/// phase.
public enum Stage: String, CaseIterable, Sendable {
    case database = "1-database"
    case rehearsal = "2-rehearsal"
    case copy = "2-copy"
    case cutover = "3-cutover"
    case orchestrator = "4-orchestrator"
    // The way back. The local database must be up before Backstage leaves the other one.
    case localDatabase = "2-local-database"
    case copyBack = "3-copy-back"
    case cutoverBack = "4-cutover-back"
    case orchestratorBack = "5-orchestrator-back"

    public var folder: String { rawValue }

    /// Its number among the stages of its phase, from 1.
    var number: Int { rawValue.first?.wholeNumberValue ?? 0 }

    /// What its Job is told to do; `nil` where it has none.
    var command: JobCommand? {
        switch self {
        case .rehearsal: .rehearse
        case .copy, .copyBack: .migrate
        case .database, .cutover, .orchestrator, .localDatabase, .cutoverBack, .orchestratorBack: nil
        }
    }

    /// Whether it changes the Backstage CR, wherever that lives.
    var changesCR: Bool { [.cutover, .localDatabase, .cutoverBack].contains(self) }
    var movesOrchestrator: Bool { [.orchestrator, .orchestratorBack].contains(self) }

    /// The stages that must be done before it, if the phase has them. The orchestrator needs the copy, but not the cut-over.
    fileprivate func dependencies(hasDoor: Bool) -> [Stage] {
        switch self {
        case .database: []
        case .rehearsal, .copy, .localDatabase: [.database]
        // With a door the copy waits for the new pods, and they wait for the copy.
        case .cutover where hasDoor: [.database]
        case .cutover, .orchestrator: [.copy]
        case .copyBack: [.localDatabase]
        case .cutoverBack, .orchestratorBack: [.copyBack]
        }
    }
}

extension Migration {
    /// The stages that must be done before a stage. If one of them is missing, those that it depends on take its place.
    func dependencies(of stage: Stage, among stages: [Stage]) -> [Stage] {
        stage.dependencies(hasDoor: hasDoor).flatMap {
            stages.contains($0) ? [$0] : dependencies(of: $0, among: stages)
        }
    }

    /// The Argo CD sync wave of a stage's objects. Argo CD goes on only when all of a wave is healthy, so with a door
    /// the cut-over is in the same wave as the copy.
    func wave(of stage: Stage) -> Int {
        hasDoor && stage == .cutover ? wave(of: .copy) : (stage.number - 1) * 10
    }

    /// The stages of its phase, in order, whether or not there is a folder for each.
    public var stages: [Stage] {
        let stages: [Stage] =
            switch (phase, rollbackStep) {
            case (.prepare, _): [.database, .rehearsal]
            case (.migrate, _): [.database, .copy, .cutover, .orchestrator]
            case (.done, _): [.database, .cutover, .orchestrator]
            case (.rollback, .copyBack): [.database, .localDatabase, .copyBack]
            case (.rollback, .cutoverBack): [.database, .copyBack, .cutoverBack, .orchestratorBack]
            }
        return hasOrchestrator ? stages : stages.filter { !$0.movesOrchestrator }
    }

    /// The stage with a Job, if its phase has one.
    var jobStage: Stage? { stages.first { $0.command != nil } }
    /// The stage that changes the CR, if its phase has one.
    var crStage: Stage? { stages.first(where: \.changesCR) }

    /// Whether its phase changes the team's own files.
    public var editsInPlace: Bool { cutover == .inPlace && crStage != nil }

    var direction: Direction { phase == .rollback ? .rollback : .forward }

    /// Whether its Job leaves the receipt by itself.
    var jobLeavesReceipt: Bool { gate == .job && jobStage?.command == .migrate }

    /// Whether its Job leaves a report beside the receipt, whoever leaves that.
    var jobLeavesReport: Bool { copy.report && jobStage?.command == .migrate }

    /// Whether its Job talks to the API.
    var jobNeedsAPI: Bool { jobLeavesReceipt || jobLeavesReport }

    /// The ports that its Job connects to. That of the operator's own database is in its Secret, and is always 5432.
    var databasePorts: [Int] { Set([source.address?.port ?? 5432, target.port]).sorted() }

    /// Whether its Job keeps up with the source until a person gives the word.
    var waitsForCommand: Bool { jobStage?.command == .migrate && copy.precopy && copy.cutover == .onCommand }

    /// How many pods its Job has. A rehearsal has no fence, and so one snapshot only.
    var jobPods: Int { jobStage == .rehearsal ? 1 : copy.parallelism }

    /// The Job's deadline, in seconds from its creation. How long the wait for `notBefore` or for a person's command
    /// will be is not known, so the longest one is allowed for.
    var jobDeadlineSeconds: Int {
        let waits = (copy.notBefore != nil && jobStage?.command == .migrate) || waitsForCommand
        return copy.deadlineSeconds + (waits ? copy.longestWaitSeconds : 0)
    }
}
