import JobContract
import MigrationSpec
import YAMLTree

/// How each stage is applied, and how to see that it is done.
struct StagesChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String { facts.stages.map(section).joined(separator: "\n") }

    private func section(_ stage: Stage) -> String {
        if stage.changesCR, migration.cutover != .copy { return ownCR(stage) }
        return """
            ## \(stage.number). \(title(stage))

            ```sh
            \(["kubectl apply -k \(stage.folder)", wait(stage)].filter { !$0.isEmpty }.joined(separator: "\n"))
            ```
            \(note(stage).isEmpty ? "" : "\n\(note(stage))\n")
            """
    }

    /// A change of the CR that is not in this folder.
    private func ownCR(_ stage: Stage) -> String {
        let before = stage.dependencies(among: facts.stages).map { "stage \($0.number) is done" }.joined(separator: ", ")
        let moment = before.isEmpty ? "" : ", once \(before)"
        let what =
            migration.cutover == .inPlace
            ? "`\(migration.backstageFile)` has been edited. Commit it\(moment); whatever applies it now applies it again."
            : facts.hasOperator
                ? "Change the Backstage CR `\(facts.instance)` like this, in one commit\(moment):\n\n"
                    + Markdown.list(facts.edits.map(sentence)) : DeploymentCutover(facts).text
        return """
            ## \(stage.number). \(title(stage))

            \(what)

            ```sh
            \(wait(stage))
            ```
            \(note(stage).isEmpty ? "" : "\n\(note(stage))\n")
            """
    }

    private func sentence(for edit: YAMLEdit) -> String {
        switch edit {
        case .set(let path, let value): "set `\(path)` to `\(value.flowYAML())`"
        case .append(let path, let value): "append `\(value.flowYAML())` to `\(path)`"
        case .insert(let value, let path): "insert `\(value.flowYAML())` after `\(path)`"
        case .remove(let path): "remove `\(path)`"
        }
    }

    private func title(_ stage: Stage) -> String {
        switch stage {
        case .database: "The new database"
        case .rehearsal: "The rehearsal"
        case .copy: "The copy"
        case .cutover: facts.phase == .done ? "Backstage" : "The cut-over"
        case .localDatabase: "The local database"
        case .copyBack: "The copy back"
        case .cutoverBack: "Backstage goes back"
        case .orchestrator, .orchestratorBack: "The orchestrator"
        }
    }

    /// The command that ends when the stage is done.
    private func wait(_ stage: Stage) -> String {
        switch stage {
        case .database:
            migration.statefulSet == nil
                ? "" : "\(facts.kubectl) rollout status statefulset/\(migration.name) --timeout=15m"
        case .rehearsal, .copy, .copyBack:
            "\(facts.kubectl) wait --for=condition=Complete job/\(facts.jobName) --timeout=\(migration.jobDeadlineSeconds)s"
        case .cutover, .cutoverBack: "\(facts.kubectl) rollout status \(facts.deployment) --timeout=15m"
        case .localDatabase: "\(facts.kubectl) rollout status statefulset/\(facts.source) --timeout=15m"
        case .orchestrator, .orchestratorBack:
            "\(facts.kubectl) wait --for=condition=Succeed sonataflowplatform/sonataflow-platform --timeout=15m"
        }
    }

    private func note(_ stage: Stage) -> String {
        switch stage {
        case .database: ""
        case .rehearsal, .copy, .copyBack: JobNotes(facts: facts, stage: stage).text
        case .cutover, .cutoverBack:
            facts.isGated && facts.hasOperator
                ? "`Deployed` stays True through the whole change, so nothing should wait for that condition; the command "
                    + "above looks at the roll-out itself." : ""
        case .localDatabase: "Backstage restarts once and stays on \(facts.target): the last Secret in `extraEnvs` wins."
        case .orchestrator, .orchestratorBack:
            "The plugins' `ref: sonataflow` makes the operator put its own connections back: give those packages "
                + "`dependencies: [{}]` in the dynamic plugins' ConfigMap first. Workflows keep the database that they "
                + "were deployed with until they are deployed again."
        }
    }
}
