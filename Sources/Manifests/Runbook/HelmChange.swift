import JobContract
import MigrationSpec
import YAMLTree

/// How a person brings the changed values of a Helm release to the cluster, and what Helm makes of them.
///
/// A ConfigMap in `envFrom` keeps a pod from starting until it exists, so the receipt is the gate here too. Helm itself
/// knows no gate: what the values have no more it deletes at once, unless the object says that it stays.
struct HelmChange {
    private let facts: RunbookFacts
    private let release: HelmRelease
    private let stage: Stage
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts, _ release: HelmRelease, stage: Stage) {
        self.facts = facts
        self.release = release
        self.stage = stage
    }

    var text: String {
        if stage == .localDatabase { return HelmReturn(facts, release).text }
        let parts = facts.phase == .done ? [values, upgrade] : [keeping, values, upgrade, waiting, orchestrator]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Where the new values are.
    private var values: String {
        if let object = release.object { return values(in: object) }
        return switch migration.cutover {
        case .inPlace:
            "The changed values are in \(Markdown.code(release.fileNames.last ?? "")): review it, and commit it together "
                + "with this folder."
        case .copy, .patch:
            "The changed values are in `\(HelmCutover.file(for: release))`, to be given after all others: a list in it stands for the "
                + "whole of the former one."
        case .none:
            "Change the release's values like this, in the last values file:\n\n"
                + String(Markdown.list(facts.edits.map(sentence)).dropLast())
        }
    }

    private func values(in object: HelmObject) -> String {
        let title = "the \(object.kind.rawValue) \(Markdown.code(object.name))"
        switch migration.cutover {
        case .inPlace:
            return
                "The values in \(title), \(Markdown.code(release.fileNames.last ?? "")), have been changed: review them, and "
                + "commit them together with this folder."
        case .copy, .patch:
            return
                "`\(HelmCutover.file(for: release))` is \(title) with the changed values: put it in the place of yours."
        case .none:
            return "Change the values of \(title) like this:\n\n"
                + String(Markdown.list(facts.edits.map(sentence)).dropLast())
        }
    }

    private func sentence(for edit: YAMLEdit) -> String {
        if let own = parameterEdits(for: edit) {
            let changes = own.map {
                "set \(Markdown.code($0.path.description)) to \(Markdown.code(($0.value ?? .null).flowYAML()))"
            }
            return "\(changes.joined(separator: " and ")): the parameter `\(edit.path)` counts more than the values"
        }
        guard case .set(let path, let value) = edit else { return Markdown.code(edit.path.description) }
        return "set \(Markdown.code(path.description)) to \(Markdown.code(value.flowYAML()))"
    }

    private func parameterEdits(for edit: YAMLEdit) -> [YAMLEdit]? {
        let own = try? release.object?.parameterEdits(for: edit)
        return own.flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: Helm

    private var upgrade: String {
        if let object = release.object {
            guard !object.upgradesByItself else {
                return "\(object.kind.engine) upgrades the release as soon as it has the changed object."
            }
            return object.kind != .helmRelease
                ? "The Application has no `spec.syncPolicy.automated`: sync it by hand."
                : "The HelmRelease is suspended: nothing happens until `spec.suspend` is `false`."
        }
        return """
            With Helm, where `CHART` is the chart as it was installed, `VERSION` the version that `helm list` shows, and \
            `VALUES` the folder of `rehome.yaml`, which the config names your values files from:

            \(Markdown.shell(command))

            Where Flux's HelmRelease or an Argo CD Application holds the values, name its file last in \
            `spec.backstage.helm.values`.
            """
    }

    private var command: ShellLine {
        let flags = Self.flags(of: release, migration.cutover == .copy ? [HelmCutover.file(for: release)] : [])
        return "helm -n \(migration.namespace) upgrade \(release.name) \"$CHART\" --version \"$VERSION\"\(flags)"
    }

    /// `-f` and each values file: the team's, from the folder of `rehome.yaml`, then those in the output folder, where the
    /// commands are run.
    static func flags(of release: HelmRelease, _ rendered: [String]) -> ShellLine {
        let own = release.fileNames.map { name -> ShellLine in
            name.hasPrefix("/") ? "\(name)" : "\"$VALUES\"/\(name)"
        }
        return (own + rendered.map { "\($0)" }).reduce("" as ShellLine) { "\($0) -f \($1)" }
    }

    /// Helm looks at the object in the cluster before it deletes one that the release has no more.
    private var keeping: String {
        guard release.runsDatabase, stage == .cutover else { return "" }
        let annotations = Self.keepingAnnotations
        return """
            The values switch the chart's own database off, and Helm deletes what it has made for it at once, gate or not. \
            So that the old pods have their database until the new ones are ready, and the way back stays open, let it \
            stay first:

            \(Markdown.shell("\(facts.kubectl) annotate --overwrite \(words: release.databaseObjects + annotations)"))
            """
    }

    static let keepingAnnotations = [
        "helm.sh/resource-policy=keep", "argocd.argoproj.io/sync-options=Prune=false,Delete=false",
    ]

    /// The chart's SonataFlowPlatform names no receipt.
    private var orchestrator: String {
        guard release.hasOrchestrator else { return "" }
        return
            "The gate holds Backstage alone: the orchestrator's services go over as soon as these values are applied. Apply them "
            + "once the Job is Complete."
    }

    private var waiting: String {
        guard migration.gate != .none else { return "" }
        return """
            The ConfigMap in `\(release.prefix + ["backstage", "extraEnvVarsCM"])` is the gate: until the Job has published, \
            new pods wait with `CreateContainerConfigError`, and the old ones serve. \(patience)
            """
    }

    /// What waits for the pods besides, and for how long.
    private var patience: String {
        let helm =
            "`helm upgrade --wait` would wait with them for its `--timeout` of five minutes and then fail, `--atomic` take "
            + "the upgrade back: leave both away, or upgrade once the Job is Complete."
        let argocd = "Argo CD shows Progressing meanwhile."
        let flux =
            "Flux waits for `spec.timeout` and then does what `spec.upgrade.remediation` says: set "
            + "`spec.upgrade.disableWait: true` for this upgrade."
        return switch release.object?.kind {
        case .application?, .applicationSet?: argocd
        case .helmRelease?: flux
        case nil: "\(helm) \(argocd) \(flux)"
        }
    }
}
