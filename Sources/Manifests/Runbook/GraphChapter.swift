import JobContract
import MigrationSpec

/// The stages and what each waits for, as a picture.
struct GraphChapter: RunbookChapter {
    private let facts: RunbookFacts

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        """
        ## The stages

        ```mermaid
        flowchart TD
        \((nodes + arrows).map { "    \($0)" }.joined(separator: "\n"))
        ```

        """
    }

    private func id(_ stage: Stage) -> String { "s\(stage.number)" }

    private var nodes: [String] {
        facts.stages.map { stage in "\(id(stage))[\(MermaidLabel(stage.folder, content(stage)))]" }
    }

    private func content(_ stage: Stage) -> String {
        switch stage {
        case .database:
            switch facts.migration.target.kind {
            case .statefulSet: "Secrets, StatefulSet \(facts.migration.name)"
            case .cloudNativePG: "Secrets, Cluster \(facts.migration.name)"
            case .external, .operated: "Secrets"
            }
        case .rehearsal, .copy, .copyBack: "Job \(facts.jobName)"
        case .localDatabase where facts.chartsDatabase != nil: "StatefulSet \(facts.source)"
        case .cutover, .localDatabase, .cutoverBack: "Backstage \(facts.instance)"
        case .orchestrator, .orchestratorBack: "SonataFlowPlatform"
        }
    }

    private var arrows: [String] {
        var arrows = facts.stages.flatMap { stage in
            facts.migration.dependencies(of: stage, among: facts.stages).map {
                "\(id($0)) -- \(end(of: $0)) --> \(id(stage))"
            }
        }
        if facts.migration.hasDoor, let job = facts.jobStage, let cr = facts.crStage {
            arrows.append("\(id(cr)) -. new pods wait at the door .-> \(id(job))")
            arrows.append("\(id(job)) -. publishes .-> \(id(cr))")
        }
        guard facts.isGated, let job = facts.jobStage, let cr = facts.crStage else { return arrows }
        let leaves = facts.migration.gate == .job ? "leaves" : "prints, a person applies"
        arrows.append("\(id(job)) -. \(leaves) .-> receipt{{\(MermaidLabel("ConfigMap", facts.names.receipt))}}")
        arrows.append("receipt -. \(facts.hasOperator ? "the operator waits" : "its pods wait") for it .-> \(id(cr))")
        return arrows
    }

    /// What has to be true before the next stage may begin.
    private func end(of stage: Stage) -> String {
        switch stage {
        case .database:
            switch facts.migration.target.kind {
            case .external, .operated: "Secrets are there"
            case .statefulSet, .cloudNativePG: "database is ready"
            }
        case .rehearsal, .copy, .copyBack: "Job is Complete"
        case .localDatabase: "local database is ready"
        case .cutover, .cutoverBack, .orchestrator, .orchestratorBack: "applied"
        }
    }
}
