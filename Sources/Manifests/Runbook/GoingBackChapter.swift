import JobContract
import MigrationSpec

/// The way back at each point, and its price.
struct GoingBackChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard !rows.isEmpty else { return "" }
        return """
            ## Go back

            \(Markdown.table(["where you are", "the way back", "its price"], rows))
            \(note)
            """
    }

    private var rows: [[String]] {
        switch facts.phase {
        case .prepare:
            return [
                [
                    "anywhere", "\(deleteJob); \(run(.clean)) takes away what it copied",
                    "none: Backstage has not noticed",
                ]
            ]
        case .migrate: return [beforePublishing, published] + cutOver
        case .done: return [afterDone]
        case .rollback:
            return [
                [
                    "before the copy back is published", "\(deleteJob), which lifts the fence; `phase: migrate` again",
                    "none",
                ],
                // Its stamps and its receipt would let a later rollback of this generation finish without a copy.
                [
                    "it is published, or Backstage is back",
                    "go the way to its end, then `phase: migrate` with `migration.generation` raised: a new move",
                    "another copy; nothing is lost",
                ],
            ]
        }
    }

    private var deleteJob: String { Markdown.code("\(facts.kubectl) delete job \(facts.jobName)" as ShellLine) }
    private func run(_ tool: ToolJobs.Tool) -> String {
        Markdown.code("kubectl create -f \(ToolJobs.folder)/\(tool.rawValue).yaml")
    }

    private var beforePublishing: [String] {
        [
            "before everything is published",
            "\(deleteJob); it lifts the fence as it ends. If it was killed: "
                + "\(run(.release)). `tools/clean.yaml` takes away what it copied"
                + (migration.hasDoor ? ". New pods wait at their door until the CR is put back as it was" : ""),
            "none",
        ]
    }

    private var published: [String] {
        let stop =
            switch (facts.hasOperator, migration.cutover) {
            case (true, .copy) where migration.engine != nil: "take stage 3 out of git, or suspend the engine"
            case (true, .inPlace), (true, .patch): "take the change of the CR back"
            case (false, .inPlace): "take the change of the values back"
            default: "do not apply stage 3"
            }
        let receipt =
            migration.gate == .none
            ? ""
            : ", "
                + Markdown.code(
                    "\(facts.kubectl) delete configmap \(facts.names.receipt) --ignore-not-found" as ShellLine)
        return [
            "published, Backstage still on \(facts.source)",
            "\(stop)\(receipt), then \(run(.releaseEvenIfPublished)). The next move needs "
                + "`migration.generation` raised and `migration.existingDatabases: setAside`",
            "none, as long as no pod of Backstage has written to \(facts.target)",
        ]
    }

    private var cutOver: [[String]] {
        if let release = facts.chartsDatabase {
            guard !release.hasNamedSource else { return [elsewhere] }
            return [
                [
                    "Backstage is on \(facts.target)",
                    "`phase: rollback`: a Job copies everything back to \(release.databaseName), which stands by",
                    "another time of reading only; nothing is lost",
                ]
            ]
        }
        guard facts.local != nil else { return [elsewhere] }
        let rollback = [
            "Backstage is on \(facts.target)",
            "`phase: rollback`: the local database rises, a Job copies everything back",
            "another time of reading only; nothing is lost",
        ]
        guard migration.localDatabase == .keep else { return [rollback] }
        return [
            rollback,
            [
                "the same, and what was written since may go",
                "put the CR back as it was, then \(run(.releaseEvenIfPublished))",
                "all that was written since the cut-over stays behind on \(facts.target)",
            ],
        ]
    }

    /// The way back to a server that neither an operator nor a chart runs.
    private var elsewhere: [String] {
        [
            "Backstage is on \(facts.target)",
            "a migration of its own, with source and target exchanged and `migration.generation` raised",
            "another time of reading only; nothing is lost",
        ]
    }

    private var afterDone: [String] {
        if let release = facts.chartsDatabase {
            guard !release.hasNamedSource else { return elsewhere }
            return [
                "the move is done",
                "`phase: rollback`: a Job copies everything back to \(release.databaseName); if that has been deleted, the "
                    + "chart's templates make it again, even without its volume",
                "a time of reading only; nothing is lost",
            ]
        }
        guard let local = facts.local else { return elsewhere }
        let volume = "even if the volume claim `\(local.claim)` has gone: it then starts empty"
        return [
            "the move is done",
            "`phase: rollback`: the operator starts it again, \(volume), and a Job copies everything back",
            "a time of reading only; nothing is lost",
        ]
    }

    private var note: String {
        guard facts.phase == .migrate || facts.phase == .done, migration.savedSecret == nil, let local = facts.local,
            local.ownSecret == nil
        else { return "" }
        return "`phase: rollback` needs `spec.cutover.savedSecret` with an operator up to 1.9, and wherever the Secret "
            + "`\(local.operatorSecret)` has gone: save it while it is there.\n"
    }
}
