import JobContract
import ManifestTemplates
public import MigrationSpec
public import YAMLTree

/// The stage that changes the CR, in whichever way the team's can be changed.
extension Renderer {
    /// The user's own files with the cut-over in them, if the migration edits any; the same as they were if it did
    /// before.
    /// - Throws: ``YAMLError`` where the CR cannot be edited without changing other places too.
    public func edits(_ migration: Migration) throws(YAMLError) -> [EditedFile] {
        guard migration.cutover == .inPlace, migration.crStage != nil, let cutover = cutover(of: migration) else {
            return []
        }
        let old = cutover.backstage.file
        var new = try cutover.editedFile()
        guard let plugins = PluginsCutover(migration) else { return [EditedFile(old, new)] }
        let file = plugins.plugins.file
        guard file.name == old.name else { return [EditedFile(old, new), EditedFile(file, try plugins.edited().file)] }
        let list = plugins.plugins.list
        new = try EmbeddedYAML(at: list.path, inDocument: list.index, of: new)?.applying(plugins.edits).file ?? new
        return [EditedFile(old, new)]
    }

    func cutoverFiles(_ cutover: CutoverResource, in stage: Stage) throws(YAMLError) -> [RenderedFile] {
        switch cutover.migration.cutover {
        case .copy: try copies(cutover, in: stage)
        case .patch: [try component(cutover, in: stage)]
        case .inPlace, .none: []
        }
    }

    /// `nil` where there is no CR to change.
    func cutover(of migration: Migration) -> CutoverResource? {
        migration.backstage.map { CutoverResource(migration: migration, backstage: $0) }
    }

    // MARK: Copies

    private func copies(_ cutover: CutoverResource, in stage: Stage) throws(YAMLError) -> [RenderedFile] {
        let folder = stage.folder
        var files: [RenderedFile] = []
        var patches: [YAMLValue] = []
        if let plugins = PluginsCutover(cutover.migration), !plugins.edits.isEmpty {
            let bytes = try plugins.edited().file.bytes(ofDocument: plugins.plugins.index)
            files.append(RenderedFile(path: "\(folder)/configmap-\(plugins.plugins.name).yaml", bytes: bytes))
            // A wave before the CR, whose own event makes the operator read it.
            patches.append(annotations(of: "ConfigMap", "v1", name: plugins.plugins.name, wave: stage.wave - 1))
        }
        let backstage = cutover.backstage
        let bytes = try cutover.editedFile().bytes(ofDocument: backstage.index)
        files.append(RenderedFile(path: "\(folder)/backstage-\(backstage.name).yaml", bytes: bytes))
        patches.append(
            annotations(
                of: "Backstage", "\(BackstageVersion.group)/\(backstage.version.rawValue)", name: backstage.name,
                wave: stage.wave))
        let names = files.map { String($0.path.dropFirst(folder.count + 1)) }
        let kustomization = try kustomization(
            listing: names, in: folder, namespace: cutover.migration.namespace, patches: .sequence(patches))
        return [kustomization] + files
    }

    /// The objects stay as their owners wrote them, so what an engine needs of them is said in the kustomization.
    private func annotations(of kind: String, _ version: String, name: String, wave: Int) -> YAMLValue {
        let patch: YAMLValue = [
            "apiVersion": .string(version), "kind": .string(kind),
            "metadata": [
                "name": .string(name),
                "annotations": [
                    "argocd.argoproj.io/sync-wave": "\(wave)",
                    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
                ],
            ],
        ]
        return ["target": ["kind": .string(kind), "name": .string(name)], "patch": .string(patch.yaml())]
    }

    // MARK: A component

    /// A kustomize Component for the overlay that renders the CR.
    private func component(_ cutover: CutoverResource, in stage: Stage) throws(YAMLError) -> RenderedFile {
        var patches: [YAMLValue] = []
        if let plugins = PluginsCutover(cutover.migration), !plugins.edits.isEmpty {
            let list = plugins.plugins.list
            let edit = YAMLEdit.set(list.path, .string(try plugins.edited().inner.text))
            let patch = try JSONPatch([edit], of: plugins.plugins.file.documents[list.index].root)
            patches.append(
                self.patch(patch, of: ["version": "v1", "kind": "ConfigMap", "name": .string(plugins.plugins.name)]))
        }
        let backstage = cutover.backstage
        let target: YAMLValue = [
            "group": .string(BackstageVersion.group), "version": .string(backstage.version.rawValue),
            "kind": "Backstage", "name": .string(backstage.name),
        ]
        patches.append(patch(try cutover.patch(in: stage), of: target))
        let object = try templates.fill(
            .component, TemplateValues(["patches": .sequence(patches), "instance": .string(backstage.name)]))
        return generated(object, as: "kustomization.yaml", in: stage.folder)
    }

    private func patch(_ patch: JSONPatch, of target: YAMLValue) -> YAMLValue {
        var target = target
        // kustomize takes it for a regular expression.
        target["name"] = target["name"]?.string.map { .string($0.replacing(".", with: "\\.")) }
        // kustomize trims the patch, and a last text of several lines would lose its line break.
        return ["target": target, "patch": .string(YAMLValue.sequence(patch.operations).yaml() + "# The end.\n")]
    }
}

extension EditedFile {
    fileprivate init(_ old: YAMLFile, _ new: YAMLFile) {
        self.init(path: old.name, old: old.bytes, new: new.bytes)
    }
}

extension YAMLFile {
    /// One document alone.
    fileprivate func bytes(ofDocument index: Int) -> [UInt8] {
        // What stands before the first document, comments say, belongs to it.
        let start = index == 0 ? 0 : documents[index].start.offset
        let end = index == documents.indices.last ? bytes.count : documents[index].end.offset
        return Array(bytes[start..<end])
    }
}
