import JobContract
import MigrationSpec
import YAMLTree

/// Who changes the CR at a stage, and what a person has to do for it.
struct BackstageChange {
    private let facts: RunbookFacts
    private let stage: Stage
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts, stage: Stage) {
        self.facts = facts
        self.stage = stage
    }

    /// Markdown without a line break at its end; empty where the stage's own command says it all.
    var text: String {
        if let release = migration.helm { return HelmChange(facts, release, stage: stage).text }
        guard facts.hasOperator else { return DeploymentCutover(facts).text }
        let change =
            switch migration.cutover {
            case .copy: handOver
            case .inPlace: inPlace
            case .patch: component
            case .none: byHand
            }
        return [change, reference].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// What a person must restore by hand at a rollback, since the files do not show where it was.
    private var reference: String {
        guard stage == .cutoverBack, migration.hasOrchestrator, facts.plugins == nil else { return "" }
        return
            "If `ref: sonataflow` was taken out of the dynamic plugins for the cut-over, put it back in the same change: "
            + "each dependency `{}` becomes `{ref: sonataflow}`."
    }

    /// The list of plugins, where the stage changes it.
    private var changedPlugins: PluginsCutover? {
        facts.plugins.flatMap { $0.isChange && facts.crStage == stage ? $0 : nil }
    }

    /// When to make the change: ", once stage 2 is done", or what makes waiting unnecessary.
    private var moment: String {
        if migration.hasDoor, facts.crStage == stage {
            return " together with stage 2; the door keeps it from acting too early"
        }
        if facts.isGated, facts.crStage == stage { return "; the gate keeps it from acting too early" }
        let before = migration.dependencies(of: stage, among: facts.stages).map { "stage \($0.number) is done" }
        return before.isEmpty ? "" : ", once \(before.joined(separator: ", "))"
    }

    private var handOver: String {
        // The CR was handed over at the cut-over, and needs no second hand-over.
        guard stage == .cutover, facts.phase == .migrate else { return "" }
        let plugins = changedPlugins
        let objects = plugins.map { "the CR and the ConfigMap `\($0.plugins.name)`" } ?? "the CR"
        let source = migration.readsStandardInput ? "the CR" : Markdown.code(migration.backstageFile)
        return """
            `\(stage.folder)` holds a copy of \(objects), and owns what it holds from now on: two owners would undo each \
            other. If an Application or a Kustomization applies \(source) now, it must let go first, without deleting \
            anything, since the operator's database goes with the CR:

            \(Markdown.shell(lettingGo(plugins)))

            Then take it out of there in the same commit that brings this stage. Or set `spec.cutover.mode` to `inPlace` or \
            `patch`, and the owner stays.
            """
    }

    /// The commands by which the former owner lets go. An annotation has one value, so they repeat the team's own
    /// options.
    private func lettingGo(_ plugins: PluginsCutover?) -> ShellLine {
        var groups: [(options: String, names: [String])] = []
        let objects: [(String, YAMLNode?)] = [
            ("backstage.\(BackstageVersion.group)/\(facts.instance)", migration.backstage?.root),
            (plugins.map { "configmap/\($0.plugins.name)" } ?? "", plugins?.configMap),
        ]
        for (name, object) in objects where !name.isEmpty {
            let options = SyncOptions(of: object).keeping
            if let index = groups.firstIndex(where: { $0.options == options }) {
                groups[index].names.append(name)
            } else {
                groups.append((options, [name]))
            }
        }
        return groups.map { group -> ShellLine in
            let annotations = [
                "\(SyncOptions.annotation)=\(group.options)", "kustomize.toolkit.fluxcd.io/prune=disabled",
            ]
            return "\(facts.kubectl) annotate --overwrite \(words: group.names + annotations)"
        }.joined()
    }

    private var inPlace: String {
        let hasPluginsFile = changedPlugins != nil && migration.pluginsFile != migration.backstageFile
        let files = [migration.backstageFile] + (hasPluginsFile ? [migration.pluginsFile].compactMap { $0 } : [])
        let list = files.map(Markdown.code).joined(separator: " and ")
        return files.count == 1
            ? "\(list) has been edited. Commit it\(moment). Whatever applies it now applies it again."
            : "\(list) have been edited. Commit them together\(moment). Whatever applies them now applies them again."
    }

    private var component: String {
        """
        `\(stage.folder)` is a kustomize component. List it in an overlay of its own, above the one that `rehome` read, and \
        let what applies that one apply the new one\(moment):

        ```yaml
        resources: [../overlay]            # the one whose build was piped into rehome
        components: [../out/\(stage.folder)]
        ```

        Its build fails if the CR has changed where the patch touches it: render again from the overlay below, \
        `kustomize build overlay | rehome render`. Overlays that give objects other names are not supported.

        Where a Helm chart renders the CR, one of these does the same, and none may be done twice:

        - Flux: take `spec.postRenderers` of `\(PostRenderers.flux)` into the HelmRelease.
        - Helm 3: `--post-renderer sh --post-renderer-args \(PostRenderers.script)`, at every upgrade.
        - Helm 4, whose post-renderers are plugins: `helm plugin install \(PostRenderers.plugin)` once, then \
        `--post-renderer \(PostRenderers.pluginName(of: migration.name))` at every upgrade.
        - kustomize with `helmCharts`, Argo CD's included: list the component beside `helmCharts`; it is applied after them.
        """
    }

    private var byHand: String {
        let edits = stage == facts.crStage ? facts.edits : []
        let plugins = changedPlugins.flatMap { $0.edits.isEmpty ? nil : $0 }
        guard !edits.isEmpty || plugins != nil else {
            return "The Backstage CR `\(facts.instance)` is as it must be already: apply it\(moment)."
        }
        var text = ""
        if let plugins {
            text += "Change the list in the ConfigMap `\(plugins.plugins.name)` like this\(moment):\n\n"
            text += Markdown.list(plugins.edits.map(sentence))
            if edits.isEmpty { return String(text.dropLast()) }
            text += "\nThen the CR, in the same commit:\n\n"
        } else {
            text += "Change the Backstage CR `\(facts.instance)` like this, in one commit\(moment):\n\n"
        }
        return text + String(Markdown.list(edits.map(sentence)).dropLast())
    }

    private func sentence(for edit: YAMLEdit) -> String {
        switch edit {
        case .set(let path, let value): "set \(code(path)) to \(code(value))"
        case .append(let path, let value): "append \(code(value)) to \(code(path))"
        case .insert(let value, let path): "insert \(code(value)) after \(code(path))"
        case .remove(let path): "remove \(code(path))"
        }
    }

    private func code(_ path: YAMLPath) -> String { Markdown.code(path.description) }
    private func code(_ value: YAMLValue) -> String { Markdown.code(value.flowYAML()) }
}
