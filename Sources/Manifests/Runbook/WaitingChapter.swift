import JobContract
import MigrationSpec

/// Waits that report nothing by themselves, and the command that shows each.
struct WaitingChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard facts.phase != .done else { return "" }
        return """
            ## When nothing moves

            Nothing of this ends by itself, and nothing shows it unasked:

            \(Markdown.table(["what waits", "for what", "what shows it"], engineRows + databaseRows + jobRows + gateRows))
            """
    }

    private func code(_ command: ShellLine) -> String { Markdown.code(command) }

    private var engineRows: [[String]] {
        switch migration.engine {
        case .argocd(let argocd)?:
            [
                [
                    "a stage is not applied", "the one before it",
                    code(
                        "kubectl -n \(argocd.namespace) get application \(migration.name) -o jsonpath='{.status.operationState.message}'"
                    ),
                ]
            ]
        case .flux(let flux)?:
            [
                [
                    "a stage is not applied", "the one before it, or a health check",
                    code("kubectl -n \(flux.namespace) get kustomizations.kustomize.toolkit.fluxcd.io"),
                ]
            ]
        case nil: []
        }
    }

    private var databaseRows: [[String]] {
        if let cluster = migration.cluster {
            let kind: ShellLine = "cluster.postgresql.cnpg.io"
            return [
                [
                    "a pod of the cluster \(migration.name) is missing",
                    "\(quota(cluster.resources, "target.cloudNativePG")), Pod Security, or its operator",
                    code("\(facts.kubectl) describe \(kind) \(migration.name)"),
                ]
            ]
        }
        guard let server = migration.statefulSet else { return [] }
        let secrets = server.tls == nil ? "a Secret: the password" : "a Secret: certificate, key or password"
        let pod = "\(migration.name)-0"
        return [
            [
                "pod \(pod) is missing", "\(quota(server.resources, "target.statefulSet")), or Pod Security",
                code("\(facts.kubectl) describe statefulset \(migration.name)"),
            ],
            [
                "pod \(pod) is Pending", "a node, or its volume",
                code("\(facts.kubectl) describe pod/\(pod) pvc/data-\(pod)"),
            ],
            ["pod \(pod) is ContainerCreating", secrets, code("\(facts.kubectl) describe pod \(pod)")],
        ]
    }

    private var jobRows: [[String]] {
        let log = facts.commands.lastLogLines
        let notBefore = facts.jobStage?.command == .migrate ? migration.copy.notBefore : nil
        var window: [[String]] = []
        if let notBefore {
            let what = facts.isLive ? "its log says that it waits, or that it keeps up" : "its log says that it waits"
            window.append([what, "the window, \(notBefore)", code(log)])
        }
        let status = code("kubectl create -f tools/status.yaml")
        if migration.waitsForCommand {
            window.append([
                "its log says that it keeps up", "your word: \(code(facts.commands.run(.cutoverNow)))", status,
            ])
        }
        if migration.hasDoor, let door = migration.door {
            window.append([
                "its log says that it keeps up",
                "\(door.pods == 1 ? "a new pod" : "\(door.pods) new pods") at the door, for \(Self.text(door.patienceSeconds)) at most",
                code("\(facts.kubectl) get pods") + ": `Init:` with all init containers done but the last",
            ])
        }
        let pods: ShellLine = "\(facts.kubectl) describe pods -l job-name=\(facts.jobName)"
        return window + [
            [
                "the Job has no pod", "\(quota(migration.copy.resources, "migration")), or Pod Security",
                code("\(facts.kubectl) describe job \(facts.jobName); \(facts.kubectl) describe resourcequota"),
            ],
            ["its pod is Pending", "a node with room", code(pods)],
            ["ErrImagePull, ImagePullBackOff", "the image, or the right to pull it", code(pods)],
            [
                "CreateContainerConfigError, ContainerCreating", "a Secret that is not there, or lacks a key",
                code(pods),
            ],
            [
                "its log says that a server is not there yet",
                "a host name, a Service or a server that comes later; two minutes, then the next pod", code(log),
            ],
            [
                "its log stands still", "a lock, a full disk, a slow source",
                code(log) + ", " + code("kubectl create -f tools/status.yaml"),
            ],
        ]
    }

    /// A quota on `limits.cpu`, the only amount that a rendered pod does not set by default.
    private func quota(_ resources: Resources, _ section: String) -> String {
        resources.limits.cpu == nil ? "quota (one of `limits.cpu` wants `\(section).resources.limits.cpu`)" : "quota"
    }

    private static func text(_ seconds: Int) -> String {
        seconds.isMultiple(of: 60) ? "\(seconds / 60) min" : "\(seconds) s"
    }

    private var gateRows: [[String]] {
        if migration.hasDoor {
            return [
                [
                    "new pods of Backstage: `Init`, in `\(BackstageResource.doorContainer)`",
                    "the publication; this is the gate",
                    code(facts.commands.doorLogs),
                ]
            ]
        }
        guard facts.isGated else { return [] }
        guard facts.hasOperator else {
            return [
                [
                    "new pods of Backstage: CreateContainerConfigError", "the receipt; this is the gate",
                    code("\(facts.kubectl) get configmap \(facts.names.receipt)"),
                ]
            ]
        }
        let condition = code("\(facts.kubectl) get backstage \(facts.instance) -o jsonpath='{.status.conditions}'")
        return [
            ["Backstage: DeployFailed, `\(facts.names.receipt)` not found", "the Job; this is the gate", condition],
            [
                "the same, and the ConfigMap is there", "the operator's next try, at most 17 minutes",
                code(facts.commands.wakeOperator) + " makes it try now",
            ],
        ]
    }
}
