import MigrationSpec
import YAMLTree

/// A part of the runbook with a heading of its own, written for one migration.
protocol RunbookChapter: SendableMetatype {
    init(_ facts: RunbookFacts)
    /// Markdown that ends in a line break; empty where the migration's phase has no use for the chapter.
    var text: String { get }
}

/// `README.md` of the output folder: what to do, in which order, and what to look at.
struct Runbook {
    let facts: RunbookFacts

    /// In the order in which they are read.
    private static let chapters: [any RunbookChapter.Type] = [
        IntroductionChapter.self, GraphChapter.self, RolesChapter.self, EngineChapter.self, PreparationChapter.self,
        StagesChapter.self, WorkflowsChapter.self, UsersChapter.self, WaitingChapter.self, RetryChapter.self,
        GoingBackChapter.self,
        ToolsChapter.self, NextPhaseChapter.self, CleanUpChapter.self, TroubleshootingChapter.self,
    ]

    var file: RenderedFile {
        let texts = Self.chapters.map { chapter -> String in
            let text = chapter.init(facts).text
            // Exactly one blank line before the next heading, whatever the chapter ended with.
            return text.isEmpty ? "" : "\(text[...(text.lastIndex { !$0.isNewline } ?? text.startIndex)])\n"
        }
        return RenderedFile(
            path: "README.md", bytes: Array(texts.filter { !$0.isEmpty }.joined(separator: "\n").utf8))
    }
}
