import JobContract
public import MigrationSpec

/// A part of the output that is applied as a whole. Its folder's name begins with its place among the stages of its
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

    /// Its place, from 1.
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

    /// What must be done before it, if it is there at all. The orchestrator needs the databases, not the cut-over.
    fileprivate func dependencies(hasDoor: Bool) -> [Stage] {
        switch self {
        case .database: []
        case .rehearsal, .copy, .localDatabase: [.database]
        // The copy waits for the new pods, which wait for it at their door.
        case .cutover where hasDoor: [.database]
        case .cutover, .orchestrator: [.copy]
        case .copyBack: [.localDatabase]
        case .cutoverBack, .orchestratorBack: [.copyBack]
        }
    }
}

extension Migration {
    /// What must be done before a stage among stages; what a missing one waits for takes its place.
    func dependencies(of stage: Stage, among stages: [Stage]) -> [Stage] {
        stage.dependencies(hasDoor: hasDoor).flatMap {
            stages.contains($0) ? [$0] : dependencies(of: $0, among: stages)
        }
    }

    /// The Argo CD sync wave of a stage's objects. Argo CD does not go on before all of a wave is healthy, so with a door the
    /// cut-over shares the copy's.
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

    /// The ports that its Job connects to; of the operator's own database the Secret says it, and it is always this one.
    var databasePorts: [Int] { Set([source.address?.port ?? 5432, target.port]).sorted() }

    /// Whether its Job keeps up with the source until a person gives the word.
    var waitsForCommand: Bool { jobStage?.command == .migrate && copy.precopy && copy.cutover == .onCommand }

    /// How many pods its Job has. A rehearsal has no fence, and so one snapshot only.
    var jobPods: Int { jobStage == .rehearsal ? 1 : copy.parallelism }

    /// How long Kubernetes lets the Job be, in seconds from its creation. Nobody knows how long before `notBefore`, or before
    /// somebody's word, that will be, so the longest wait is allowed for.
    var jobDeadlineSeconds: Int {
        let waits = (copy.notBefore != nil && jobStage?.command == .migrate) || waitsForCommand
        return copy.deadlineSeconds + (waits ? copy.longestWaitSeconds : 0)
    }
}
