import MigrationSpec
import YAMLTree

/// How each workflow is pointed at the new database: by its chart where it has one, else by its object.
struct WorkflowsChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        let workflows = migration.orchestrator.workflows
        guard facts.stages.contains(.orchestrator), !workflows.isEmpty else { return "" }
        return """
            ## Workflows

            A workflow keeps the connection that it was deployed with, so each is told once stage \(Stage.orchestrator.number) \
            is done. \(advice)

            ```sh
            \(workflows.map(commands).joined(separator: "\n"))
            ```
            \(copies)
            """
    }

    private var advice: String {
        migration.targetService == nil
            ? "The charts know no URL: give the patch to what keeps the SonataFlow object, or apply it by hand, again after "
                + "each `helm upgrade`."
            : "By its chart; a SonataFlow object that comes from no chart takes the patch beside it."
    }

    private func commands(_ workflow: Migration.Workflow) -> String {
        let names = WorkflowFiles(workflow: workflow)
        let patch =
            "kubectl -n \(workflow.namespace) patch sonataflow \(workflow.name) --type merge --patch-file "
            + "\(WorkflowFiles.folder)/\(names.patch)"
        guard migration.targetService != nil else { return patch }
        let chart = workflow.chart.map(ShellWord.quoted) ?? "<its chart>"
        return "helm -n \(workflow.namespace) upgrade \(workflow.release) \(chart) --reuse-values -f "
            + "\(WorkflowFiles.folder)/\(names.chartValues)\n# \(patch)"
    }

    /// A pod reads Secrets of its own namespace only.
    private var copies: String {
        let others = Set(migration.orchestrator.workflows.map(\.namespace)).subtracting([migration.namespace]).sorted()
        guard !others.isEmpty else { return "" }
        return "\nThe Secret `\(migration.credentials.secretName)` must be in \(others.map { "`\($0)`" }.joined(separator: ", ")) "
            + "too, and NetworkPolicies must let workflows there reach the database.\n"
    }
}

/// A word of a shell's command line.
enum ShellWord {
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "/._-:@=".utf8.contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte >= 0x40
        }
        return isPlain ? text : "'\(text.replacing("'", with: "'\\''"))'"
    }
}
