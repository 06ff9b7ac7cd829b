import MigrationSpec
import YAMLTree

/// A part of the runbook with a heading of its own, written for one migration.
protocol RunbookChapter {
    init(_ facts: RunbookFacts)
    /// Markdown that ends in a line break; empty where the migration has no use for the chapter.
    var text: String { get }
}

/// `README.md` of the output folder: what to do, in which order, and what to look at.
struct Runbook {
    let facts: RunbookFacts

    /// In the order in which they are read. A stage's chapters come between the two lists.
    private static let beforeStages: [any RunbookChapter.Type] = [
        IntroductionChapter.self, EngineChapter.self, PreparationChapter.self,
    ]
    private static let afterStages: [any RunbookChapter.Type] = [CleanUpChapter.self]

    var file: RenderedFile {
        let chapters =
            Self.beforeStages.map { $0.init(facts).text } + facts.stages.map { StageChapter(facts, stage: $0).text }
            + Self.afterStages.map { $0.init(facts).text }
        let text = chapters.filter { !$0.isEmpty }.joined(separator: "\n")
        return RenderedFile(path: "README.md", bytes: Array(text.utf8))
    }
}

/// What the chapters tell of.
struct RunbookFacts {
    let migration: Migration
    let names: RenderedNames
    /// The Job's name, hash included.
    let jobName: String
    let stages: [Stage]
    /// What the cut-over changes in the CR.
    let edits: [YAMLEdit]

    /// `kubectl` in the instance's namespace.
    var kubectl: String { "kubectl -n \(migration.namespace)" }
    var instance: String { migration.instance }
}
