import JobContract
import MigrationSpec

/// What a stage's Job does, and what a person does with its log.
struct JobNotes {
    let facts: RunbookFacts
    let stage: Stage
    private var migration: Migration { facts.migration }

    var text: String { [log, window, receipt].filter { !$0.isEmpty }.joined(separator: "\n\n") }

    private var log: String {
        let log = "What it does, and why it ended: `\(facts.followLogs)`. "
        if stage == .rehearsal { return log + "Backstage goes on as ever: there is no fence, and nothing is published." }
        return log
            + (migration.copy.fence
                ? "From the fence to the cut-over, Backstage can read but not write."
                : "There is no fence: stop Backstage before, or the Job ends without publishing.")
    }

    private var window: String {
        guard stage.command == .migrate, let notBefore = migration.copy.notBefore else { return "" }
        let hours = migration.copy.longestWaitSeconds / 3600
        return "It waits until \(notBefore), with no fence and nothing copied, and may be committed up to \(hours) h before: "
            + "Kubernetes counts the Job's deadline from its creation, and ends one that is older."
    }

    private var receipt: String {
        guard stage.command == .migrate, migration.gate == .manual else { return "" }
        let waking = """
            \(facts.kubectl) annotate --overwrite backstage/\(facts.instance) rehome.dev/receipt=\(facts.names.receipt)
            ```

            The last command wakes the operator, which would else come back by itself within 17 minutes.
            """
        return """
            The log ends with the receipt, a ConfigMap in one line of JSON. Look at what it says, then commit it beside your \
            other manifests, outside this folder, or apply it:

            ```sh
            \(facts.kubectl) logs --tail=-1 -l job-name=\(facts.jobName) | grep '"kind":"ConfigMap"' | tail -n 1 > receipt.json
            kubectl apply -f receipt.json
            \(facts.hasOperator ? waking : "```\n")
            CI may do the same; it needs `get` on pods/log, `create` on configmaps, and nothing in this namespace holds a token for it.
            """
    }
}
