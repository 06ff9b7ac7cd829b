import JobContract
import MigrationSpec
import YAMLTree

/// One-shot Jobs that a person starts: `kubectl create -f` makes a new one each time. They are in no kustomization, and
/// on no path that an engine applies.
struct ToolJobs {
    static let folder = "tools"

    /// What a person may want to run.
    enum Tool: String, CaseIterable {
        case status, report, release, verify, after, clean
        /// The status for programs that watch many instances.
        case statusJSON = "status-json"
        /// Renames schemas, so that the services of the chart's orchestrator find their tables.
        case renameSchemas = "rename-schemas"
        /// Gives the word that a copy waits for.
        case cutoverNow = "cutover-now"
        /// Lifts the fence although everything is published, to go back without what was written since.
        case releaseEvenIfPublished = "release-even-if-published"

        func arguments(_ migration: Migration) -> [String] {
            switch self {
            case .status: [JobCommand.status.rawValue]
            case .statusJSON: [JobCommand.status.rawValue, "--output", "json"]
            case .report: [JobCommand.report.rawValue, "--output", "html"]
            case .cutoverNow: [JobCommand.go.rawValue]
            case .release: [JobCommand.release.rawValue]
            case .verify: [JobCommand.verify.rawValue]
            // It looks again until the roll-out is complete.
            case .after: [JobCommand.after.rawValue, "--wait", "15m"]
            case .clean: [JobCommand.clean.rawValue]
            case .renameSchemas:
                [JobCommand.renameSchemas.rawValue, "--database", HelmRelease.orchestratorDatabase]
                    + HelmRelease.orchestratorSchemas.flatMap {
                        migration.direction == .forward ? [$0.own, $0.elsewhere] : [$0.elsewhere, $0.own]
                    }
            case .releaseEvenIfPublished: [JobCommand.release.rawValue, "--even-if-published"]
            }
        }

        /// Only a comparison reads all data, so only that takes long.
        func deadlineSeconds(_ migration: Migration) -> Int { self == .verify ? migration.copy.deadlineSeconds : 1800 }
    }

    /// The tools of a phase. `done` has none, so that its manifests do not name the Job's image.
    static func list(for migration: Migration) -> [Tool] {
        switch migration.phase {
        case .prepare: [.status, .report, .clean, .statusJSON]
        case .migrate, .rollback:
            Tool.allCases.filter { tool in
                switch tool {
                case .cutoverNow: migration.waitsForCommand
                case .renameSchemas: migration.helm?.renamesSchemas ?? false
                default: true
                }
            }
        case .done: []
        }
    }

    let migration: Migration
    /// The phase's own Job, whose pod the tools share.
    let job: YAMLValue

    func object(_ tool: Tool) -> YAMLValue {
        var object = job
        object["metadata"] = [
            "generateName": .string("\(migration.name)-\(tool.rawValue)-"), "namespace": .string(migration.namespace),
            "labels": job["metadata"]?["labels"] ?? [:],
        ]
        for path in [["metadata"], ["spec", "template", "metadata"]] {
            object.set(path + ["labels", "app.kubernetes.io/component"], to: "maintenance")
        }
        object["spec"]?["podFailurePolicy"] = nil
        object["spec"]?["podReplacementPolicy"] = nil
        object["spec"]?["completionMode"] = nil
        object["spec"]?["parallelism"] = 1
        object["spec"]?["completions"] = 1
        object["spec"]?["activeDeadlineSeconds"] = .int(tool.deadlineSeconds(migration))
        object["spec"]?["backoffLimit"] = 0
        // No engine looks after it, so Kubernetes may delete it.
        object["spec"]?["ttlSecondsAfterFinished"] = 86_400
        // The user's own account may be needed to pull the image. The Job's own is for the receipt only.
        object.set(
            ["spec", "template", "spec", "serviceAccountName"],
            to: migration.copy.pod.serviceAccountName.map { .string($0) })
        object.set(["spec", "template", "spec", "automountServiceAccountToken"], to: false)
        let containers = object["spec"]?["template"]?["spec"]?["containers"]?.items ?? []
        object.set(
            ["spec", "template", "spec", "containers"],
            to: .sequence(
                containers.map { container in
                    var container = container
                    container["args"] = .sequence(tool.arguments(migration).map { .string($0) })
                    return container
                }))
        return object
    }
}

extension YAMLValue {
    /// Sets the value at the end of a path of keys; does nothing where the path does not exist.
    fileprivate mutating func set(_ path: [String], to value: YAMLValue?) {
        guard let key = path.first else { return }
        if path.count == 1 {
            self[key] = value
        } else if var child = self[key] {
            child.set(Array(path.dropFirst()), to: value)
            self[key] = child
        }
    }
}
