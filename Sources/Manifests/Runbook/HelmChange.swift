import JobContract
import MigrationSpec
import YAMLTree

/// How a person brings the changed values of a Helm release to the cluster, and what Helm makes of them.
///
/// If a ConfigMap in `envFrom` does not exist, a pod does not start. So the receipt is the gate here too. Helm itself
/// knows no gate: an object that the values no longer ask for is deleted at once, unless an annotation says that it
/// stays.
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
        let parts = facts.phase == .done ? [values, upgrade] : [keeping, orchestrator, values, upgrade, waiting]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Where the new values are.
    private var values: String {
        if let object = release.object { return values(in: object) }
        return switch migration.cutover {
        case .inPlace:
            "The changed values are in \(Markdown.code(release.fileNames.last ?? "")): review them, and commit it \(moment)"
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
            let file = Markdown.code(release.fileNames.last ?? "")
            return
                "The values in \(title), \(file), have been changed: review them, and commit \(file) \(moment)"
        case .copy, .patch:
            return
                "`\(HelmCutover.file(for: release))` is \(title) with the changed values: put it in the place of yours."
        case .none:
            return "Change the values of \(title) like this:\n\n"
                + String(Markdown.list(facts.edits.map(sentence)).dropLast())
        }
    }

    /// When the file may be in git.
    private var moment: String {
        switch HelmCommit(migration)?.moment {
        case .afterJob?:
            release.hasOrchestrator
                ? "once the Job is Complete and the commands above are through."
                : "once the Job is Complete, and no sooner."
        case .afterKeeping?: "as soon as the commands above have been run, and no sooner."
        case .withFolder?, nil:
            facts.phase == .done ? "together with this folder." : "together with this folder, or later."
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
            if let hold = object.hold {
                return "Nothing happens until somebody takes `\(hold.setting)` out of the \(object.kind.rawValue)."
            }
            return object.upgradesByItself
                ? "\(object.kind.engine) upgrades the release as soon as it has the changed object."
                : "The Application has no `spec.syncPolicy.automated`: sync it by hand."
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

    /// `-f` and each values file: first the team's, from the folder of `rehome.yaml`, and then those in the output
    /// folder, in which the commands are run.
    static func flags(of release: HelmRelease, _ rendered: [String]) -> ShellLine {
        let own = release.fileNames.map { name -> ShellLine in
            name.hasPrefix("/") ? "\(name)" : "\"$VALUES\"/\(name)"
        }
        return (own + rendered.map { "\($0)" }).reduce("" as ShellLine) { "\($0) -f \($1)" }
    }

    /// How to keep the chart's database: before Helm deletes an object, it looks for this annotation on the object in
    /// the cluster.
    private var keeping: String {
        guard release.runsDatabase, stage == .cutover else { return "" }
        return """
            The values switch the chart's own database off, and Helm deletes what it has made for it at once, gate or not. \
            So that the old pods have their database until the new ones are ready, and the way back stays open, let it \
            stay first. Where kubectl does not find one of these objects, stop, see what the chart has \
            made (\(Markdown.code(all))), and name that instead.

            \(Markdown.shell(Self.keep(release, facts, release.databaseObjects + release.databaseKeptObjects)))
            """
    }

    private var all: ShellLine { "\(facts.kubectl) get statefulsets,services,secrets,persistentvolumeclaims" }

    /// The command that makes Helm keep all objects of the chart's own database. The pod needs its ServiceAccount, scripts
    /// and settings too, or it does not start again.
    ///
    /// Objects that must exist are named, so that kubectl fails if one is missing.
    ///
    /// - Parameter more: further annotations for all of them.
    static func keep(
        _ release: HelmRelease, _ facts: RunbookFacts, _ objects: [String], _ more: [String] = []
    ) -> ShellLine {
        let annotations = more + keepingAnnotations
        let rest = others(
            release, facts, HelmRelease.databaseKinds + ["secret", "persistentvolumeclaim"],
            ending: "(-(\(HelmRelease.databaseEndings)|\(HelmRelease.secretEndings)))?$")
        // kubectl wants the annotations last, and xargs gives the names there.
        return """
            \(facts.kubectl) annotate --overwrite \(words: objects) \(words: annotations)
            \(rest) | xargs -rI OBJECT \(facts.kubectl) annotate --overwrite OBJECT \(words: annotations)
            """
    }

    /// The command that lists the other objects of the chart's own database, by their label and the beginning of their
    /// names.
    ///
    /// - Parameter ending: the part of a name after the database's name, as a regular expression.
    static func others(
        _ release: HelmRelease, _ facts: RunbookFacts, _ kinds: [String], ending: String
    ) -> ShellLine {
        let pattern = "/(\(release.databaseNames.joined(separator: "|")))\(ending)"
        return
            "\(facts.kubectl) get \(kinds.joined(separator: ",")) -l \(release.databaseSelector) -o name | grep -E \(pattern)"
    }

    private static let keepingAnnotations = [
        "helm.sh/resource-policy=keep", "argocd.argoproj.io/sync-options=Prune=false,Delete=false",
    ]

    /// The steps for the orchestrator. Its SonataFlowPlatform names no receipt, and a Job's pod template is immutable.
    private var orchestrator: String {
        guard release.hasOrchestrator else { return "" }
        let moment =
            "The gate holds Backstage alone: the orchestrator's services go over as soon as these values are applied. Apply them "
            + "once the Job is Complete."
        return [moment, schemas, databaseJob].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var schemas: String {
        guard release.renamesSchemas else { return "" }
        let names = HelmRelease.orchestratorSchemas.map {
            stage == .cutover ? "`\($0.own)` becomes `\($0.elsewhere)`" : "`\($0.elsewhere)` becomes `\($0.own)`"
        }
        return """
            With these values the services look for their tables in other schemas, and would begin anew in empty ones. So give \
            the copied schemas those names before: \(names.joined(separator: ", ")).

            \(Markdown.shell(facts.commands.run(.renameSchemas)))
            """
    }

    private var databaseJob: String {
        let pattern = "/\(release.name)\(release.databaseJobEnding)"
        let again =
            release.object.map { $0.kind != .helmRelease } ?? false
            ? "\n\nWhere Argo CD has made it again by then, the sync fails on it: delete it once more, and sync again."
            : ""
        return """
            The chart's Job that makes their database cannot be changed, and would end the upgrade half-way. It has done \
            its work; the upgrade makes it anew:

            \(Markdown.shell("\(facts.kubectl) get jobs -o name | grep -E \(pattern) | xargs -r \(facts.kubectl) delete"))\(again)
            """
    }

    private var waiting: String {
        guard migration.gate != .none else { return "" }
        let others =
            release.strategyWithDowntime == nil
            ? "and the old ones serve."
            : "and nothing serves: by the strategy in the values the old ones are gone at once. So upgrade once the Job is Complete."
        return """
            The ConfigMap in `\(release.prefix + ["backstage", "extraEnvVarsCM"])` is the gate: until the Job has published, \
            new pods wait with `CreateContainerConfigError`, \(others) \(patience)
            """
    }

    /// Which program waits for the new pods (Helm, Flux or Argo CD), and for how long.
    private var patience: String {
        let helm =
            "`helm upgrade --wait` would wait with them for its `--timeout` of five minutes and then fail, `--atomic` take "
            + "the upgrade back: leave both away, or upgrade once the Job is Complete."
        let deadline =
            "After ten minutes of waiting (`progressDeadlineSeconds`) the Deployment counts as failed, until its pods start: "
            + "the last command here ends with an error then, and is run again."
        let argocd = "Argo CD shows Progressing meanwhile, and Degraded after those ten minutes."
        let flux =
            "Flux waits for `spec.timeout` and then does what `spec.upgrade.remediation` says: set "
            + "`spec.upgrade.disableWait: true` for this upgrade."
        return switch release.object?.kind {
        case .application?, .applicationSet?: "\(deadline) \(argocd)"
        case .helmRelease?: "\(deadline) \(flux)"
        case nil: "\(deadline) \(helm) \(argocd) \(flux)"
        }
    }
}
