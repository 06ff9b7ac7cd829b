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
        guard facts.hasOperator else { return DeploymentCutover(facts).text }
        return switch migration.cutover {
        case .copy: handOver
        case .inPlace: inPlace
        case .patch: component
        case .none: byHand
        }
    }

    /// ", once stage 2 is done", or what makes that needless.
    private var moment: String {
        if facts.isGated, facts.crStage == stage { return "; the gate keeps it from acting too early" }
        let before = stage.dependencies(among: facts.stages).map { "stage \($0.number) is done" }
        return before.isEmpty ? "" : ", once \(before.joined(separator: ", "))"
    }

    private var handOver: String {
        // What is ours since the cut-over needs no hand-over.
        guard stage == .cutover, facts.phase == .migrate else { return "" }
        let plugins = facts.pluginEdits.isEmpty ? nil : migration.plugins
        let objects = plugins.map { "the CR and the ConfigMap `\($0.name)`" } ?? "the CR"
        let names =
            ["backstage.\(BackstageVersion.group)/\(facts.instance)"] + (plugins.map { ["configmap/\($0.name)"] } ?? [])
        let source = migration.readsStandardInput ? "the CR" : Markdown.code(migration.backstageFile)
        let annotations = [
            "argocd.argoproj.io/sync-options=Prune=false,Delete=false", "kustomize.toolkit.fluxcd.io/prune=disabled",
        ]
        return """
            `\(stage.folder)` holds a copy of \(objects), and owns what it holds from now on: two owners would undo each \
            other. If an Application or a Kustomization applies \(source) now, it must let go first, without deleting \
            anything, since the operator's database goes with the CR:

            \(Markdown.shell("\(facts.kubectl) annotate --overwrite \(words: names + annotations)"))

            Then take it out of there in the same commit that brings this stage. Or set `spec.cutover.mode` to `inPlace` or \
            `patch`, and the owner stays.
            """
    }

    private var inPlace: String {
        let hasPluginsFile = !facts.pluginEdits.isEmpty && migration.pluginsFile != migration.backstageFile
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
        """
    }

    private var byHand: String {
        var text = ""
        if let plugins = migration.plugins, !facts.pluginEdits.isEmpty {
            text += "Change the list in the ConfigMap `\(plugins.name)` like this\(moment):\n\n"
            text += Markdown.list(facts.pluginEdits.map(sentence)) + "\nThen the CR, in the same commit:\n\n"
        } else {
            text += "Change the Backstage CR `\(facts.instance)` like this, in one commit\(moment):\n\n"
        }
        return text + String(Markdown.list(facts.edits.map(sentence)).dropLast())
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
