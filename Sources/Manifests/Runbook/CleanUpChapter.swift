import JobContract
import MigrationSpec

/// What is left after the move, and when it may go.
struct CleanUpChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard facts.phase == .done else { return "" }
        return """
            ## Clean up

            **Only after `rehome-job after` has passed** (`tools/after.yaml` of `phase: migrate`), and when nobody will want \
            to go back without another copy.

            \(facts.local.map(operatorsObjects) ?? chartsObjects ?? "What becomes of \(facts.source) is for its owners to say.\n")
            What the migration itself has left:

            \(Markdown.shell(
                "\(facts.kubectl) delete jobs -l app.kubernetes.io/name=rehome-job,app.kubernetes.io/instance=\(migration.name)",
                "\(facts.kubectl) delete \(kinds) -l app.kubernetes.io/name=rehome-job,app.kubernetes.io/instance=\(migration.name)"))

            The receipts, once the roll-out of this phase is through, since a pod that names one does not start without it:

            \(Markdown.shell("\(facts.kubectl) get configmaps -o name | grep '/'\(facts.names.receiptPrefix) | xargs -r \(facts.kubectl) delete"))

            \(facts.local.map(oldData) ?? "")
            """
    }

    /// The kinds of objects that are rendered beside a Job and bear its labels.
    private var kinds: ShellLine {
        let alerts: ShellLine = migration.copy.alerts ? ",prometheusrules.monitoring.coreos.com" : ""
        let policies: ShellLine = migration.networkPolicies ? ",networkpolicies" : ""
        return "serviceaccounts,roles,rolebindings\(policies)\(alerts)"
    }

    private func oldData(_ local: RunbookFacts.LocalDatabase) -> String {
        var commands: [ShellLine] = ["\(facts.kubectl) delete pvc \(local.claim) --ignore-not-found"]
        if let secret = migration.savedSecret {
            commands.append("\(facts.kubectl) delete secret \(secret) --ignore-not-found")
        }
        return """
            The data as it was before the cut-over, last of all\(migration.savedSecret == nil ? "" : ", with the password that opens it"):

            \(Markdown.shell(commands.joined()))
            """
    }

    private var chartsObjects: String? { migration.helm.map { HelmCleanUp(facts, $0).text } }

    private func operatorsObjects(_ local: RunbookFacts.LocalDatabase) -> String {
        let isOperators = local.ownSecret == nil
        let gone =
            "deleted the StatefulSet and Service `\(local.name)`\(isOperators ? " and the Secret `\(local.operatorSecret)`" : "") "
            + "when this phase, or the cut-over, was applied. The volume claim `\(local.claim)` is still there."
        var commands: [ShellLine] = ["\(facts.kubectl) delete statefulset,service \(local.name) --ignore-not-found"]
        if isOperators { commands.append("\(facts.kubectl) delete secret \(local.operatorSecret) --ignore-not-found") }
        let left = """
            has deleted nothing: the StatefulSet `\(local.name)` with its running pod, the Service and the Secret are \
            still there, and go only with the Backstage CR:

            \(Markdown.shell(commands.joined()))
            """
        return switch migration.operatorVersion?.deletesLocalDatabase {
        case true?: "The operator (\(migration.operatorVersion?.rawValue ?? "")) \(gone)\n"
        case false?: "The operator (\(migration.operatorVersion?.rawValue ?? "")) \(left)\n"
        case nil: "An operator up to 1.9 \(gone)\n\nOne from 1.10 on \(left)\n"
        }
    }
}
