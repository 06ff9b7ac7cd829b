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
        let commands = (isOurs ? apply(stage) : []) + waits(stage)
        return """
            ## \(stage.number). \(title(stage))

            \(change.isEmpty ? "" : "\(change)\n\n")\(Markdown.shell(commands.joined()))
            \(note(stage).isEmpty ? "" : "\n\(note(stage))\n")
            """
    }

    /// How to apply a stage. Files that are encrypted for `sops` come first, by themselves: the API does not know
    /// sops's fields.
    private func apply(_ stage: Stage) -> [ShellLine] {
        let encrypted = stage == .database ? facts.encryptedFiles : []
        guard !encrypted.isEmpty else { return ["kubectl apply -k \(stage.folder)"] }
        let others = facts.databaseFiles.filter { !encrypted.contains($0) }
        let rest = others.reduce("kubectl apply" as ShellLine) { "\($0) -f \($1)" }
        return encrypted.map { "sops --decrypt \($0) | kubectl apply -f -" } + (others.isEmpty ? [] : [rest])
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

    /// The commands that wait for a stage. With a door the copy ends only after the cut-over is applied, so nothing
    /// waits for it before.
    private func waits(_ stage: Stage) -> [ShellLine] {
        guard migration.hasDoor else { return [wait(stage)].compactMap(\.self) }
        switch stage {
        case .copy: return []
        case .cutover: return [facts.commands.waitForJob, wait(stage)].compactMap(\.self)
        default: return [wait(stage)].compactMap(\.self)
        }
    }

    /// The command that ends when the stage is done; `nil` where nothing of ours is waited for.
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
        case .database: facts.phase == .rollback ? "" : CredentialsText(facts: facts).controllersWords
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

    /// Empty where the plugins are known, since the cut-over changes them.
    private var pluginsNote: String {
        guard migration.plugins == nil else { return "" }
        return "The plugins' `ref: sonataflow` makes the operator put its own connections back: give those packages "
            + "`dependencies: [{}]` in the dynamic plugins' ConfigMap first. "
    }
}
