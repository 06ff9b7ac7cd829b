import JobContract
public import MigrationSpec

/// When a person commits values that were edited in place. An engine that reads them from git applies them at once.
public struct HelmCommit {
    public enum Moment: Sendable {
        /// Together with the output folder, since the gate holds back the new pods.
        case withFolder
        /// Once the chart's own database is annotated so that Helm keeps it.
        case afterKeeping
        /// Once everything is published, since no gate holds back what the values change.
        case afterJob
    }

    /// The edited file.
    public let file: String
    public let moment: Moment
    /// The number of the stage whose chapter says what comes first.
    public let stage: Int

    /// - Returns: `nil` where no values are edited.
    public init?(_ migration: Migration) {
        guard migration.cutover == .inPlace, let release = migration.helm, let file = release.fileNames.last,
            let stage = migration.crStage, stage != .localDatabase
        else { return nil }
        self.file = file
        self.stage = stage.number
        moment =
            if migration.phase == .done {
                .withFolder
            } else if release.hasOrchestrator || migration.gate == .none || release.strategyWithDowntime != nil {
                .afterJob
            } else {
                release.runsDatabase && stage == .cutover ? .afterKeeping : .withFolder
            }
    }

    /// Whether the output folder is committed first, alone.
    public var isLater: Bool { moment != .withFolder }
}
