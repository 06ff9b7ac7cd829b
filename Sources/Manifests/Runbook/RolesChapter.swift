import JobContract
import MigrationSpec

/// Who does what, in which order.
struct RolesChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard facts.phase != .done else { return "" }
        let rows = steps.enumerated().map { ["\($0.offset + 1)", $0.element.who, $0.element.what] }
        return "## Who does what\n\n" + Markdown.table(["", "who", "what"], rows)
    }

    private func application(of stages: String) -> (who: String, what: String) {
        switch migration.engine {
        case .argocd?: ("Argo CD", "applies \(stages)")
        case .flux?: ("Flux", "applies \(stages)")
        case nil: ("you", "apply \(stages)")
        }
    }

    /// The change of the CR, and who makes it: whoever owns the CR.
    private var change: (who: String, what: String) {
        switch migration.cutover {
        case .copy: application(of: facts.title(facts.crStage))
        case .inPlace, .patch: ("what applies the CR now", "applies it as it has become")
        case .none: ("you", "change the CR (\(facts.title(facts.crStage)))")
        }
    }

    /// The stages up to the Job's.
    private var firstStages: String {
        facts.stages.prefix { $0.number <= (facts.jobStage?.number ?? 0) }.map { facts.title($0) }
            .joined(separator: ", then ")
    }

    private var steps: [(who: String, what: String)] {
        switch facts.phase {
        case .prepare:
            return [
                (
                    "you",
                    facts.local == nil
                        ? "commit this folder" : "save the local database's Secret (Before), commit this folder"
                ),
                application(of: firstStages), ("the Job", "copies and verifies, publishes nothing"),
                ("you", "read the log's last lines, set `migration.expectedDuration`, then `phase: migrate`"),
            ]
        case .migrate: return move
        case .done: return []
        case .rollback where migration.rollbackStep == .copyBack:
            return [
                ("you", "commit this folder"), application(of: "the stages in order"),
                facts.hasOperator
                    ? ("the operator", "starts the local database on its old volume")
                    : ("you", "see that the chart's own database is up (stage 2)"),
            ] + job(fencing: facts.target, then: "moves the stale local databases aside, publishes") + [
                ("you", "set `rollback.step: cutoverBack`, render, commit")
            ]
        case .rollback:
            let last =
                facts.hasOperator
                ? [change, ("the operator", "finds the receipt and rolls Backstage out on the local database")]
                : [("you", "\(upgrade), which rolls out on the chart's own database")]
            return [("you", "commit this folder\(commit?.isLater ?? false ? " alone" : "")")] + receipt + last + [
                ("you", "run `tools/after.yaml`")
            ]
        }
    }

    /// The edited values, and when they are committed.
    private var commit: HelmCommit? { HelmCommit(migration) }

    private var upgrade: String {
        let schemas = migration.helm?.renamesSchemas ?? false ? "run `tools/rename-schemas.yaml`, " : ""
        let actsByItself = commit != nil && migration.helm?.object?.upgradesByItself ?? false
        let parts = [
            commit.map { "commit \(Markdown.code($0.file))" }, actsByItself ? nil : "upgrade the Helm release",
        ]
        return schemas + parts.compactMap(\.self).joined(separator: ", ")
    }

    private var move: [(who: String, what: String)] {
        let saving = facts.local == nil ? "" : "save the local database's Secret (Before), "
        let keeping =
            facts.chartsDatabase == nil ? "" : "let the chart's database stay (the first commands of stage 3), "
        var steps = [
            ("you", "\(saving)\(keeping)tell the users, commit this folder\(commit?.isLater ?? false ? " alone" : "")")
        ]
        steps.append(application(of: firstStages))
        if migration.hasDoor {
            steps.append(change)
            steps.append(
                (
                    facts.hasOperator ? "the operator" : "the Deployment",
                    "makes new pods, which get ready and wait at their door"
                ))
        }
        steps += job(fencing: facts.source, then: "publishes all databases at once")
        steps += receipt
        if migration.hasOrchestrator { steps.append(application(of: facts.title(.orchestrator))) }
        if migration.hasDoor {
            steps.append(("the new pods", "see that, and start on \(facts.target)"))
        } else if facts.hasOperator {
            steps.append(change)
            let opening = facts.isGated ? "finds the receipt and rolls" : "rolls"
            steps.append(("the operator", "\(opening) Backstage out on \(facts.target)"))
        } else {
            let subject = migration.helm == nil ? "change the Deployment" : upgrade
            steps.append(("you", "\(subject), which rolls out on \(facts.target)"))
        }
        steps.append(("you", "run `tools/after.yaml`; some days later set `phase: done`"))
        return steps
    }

    /// What the Job does, and who lets it go on.
    private func job(fencing server: String, then end: String) -> [(who: String, what: String)] {
        let copy = migration.copy
        let fence = copy.fence ? "fences \(server), " : ""
        guard copy.precopy else {
            let wait = copy.notBefore.map { "waits until \($0), then " } ?? ""
            return [("the Job", "\(wait)\(fence)copies, verifies, \(end)")]
        }
        let until = copy.notBefore.map { " until \($0)" } ?? ""
        let copying = ("the Job", "copies and verifies while Backstage works on, and keeps up\(until)")
        let last = ("the Job", "\(fence)brings the last changes over, \(end)")
        return migration.waitsForCommand ? [copying, ("you", "run `tools/cutover-now.yaml`"), last] : [copying, last]
    }

    private var receipt: [(who: String, what: String)] {
        if migration.hasDoor { return [] }
        return switch migration.gate {
        case .job: [("the Job", "leaves the receipt `\(facts.names.receipt)`")]
        case .manual: [("you, or CI", "make the receipt `\(facts.names.receipt)` from the Job's log")]
        case .none: []
        }
    }
}
