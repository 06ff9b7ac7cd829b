import JobContract
public import MigrationSpec

/// When a person commits the values that were edited in place: whatever reads them from git acts on them at once.
public struct HelmCommit {
    public enum Moment: Sendable {
        /// With the output folder, since the gate holds the new pods.
        case withFolder
        /// Once the chart's own database has been told to stay.
        case afterKeeping
        /// Once everything is published, since no gate holds what the values change.
        case afterJob
    }

    /// The edited file.
    public let file: String
    public let moment: Moment
    /// The number of the stage that says what comes before.
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
