import MigrationSpec

/// The one-shot Jobs of `tools/`.
struct ToolsChapter: RunbookChapter {
    private let facts: RunbookFacts

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        let tools = ToolJobs.list(for: facts.migration)
        guard !tools.isEmpty else { return "" }
        let rows = tools.map { [Markdown.code(facts.commands.run($0)), purpose($0)] }
        return """
            ## Tools

            Each makes a new Job with the settings of the one above and shows its log. They go by themselves after a day, and no \
            engine applies them.

            \(Markdown.table(["command", "what it does"], rows))
            """
    }

    private func purpose(_ tool: ToolJobs.Tool) -> String {
        switch tool {
        case .status:
            "says what state things are in: copying, keeping up and how far behind, published, fenced since when"
        case .statusJSON: "says the state as data, for `rehome fleet`"
        case .report:
            facts.phase == .prepare
                ? "writes the rehearsal's report: what was copied and compared, how long it took, how long the fence would stand"
                : "writes the report for the change board: what moved, both sides' hashes, who fenced when and for how long"
        case .cutoverNow: "gives the word: the fence falls, and everything is published"
        case .release: "lifts the fence of an attempt that was killed"
        case .releaseEvenIfPublished:
            "lifts the fence although everything is published, to go back without what was written since"
        case .verify:
            "compares every published database with its source, row by row; before the cut-over, since both differ afterwards"
        case .after:
            "checks the cut-over: sessions at the new place, none at the old, no stuck lock, the catalog complete"
        case .renameSchemas:
            "gives the orchestrator's schemas the names under which its services look for them; run what compares both sides before"
        case .clean: "drops what unpublished attempts have left; never anything published"
        }
    }
}
