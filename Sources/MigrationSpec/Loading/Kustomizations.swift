import SystemPackage
import YAMLTree

/// The kustomizations that apply to a file: the one in its folder, if it lists the file, and overlays nearby.
struct Kustomizations {
    let own: NeighbouringKustomization?
    /// Why the kustomization in the folder cannot be read.
    private let error: YAMLError?
    private let path: FilePath
    private let files: InputFiles

    init(of path: FilePath, in files: InputFiles) {
        (self.path, self.files) = (path, files)
        guard path != InputFiles.standardInput else {
            (own, error) = (nil, nil)
            return
        }
        do throws(YAMLError) {
            let beside = try NeighbouringKustomization(in: path.removingLastComponent(), files)
            own = beside.flatMap { $0.listed.contains(files.resolved(path)) ? $0 : nil }
            error = nil
        } catch {
            own = nil
            self.error = error
        }
    }

    /// Reports what changes the CR before it reaches the cluster: in its folder's kustomization, in components, overlays
    /// and engines' objects.
    func check(_ objects: KustomizedObjects, _ report: inout Report) {
        guard path != InputFiles.standardInput else { return }
        if let error {
            report.warn(
                "\(error.position.file) cannot be read, so what it does to \(objects.subject) is not known: \(error.problem)",
                at: error.position, advice: NeighbouringKustomization.advice)
        }
        var seen: Set<FilePath> = []
        own?.check(objects, as: nil, &seen, &report)
        let search = OverlaySearch(of: path, own: own, in: files)
        for overlay in search.overlays {
            overlay.kustomization.check(objects, as: "an overlay of \(overlay.base)", &seen, &report)
        }
        for applied in search.appliedFolders {
            let (object, folder) = (applied.object, applied.folder)
            NeighbouringKustomization(
                KustomizationFile(object, folder: folder, place: applied.place), in: files
            ).check(objects, as: "which applies \(folder.isEmpty ? "." : folder.string)", &seen, &report)
            FluxVariables(of: object).check(objects, &report)
        }
        checkNamespace(of: objects, search, &report)
        for cycle in search.cycles {
            report.warn(
                "\(cycle.kustomization.name) lists \(cycle.base), which lists it in its turn",
                at: cycle.kustomization.root.start, advice: "kustomize refuses both: take one out of the other.")
        }
        if let index = search.index, !index.isWhole {
            let root = index.root.isEmpty ? "." : index.root.string
            // It names no CR, so it is reported only once for all CRs of the repository.
            report.warn(
                "there is too much in \(root) to look for all overlays of what is in it",
                at: YAMLPosition(file: root, line: 1, column: 1, offset: 0),
                advice:
                    "No more than \(RepositoryIndex.mostFolders) folders and \(RepositoryIndex.mostDocuments) files were looked through, and those near each CR. See for yourself "
                    + "whether a kustomization or an engine's object in another one takes up a CR, and what it changes."
            )
        }
    }

    /// Reports an overlay or an engine's object that puts the CR into another namespace than the migration's. Overlays
    /// may belong to other instances, so one with the migration's namespace is enough.
    private func checkNamespace(of objects: KustomizedObjects, _ search: OverlaySearch, _ report: inout Report) {
        guard let namespace = objects.namespace else { return }
        let ofOverlays = search.overlays.compactMap { overlay in
            overlay.kustomization.namespace.map { (overlay.kustomization.name, $0.value.rawValue, $0.position) }
        }
        let isGiven = objects.backstage?.namespace != nil || own?.namespace != nil || !ofOverlays.isEmpty
        let ofObjects = search.appliedFolders.compactMap { applied -> (String, String, YAMLPosition)? in
            guard let found = applied.object.namespace, found.isForced || !isGiven, let text = found.node.string,
                LabelName(rawValue: text) != nil
            else { return nil }
            return (applied.object.title, text, found.node.start)
        }
        let all = ofOverlays + ofObjects
        guard let (name, other, position) = all.first, !all.contains(where: { $0.1 == namespace }) else { return }
        report.warn(
            "\(name) puts the Backstage CR into '\(other)', and the migration is in '\(namespace)'", at: position,
            advice:
                "If this instance is applied by it, let metadata.namespace be that: the operator, the Job and the Secrets "
                + "must be in one namespace.")
    }
}
