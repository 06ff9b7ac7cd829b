import MigrationSpec
import YAMLTree

/// How to point each workflow to the new database: by its chart if it has one, else by its object.
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

            \(Markdown.shell(workflows.map(commands).joined()))
            \(copies)
            """
    }

    private var advice: String {
        migration.targetService == nil
            ? "The charts know no URL: give the patch to what keeps the SonataFlow object, or apply it by hand, again after "
                + "each `helm upgrade`."
            : "By its chart\(namesEveryChart ? "" : ", which you name in `CHART` where the config does not"); a SonataFlow object that "
                + "comes from no chart takes the patch beside it."
    }

    private var namesEveryChart: Bool { migration.orchestrator.workflows.allSatisfy { $0.chart != nil } }

    private func commands(_ workflow: Migration.Workflow) -> ShellLine {
        let names = WorkflowFiles(workflow, of: migration)
        let patch: ShellLine =
            "kubectl -n \(workflow.namespace) patch sonataflow \(workflow.name) --type merge --patch-file \(WorkflowFiles.folder + "/" + names.patch)"
        guard migration.targetService != nil else { return patch }
        let chart: ShellLine = workflow.chart.map { "\($0)" } ?? "\"${CHART:?}\""
        return """
            helm -n \(workflow.namespace) upgrade \(workflow.release) \(chart) --reuse-values -f \(WorkflowFiles.folder + "/" + names.chartValues)
            # \(patch)
            """
    }

    /// How to copy the Secret, since a pod can read only those of its own namespace.
    private var copies: String {
        let others = Set(migration.orchestrator.workflows.map(\.namespace)).subtracting([migration.namespace]).sorted()
        guard !others.isEmpty else { return "" }
        return
            "\nThe Secret `\(migration.credentials.secretName)` must be in \(others.map { "`\($0)`" }.joined(separator: ", ")) "
            + "too, and NetworkPolicies must let workflows there reach the database.\n"
    }
}
