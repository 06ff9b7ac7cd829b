public import MigrationSpec

/// The stages of a rendered tree at a glance: what each is, who applies it, and when it is done.
public struct StageOverview: Sendable {
    public struct Row: Sendable, Equatable {
        /// The stage's folder, whether or not it has files.
        public var stage: String
        public var content: String
        public var application: String
        public var end: String
    }

    public let rows: [Row]

    /// - Parameters:
    ///   - migration: what was rendered.
    ///   - files: the tree. A stage without files is left out.
    public init(_ migration: Migration, files: [RenderedFile]) {
        rows = migration.stages.filter { stage in
            stage.changesCR || files.contains { $0.path.hasPrefix(stage.folder + "/") }
        }.map { stage in
            Row(
                stage: stage.folder, content: Self.content(of: stage, migration),
                application: Self.application(of: stage, migration), end: Self.end(of: stage, migration))
        }
    }

    /// Aligned, one row a line.
    public var lines: [String] {
        let cells = rows.map { [$0.stage, $0.content, $0.application, $0.end] }
        let widths = (0..<4).map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let padded = row.enumerated().map { column, text in
                column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count)
            }
            return "  " + padded.joined(separator: "  ")
        }
    }

    private static func content(of stage: Stage, _ migration: Migration) -> String {
        switch stage {
        case .database:
            switch migration.target.kind {
            case .statefulSet, .cloudNativePG: "the new database and its Secrets"
            case .external, .operated: "Secrets for the new database"
            }
        case .rehearsal: "a copy that publishes nothing"
        case .copy: "the copy"
        case .copyBack: "the copy back"
        case .cutover where migration.phase == .done: "Backstage, without the gate"
        case .cutover: "Backstage moves"
        case .localDatabase where migration.helm != nil: "the chart's own database stands by"
        case .localDatabase: "the local database rises"
        case .cutoverBack: "Backstage goes back"
        case .orchestrator, .orchestratorBack: "the orchestrator moves"
        }
    }

    private static func application(of stage: Stage, _ migration: Migration) -> String {
        if stage == .localDatabase, migration.helm != nil { return "see that it is up" }
        if stage.changesCR {
            switch (migration.cutover, migration.helm) {
            case (.inPlace, let helm?): return helm.object.map { "commit; \($0.kind.engine)" } ?? "helm upgrade"
            case (.copy, let helm?): return helm.object.map { "put in place; \($0.kind.engine)" } ?? "helm upgrade"
            case (.inPlace, nil): return "commit your file"
            case (.patch, _): return "list the component"
            case (.none, _): return "by hand"
            case (.copy, nil): break
            }
        }
        switch migration.engine {
        case .argocd?: return "Argo CD"
        case .flux?: return "Flux"
        case nil: return "kubectl apply -k"
        }
    }

    private static func end(of stage: Stage, _ migration: Migration) -> String {
        switch stage {
        case .database:
            switch migration.target.kind {
            case .statefulSet, .cloudNativePG: "done when it is ready"
            case .external, .operated: "done when they are there"
            }
        case .rehearsal, .copy, .copyBack: "done when the Job is Complete"
        case .cutover, .cutoverBack:
            migration.hasDoor ? "at once; the door waits" : "done when it has rolled out"
        case .localDatabase: "done when it is ready"
        case .orchestrator, .orchestratorBack: "done when the platform has succeeded"
        }
    }
}
