import JobContract
import MigrationSpec
import YAMLTree

/// How one stage is applied, and how to see that it is done.
struct StageChapter {
    private let facts: RunbookFacts
    private let stage: Stage
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts, stage: Stage) {
        self.facts = facts
        self.stage = stage
    }

    var text: String {
        let (title, wait, note) =
            switch stage {
            case .database: ("The new database", databaseWait, "")
            case .rehearsal, .copy, .copyBack: (jobTitle, jobWait, jobNote)
            case .cutover: ("The cut-over", rollOut, "")
            case .localDatabase: ("The local database", localDatabaseWait, "")
            case .cutoverBack: ("The way back", rollOut, "")
            case .orchestrator, .orchestratorBack: ("The orchestrator", orchestratorWait, orchestratorNote)
            }
        if stage.changesCR, migration.cutover != .copy { return ownCutover(title, wait) }
        return """
            ## \(stage.number). \(title)

            ```sh
            kubectl apply -k \(stage.folder)\(wait.isEmpty ? "" : "\n\(wait)")
            ```
            \(note.isEmpty ? "" : "\n" + note)
            """
    }

    /// A cut-over that is not in this folder.
    private func ownCutover(_ title: String, _ wait: String) -> String {
        let what =
            migration.cutover == .inPlace
            ? "`\(migration.backstageFile)` has been edited. Commit it; whatever applies it now applies it again, once stage 2 is done."
            : migration.backstage == nil
                ? DeploymentCutover(facts).text
                : "Change the Backstage CR `\(facts.instance)` like this, in one commit, once stage 2 is done:\n\n"
                    + facts.edits.map(line(for:)).joined()
        return """
            ## \(stage.number). \(title)

            \(what)

            ```sh
            \(wait)
            ```

            """
    }

    private func line(for edit: YAMLEdit) -> String {
        switch edit {
        case .set(let path, let value): "- set `\(path)` to `\(value.flowYAML())`\n"
        case .append(let path, let value): "- append `\(value.flowYAML())` to `\(path)`\n"
        case .insert(let value, let path): "- insert `\(value.flowYAML())` after `\(path)`\n"
        case .remove(let path): "- remove `\(path)`\n"
        }
    }

    private var jobTitle: String {
        switch stage {
        case .rehearsal: "The rehearsal"
        case .copyBack: "The copy back"
        default: "The copy"
        }
    }

    private var jobWait: String {
        "\(facts.kubectl) wait --for=condition=Complete job/\(facts.jobName) --timeout=\(migration.jobDeadlineSeconds)s"
    }

    private var jobNote: String {
        let log = "What it does, and why it ended: `\(facts.kubectl) logs -f job/\(facts.jobName)`. "
        if stage == .rehearsal { return log + "Backstage goes on as ever: there is no fence, and nothing is published.\n" }
        return log
            + (migration.copy.fence
                ? "From the fence to the cut-over, Backstage can read but not write.\n"
                : "There is no fence: stop Backstage before, or the Job ends without publishing.\n")
    }

    private var rollOut: String {
        "\(facts.kubectl) rollout status deployment/\(migration.deployment) --timeout=15m"
    }

    private var localDatabaseWait: String {
        "\(facts.kubectl) rollout status statefulset/\(migration.backstage?.localDatabaseName ?? "") --timeout=15m"
    }

    private var orchestratorWait: String {
        "\(facts.kubectl) wait --for=condition=Succeed sonataflowplatform/sonataflow-platform --timeout=15m"
    }

    private var orchestratorNote: String {
        "The plugins' `ref: sonataflow` makes the operator put its own connections back: give those packages "
            + "`dependencies: [{}]` in the dynamic plugins' ConfigMap first. Workflows keep the database that they "
            + "were deployed with until they are deployed again.\n"
    }

    private var databaseWait: String {
        guard case .statefulSet = migration.target.kind else { return "" }
        return "\(facts.kubectl) rollout status statefulset/\(migration.name) --timeout=15m"
    }
}
