import MigrationSpec

/// How each stage is applied, and how to see that it is done.
struct StagesChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String { facts.stages.map(section).joined(separator: "\n") }

    private func section(_ stage: Stage) -> String {
        let change = stage.changesCR ? BackstageChange(facts, stage: stage).text : ""
        let isOurs = !stage.changesCR || (migration.cutover == .copy && facts.hasOperator)
        let apply: ShellLine = "kubectl apply -k \(stage.folder)"
        let commands = (isOurs ? [apply] : []) + waits(stage)
        return """
            ## \(stage.number). \(title(stage))

            \(change.isEmpty ? "" : "\(change)\n\n")\(Markdown.shell(commands.joined()))
            \(note(stage).isEmpty ? "" : "\n\(note(stage))\n")
            """
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

    /// With a door the copy ends after the cut-over is applied: nobody is to wait for it before.
    private func waits(_ stage: Stage) -> [ShellLine] {
        guard migration.hasDoor else { return [wait(stage)].compactMap(\.self) }
        switch stage {
        case .copy: return []
        case .cutover: return [facts.commands.waitForJob, wait(stage)].compactMap(\.self)
        default: return [wait(stage)].compactMap(\.self)
        }
    }

    /// What ends when the stage is done; `nil` where nothing of ours is waited for.
    private func wait(_ stage: Stage) -> ShellLine? {
        switch stage {
        case .database: TargetNotes(migration: migration).wait
        case .rehearsal, .copy, .copyBack: facts.commands.waitForJob
        case .cutover, .cutoverBack: facts.commands.waitForRollOut(of: stage)
        case .localDatabase: facts.commands.waitForLocalDatabase
        case .orchestrator, .orchestratorBack:
            "\(facts.kubectl) wait --for=condition=Succeed sonataflowplatform/\(migration.orchestrator.platform) --timeout=15m"
        }
    }

    private func note(_ stage: Stage) -> String {
        switch stage {
        case .database: ""
        case .rehearsal, .copy, .copyBack: JobNotes(facts: facts, stage: stage).text
        case .cutover, .cutoverBack:
            facts.hasOperator
                ? "`Deployed` stays True through the whole change, and the roll-out of before is complete until the operator "
                    + "has acted: the commands above wait for the new pods themselves." : ""
        case .localDatabase where !facts.hasOperator: "Backstage stays on \(facts.target)."
        case .localDatabase:
            "Backstage restarts once and stays on \(facts.target): the last Secret in `extraEnvs` wins."
        case .orchestrator, .orchestratorBack:
            pluginsNote + "Workflows keep the database that they were deployed with until they are deployed again."
        }
    }

    /// Nothing where the plugins are known, since the cut-over sees to them.
    private var pluginsNote: String {
        guard migration.plugins == nil else { return "" }
        return "The plugins' `ref: sonataflow` makes the operator put its own connections back: give those packages "
            + "`dependencies: [{}]` in the dynamic plugins' ConfigMap first. "
    }
}
