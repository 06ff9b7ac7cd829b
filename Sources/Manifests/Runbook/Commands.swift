import JobContract
import MigrationSpec

/// Commands that several chapters name, or that are long. Each works at any moment, and more than once: before a pod
/// has started, while it runs, and after it has gone.
struct Commands {
    let facts: RunbookFacts
    private var migration: Migration { facts.migration }
    private var kubectl: ShellLine { facts.kubectl }

    // MARK: A Job

    /// Follows the logs of all pods of the Job. `kubectl logs` alone gives up on a pod that has not started yet, and
    /// shows only the first pod of a Job. After its deadline a Job has no pods any more.
    var followLogs: ShellLine {
        "until \(kubectl) get pods -l job-name=\(facts.jobName) -o name | grep -q pod/ && \(logs(follow: true)) || \(end) | grep -Eqw 'Complete|Failed'; do sleep 2; done"
    }

    /// Prints how the Job has ended; nothing while it is running.
    private var end: ShellLine {
        "\(kubectl) get job \(facts.jobName) -o jsonpath='{.status.conditions[?(@.status==\"True\")].type}'"
    }

    /// The end of the logs of all pods of the Job, as they are now.
    var lastLogLines: ShellLine { "\(kubectl) logs --prefix --tail=5 -l job-name=\(facts.jobName)" }

    private func logs(follow: Bool) -> ShellLine {
        let flags: ShellLine = follow ? "-f --prefix " : ""
        return "\(kubectl) logs \(flags)--tail=-1 --max-log-requests=\(mostPods) -l job-name=\(facts.jobName)"
    }

    /// The most pods that the Job can have: those that fail, and those that then succeed.
    private var mostPods: Int { migration.copy.retries + migration.jobPods }

    /// Waits until the Job has succeeded or failed. Prints which, why it has failed, and the last lines of each pod. At
    /// the deadline Kubernetes deletes the pods, and with them their logs.
    var waitForJob: ShellLine {
        """
        until \(end) | grep -Eow 'Complete|Failed'; do sleep 5; done
        \(kubectl) get job \(facts.jobName) -o jsonpath='{range .status.conditions[?(@.type=="Failed")]}{.reason}: {.message}{"\\n"}{end}'
        \(kubectl) get pods -l job-name=\(facts.jobName) -o jsonpath='{range .items[*]}{.metadata.name}: {.status.containerStatuses[*].state.terminated.message}{"\\n"}{end}'
        """
    }

    /// Starts a one-shot Job and follows its log to its end. After its deadline a Job has no log any more. There are no
    /// pipes, since these commands stand in tables.
    func run(_ tool: ToolJobs.Tool) -> ShellLine {
        let file = "\(ToolJobs.folder)/\(tool.rawValue).yaml"
        // The log of this one is a file and nothing else.
        let destination: ShellLine = tool == .report ? " > report.html" : ""
        let end: ShellLine =
            "\(kubectl) get \"$job\" -o jsonpath='{.status.completionTime}{.status.conditions[?(@.type==\"Failed\")].type}'"
        return """
            job=$(kubectl create -o name -f \(file)) && while ! \(kubectl) logs -f "$job"\(destination) && test -z "$(\(end))"; do sleep 2; done
            """
    }

    // MARK: The receipt

    static let receiptFile = "receipt.json"

    /// Cuts the receipt out of the Job's log: the lines between its two markers, or the event, of the last pod that has it.
    var cutOutReceipt: ShellLine {
        guard migration.copy.logFormat == .text else {
            return """
                \(logs(follow: false)) | sed -n 's/^{"event":"receipt","level":"[a-z]*","manifest":\\(.*\\),"message":"[^"]*","time":"[^"]*"}$/\\1/p' | tail -n 1 > \(Self.receiptFile)
                """
        }
        let name = facts.names.receipt
        return """
            \(logs(follow: false)) | sed -n '/^REHOME-RECEIPT-BEGIN '\(name)'$/,/^REHOME-RECEIPT-END '\(name)'$/p' | grep -v '^REHOME-RECEIPT-' | tail -n 1 > \(Self.receiptFile)
            """
    }

    // MARK: The roll-out

    /// Waits until Backstage's pods are those that the CR of this stage asks for. `kubectl rollout status` alone is
    /// content with the old pods until the operator has acted.
    func waitForRollOut(of stage: Stage) -> ShellLine {
        let workload = facts.deployment
        let status: ShellLine = "\(kubectl) rollout status \(workload) --timeout=15m"
        guard let sign = sign(of: stage) else { return status }
        let names: ShellLine =
            "\(kubectl) get \(workload) -o jsonpath='{.spec.template.spec.containers[*].envFrom[*].configMapRef.name} {.spec.template.spec.containers[*].envFrom[*].secretRef.name}'"
        let isThere: ShellLine = "names=$(\(names)) && echo \"$names\" | tr ' ' '\\n'"
        let condition: ShellLine =
            switch sign {
            case .names(let name): "\(isThere) | grep -Fxq \(name)"
            case .namesNoMore(let prefix): "\(isThere) | { ! grep -q '^'\(prefix); }"
            }
        return "until \(condition); do sleep 5; done\n\(status)"
    }

    /// The sign in a workload that the operator has acted on a stage.
    private enum Sign {
        case names(String)
        case namesNoMore(String)
    }

    private func sign(of stage: Stage) -> Sign? {
        switch stage {
        case .cutover where facts.phase == .done:
            facts.isReceiptExpected && migration.door == nil
                ? .namesNoMore(facts.names.receiptPrefix) : .names(migration.credentials.secretName)
        case .cutover: .names(facts.isGated ? facts.names.receipt : migration.credentials.secretName)
        case .cutoverBack:
            facts.isGated ? .names(facts.names.receipt) : .namesNoMore(migration.credentials.secretName)
        default: nil
        }
    }

    /// Waits until the local database is up, which may have to be made first.
    var waitForLocalDatabase: ShellLine {
        let name = facts.source
        return """
            until \(kubectl) get statefulset \(name); do sleep 5; done
            \(kubectl) rollout status statefulset/\(name) --timeout=15m
            """
    }

    /// Makes the operator look at the CR again.
    var wakeOperator: ShellLine {
        "\(kubectl) annotate --overwrite backstage/\(facts.instance) rehome.dev/poke=\"$(date +%s)\""
    }

    // MARK: The old database's Secret

    /// Copies the operator's database Secret under another name, unless there is a copy. The operator may have made its
    /// own anew since, with a password that does not open the old volume.
    func save(_ local: RunbookFacts.LocalDatabase) -> ShellLine {
        """
        saved() { \(kubectl) get secret "$1" -o go-template=\(Self.secretTemplate(local.savedSecret, migration.namespace)); }
        \(kubectl) get secret \(local.savedSecret) >/dev/null 2>&1 || saved \(local.operatorSecret) | kubectl create -f -
        """
    }

    /// Prints the copy as a file for git. The operator's own Secret may be gone by now, or have another password.
    func printSaved(_ local: RunbookFacts.LocalDatabase) -> ShellLine { "saved \(local.savedSecret)" }

    // MARK: Backstage's pods

    /// Sets `pod` to the newest of Backstage's pods, which is the one that does not come up. For a Deployment, kubectl
    /// would take the oldest that is ready.
    var findNewestPod: ShellLine {
        """
        pods=$(\(kubectl) get \(facts.deployment) -o jsonpath='{.spec.selector.matchLabels}' | tr -d '{}"' | tr : =)
        pod=$(\(kubectl) get pods -l "$pods" --sort-by=.metadata.creationTimestamp -o name | tail -n 1)
        """
    }

    /// Runs a script in the pod that ``findNewestPod`` has found.
    func inNewestPod(_ script: String) -> ShellLine { "\(kubectl) exec \"$pod\" -- sh -c \(script)" }

    /// The log of each door. `kubectl logs` would fail for a pod without one.
    var doorLogs: ShellLine {
        let name = BackstageResource.doorContainer
        let template =
            "{{range .items}}{{$pod := .metadata.name}}{{range .spec.initContainers}}{{if eq .name \"\(name)\"}}{{$pod}}{{\"\\n\"}}"
            + "{{end}}{{end}}{{end}}"
        return
            "\(kubectl) get pods -o go-template=\(template) | xargs -rn 1 \(kubectl) logs --prefix -c \(name)"
    }

    /// A manifest of the Secret's data alone. `get -o yaml` would include the owner reference, by which the copy would
    /// be deleted together with the owner.
    private static func secretTemplate(_ name: String, _ namespace: String) -> String {
        let newline = #"{{"\n"}}"#
        return
            "apiVersion: v1\(newline)kind: Secret\(newline)metadata: {name: \(name), namespace: \(namespace)}\(newline)"
            + #"data:{{range $key, $value := .data}}{{"\n"}}  {{$key}}: {{$value}}{{end}}"# + newline
    }
}
