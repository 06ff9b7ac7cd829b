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

            \(facts.local.map(operatorsObjects) ?? "What becomes of \(facts.source) is for its owners to say.\n")
            What the migration itself has left:

            ```sh
            \(facts.kubectl) delete jobs -l app.kubernetes.io/name=rehome-job,app.kubernetes.io/instance=\(migration.name)
            \(facts.kubectl) delete serviceaccounts,roles,rolebindings -l app.kubernetes.io/name=rehome-job,app.kubernetes.io/instance=\(migration.name)
            ```

            The receipts, once the roll-out of this phase is through, since a pod that names one does not start without it:

            ```sh
            \(facts.kubectl) get configmaps -o name | grep '/\(migration.name)-receipt-' | xargs \(facts.kubectl) delete
            ```

            \(facts.local.map(oldData) ?? "")
            """
    }

    private func oldData(_ local: RunbookFacts.LocalDatabase) -> String {
        let secret = migration.savedSecret.map { "\n\(facts.kubectl) delete secret \($0)" } ?? ""
        return """
            The data as it was before the cut-over, last of all\(secret.isEmpty ? "" : ", with the password that opens it"):

            ```sh
            \(facts.kubectl) delete pvc \(local.claim)\(secret)
            ```
            """
    }

    private func operatorsObjects(_ local: RunbookFacts.LocalDatabase) -> String {
        let isOperators = local.ownSecret == nil
        let gone =
            "deleted the StatefulSet and Service `\(local.name)`\(isOperators ? " and the Secret `\(local.operatorSecret)`" : "") "
            + "when this phase, or the cut-over, was applied. The volume claim `\(local.claim)` is still there."
        let secret = isOperators ? "\n\(facts.kubectl) delete secret \(local.operatorSecret)" : ""
        let left = """
            has deleted nothing: the StatefulSet `\(local.name)` with its running pod, the Service and the Secret are \
            still there, and go only with the Backstage CR:

            ```sh
            \(facts.kubectl) delete statefulset,service \(local.name)\(secret)
            ```
            """
        return switch migration.operatorVersion?.deletesLocalDatabase {
        case true?: "The operator (\(migration.operatorVersion?.rawValue ?? "")) \(gone)\n"
        case false?: "The operator (\(migration.operatorVersion?.rawValue ?? "")) \(left)\n"
        case nil: "An operator up to 1.9 \(gone)\n\nOne from 1.10 on \(left)\n"
        }
    }
}
