import JobContract
import ManifestTemplates
public import MigrationSpec
public import YAMLTree

/// The stage that changes the CR, by whichever mode of cut-over the config asks for.
extension Renderer {
    /// The user's own files with the cut-over in them, if the migration edits any. They are unchanged if the cut-over
    /// is in them already, or not due yet.
    ///
    /// - Throws: `YAMLError` where the CR cannot be edited without changing other places too.
    public func edits(_ migration: Migration) throws(YAMLError) -> [EditedFile] {
        guard migration.cutover == .inPlace else { return [] }
        if let helm = HelmCutover(migration) { return [try helm.editedFile()].compactMap { $0 } }
        guard let cutover = cutover(of: migration) else { return [] }
        let old = cutover.backstage.file
        let new = try cutover.editedFile()
        guard let plugins = PluginsCutover(migration) else { return [EditedFile(old, new)] }
        let file = plugins.plugins.file
        guard file.name == old.name else { return [EditedFile(old, new), EditedFile(file, try plugins.edited().file)] }
        return [EditedFile(old, try plugins.reread(in: new).edited().file)]
    }

    func cutoverFiles(_ cutover: CutoverResource, in stage: Stage) throws(YAMLError) -> [RenderedFile] {
        switch cutover.migration.cutover {
        case .copy: try copies(cutover, in: stage)
        case .patch: try component(cutover, in: stage)
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
        // On the way back the cut-over's copy was applied before, so a copy is needed even if it equals the team's
        // list.
        if let plugins = PluginsCutover(cutover.migration), plugins.isChange {
            files.append(try copy(of: plugins, in: folder))
            // The ConfigMap goes a wave before the CR: the operator reads it when the CR changes.
            patches.append(
                annotations(
                    of: "ConfigMap", "v1", try plugins.object(), name: plugins.plugins.name,
                    wave: cutover.migration.wave(of: stage) - 1))
        }
        let backstage = cutover.backstage
        let bytes = try backstage.object.bytes(after: cutover.edits + ServerFields.removals(from: backstage.root))
        files.append(RenderedFile(path: "\(folder)/backstage-\(backstage.name).yaml", bytes: bytes))
        patches.append(
            annotations(
                of: "Backstage", "\(BackstageVersion.group)/\(backstage.version.rawValue)", backstage.root,
                name: backstage.name, wave: cutover.migration.wave(of: stage)))
        let names = files.map { String($0.path.dropFirst(folder.count + 1)) }
        let kustomization = try kustomization(
            listing: names, in: folder, namespace: cutover.migration.namespace, patches: .sequence(patches))
        return [kustomization] + files
    }

    private func copy(of plugins: PluginsCutover, in folder: String) throws(YAMLError) -> RenderedFile {
        let name = "configmap-\(plugins.plugins.name).yaml"
        switch plugins.plugins.home {
        case .configMap(let object, let list):
            let text = try plugins.edited().list.text
            let place = YAMLPath(Array(list.path.components.dropFirst(object.path.components.count)))
            let bytes = try object.bytes(after: [.set(place, .string(text))] + ServerFields.removals(from: object.root))
            return RenderedFile(path: "\(folder)/\(name)", bytes: bytes)
        case .list:
            return generated(plugins.configMap(holding: try plugins.edited().list), as: name, in: folder)
        }
    }

    /// Adds what an engine needs of an object. The objects stay as their owners wrote them, so it goes into the
    /// kustomization.
    private func annotations(
        of kind: String, _ version: String, _ object: YAMLNode, name: String, wave: Int
    ) -> YAMLValue {
        let patch: YAMLValue = [
            "apiVersion": .string(version), "kind": .string(kind),
            "metadata": [
                "name": .string(name),
                "annotations": [
                    "argocd.argoproj.io/sync-wave": "\(wave)",
                    SyncOptions.annotation: .string(SyncOptions(of: object).keeping),
                ],
            ],
        ]
        return ["target": ["kind": .string(kind), "name": .string(name)], "patch": .string(patch.yaml())]
    }

    // MARK: A component

    /// A kustomize Component for the overlay that renders the CR, and the same for Helm.
    private func component(_ cutover: CutoverResource, in stage: Stage) throws(YAMLError) -> [RenderedFile] {
        var patches: [YAMLValue] = []
        if let plugins = PluginsCutover(cutover.migration), !plugins.edits.isEmpty {
            let edit = YAMLEdit.set(["data", .key(DynamicPlugins.key)], .string(try plugins.edited().list.text))
            let patch = try JSONPatch([edit], of: try plugins.object())
            var target: YAMLValue = ["version": "v1", "kind": "ConfigMap", "name": .string(plugins.plugins.name)]
            target["namespace"] = plugins.configMapObject?.distinguishingNamespace.map { .string($0) }
            patches.append(self.patch(patch, of: target))
        }
        let backstage = cutover.backstage
        let namespace = backstage.object.distinguishingNamespace.map { YAMLValue.string($0) }
        var target: YAMLValue = [
            "group": .string(BackstageVersion.group), "version": .string(backstage.version.rawValue),
            "kind": "Backstage", "name": .string(backstage.name),
        ]
        target["namespace"] = namespace
        patches.append(patch(try cutover.patch(in: stage), of: target))
        let object = try templates.fill(
            .component,
            TemplateValues([
                "patches": .sequence(patches), "instance": .string(backstage.name), "instance.namespace": namespace,
            ]))
        return [generated(object, as: "kustomization.yaml", in: stage.folder)]
            + PostRenderers(patches: .sequence(patches), folder: stage.folder, migration: cutover.migration.name).files
    }

    private func patch(_ patch: JSONPatch, of target: YAMLValue) -> YAMLValue {
        var target = target
        // kustomize takes the name for a regular expression.
        target["name"] = target["name"]?.string.map { .string($0.replacing(".", with: "\\.")) }
        // kustomize trims the patch, so without a last line a text of several lines at its end would lose its line
        // break.
        return ["target": target, "patch": .string(YAMLValue.sequence(patch.operations).yaml() + "# The end.\n")]
    }
}

extension EditedFile {
    fileprivate init(_ old: YAMLFile, _ new: YAMLFile) {
        self.init(path: old.name, old: old.bytes, new: new.bytes)
    }
}

extension ManifestObject {
    /// The object alone, with edits.
    ///
    /// - Throws: ``YAMLError`` where it cannot be edited without changing something else.
    fileprivate func bytes(after edits: [YAMLEdit]) throws(YAMLError) -> [UInt8] { bytes(in: try applying(edits)) }

    /// The object alone, as it stands in its file after the file has been edited.
    func bytes(in file: YAMLFile) -> [UInt8] {
        guard isWholeDocument else {
            return Array((file.documents[index].root[at: path]?.value() ?? .null).yaml().utf8)
        }
        // What comes before the first document, such as comments, belongs to it.
        let start = index == 0 ? 0 : file.documents[index].start.offset
        let end = index == file.documents.indices.last ? file.bytes.count : file.documents[index].end.offset
        return Array(file.bytes[start..<end])
    }
}
