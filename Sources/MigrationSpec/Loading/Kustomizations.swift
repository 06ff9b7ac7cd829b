import SystemPackage
import YAMLTree

/// The kustomizations that apply to a file's objects: that of its folder, if it lists the file, and overlays nearby.
struct Kustomizations {
    let own: NeighbouringKustomization?
    /// What keeps the one in the folder from being read.
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

    /// Reports what makes another CR of the one in the file, here, in components, and in overlays nearby.
    func check(_ objects: KustomizedObjects, _ report: inout Report) {
        guard path != InputFiles.standardInput else { return }
        if let error {
            report.warn(
                "\(error.position.file) cannot be read, so what it does to the Backstage CR is not known: \(error.problem)",
                at: error.position, advice: NeighbouringKustomization.advice)
        }
        var seen: Set<FilePath> = []
        own?.check(objects, asOverlayOf: nil, &seen, &report)
        let search = OverlaySearch(of: path, own: own, in: files)
        for overlay in search.overlays {
            overlay.kustomization.check(objects, asOverlayOf: overlay.base, &seen, &report)
        }
        for cycle in search.cycles {
            report.warn(
                "\(cycle.kustomization.name) lists \(cycle.base), which lists it in its turn",
                at: cycle.kustomization.root.start, advice: "kustomize refuses both: take one out of the other.")
        }
        if !search.isWhole {
            report.warn(
                "there is too much near \(path) to look for all overlays of it",
                at: YAMLPosition(file: path.string, line: 1, column: 1, offset: 0),
                advice:
                    "\(OverlaySearch.most) folders were looked through, the nearest first. See for yourself whether a "
                    + "kustomization in another one lists the CR, and what it changes.")
        }
    }
}
