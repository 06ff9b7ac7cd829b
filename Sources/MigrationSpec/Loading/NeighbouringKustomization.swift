import SystemPackage
import YAMLTree

/// A kustomization that applies, or may apply, to the CR.
struct NeighbouringKustomization {
    let file: KustomizationFile
    let files: InputFiles

    /// The path of its file, or what messages call the engine's object.
    var name: String { file.name }
    var root: YAMLNode { file.root }
    var folder: FilePath { file.folder }
    /// The folder's path without symbolic links, so that two paths to it are equal.
    var place: FilePath { file.place }
    /// The files and folders that it lists, without symbolic links too.
    var listed: Set<FilePath> { file.listed }

    /// The namespace that it gives all objects, in place of their own.
    var namespace: Located<LabelName>? {
        root["namespace"].flatMap { node in
            node.string.flatMap { LabelName(rawValue: $0) }.map { Located(value: $0, position: node.start) }
        }
    }

    init(_ file: KustomizationFile, in files: InputFiles) { (self.file, self.files) = (file, files) }

    /// - Returns: `nil` for a folder without a kustomization.
    /// - Throws: ``YAMLError`` if its text is no YAML.
    init?(in folder: FilePath, _ files: InputFiles) throws(YAMLError) {
        guard let file = try KustomizationFile(in: folder, files) else { return nil }
        self.init(file, in: files)
    }

    // MARK: What it makes of the CR

    /// - Parameters:
    ///   - objects: what it must not change unseen.
    ///   - relation: how it applies to the CR; `nil` for the kustomization beside the CR. Of an overlay it is not known
    ///     whether it is this instance's, so its problems are only warnings.
    ///   - seen: the folders of components that were checked already.
    func check(
        _ objects: KustomizedObjects, as relation: String?, _ seen: inout Set<FilePath>, _ report: inout Report
    ) {
        var objects = objects
        if relation != nil { objects.isChanged = false }
        if relation == nil, let node = root["namespace"], !node.isNull, node.scalar?.text.isEmpty != true {
            _ = ForeignName.read(node, ["namespace"], as: LabelName.self, &report)
        }
        for (node, message) in renaming(objects) {
            if let relation {
                report.warn(
                    "\(name), \(relation), has \(message)", at: node.start,
                    advice: "If this instance is rendered by it: " + renamingAdvice)
            } else {
                report.error(message, at: node.start, advice: renamingAdvice)
            }
        }
        checkChanges(of: objects, &report)
        checkComponents(of: objects, below: [place], isOverlay: relation != nil, &seen, &report)
    }

    private var renamingAdvice: String {
        "The operator's Service and Secret are named after it. Take what is made of it: \(file.build) | rehome render, with "
            + "spec.backstage.file \"-\" and cutover.mode patch."
    }

    private func renaming(_ objects: KustomizedObjects) -> [(YAMLNode, String)] {
        guard let named = objects.named else { return [] }
        return ["namePrefix", "nameSuffix"].compactMap { field in
            guard let node = root[field], let text = node.scalar?.text, !node.isNull, !text.isEmpty else { return nil }
            return (node, "\(field): found '\(text)', \(named)")
        }
    }

    // MARK: Components

    private static let mostComponents = 50

    /// Checks components too, since kustomize applies a component to all resources of the kustomization that lists it.
    private func checkComponents(
        of objects: KustomizedObjects, below: [FilePath], isOverlay: Bool, _ seen: inout Set<FilePath>,
        _ report: inout Report
    ) {
        for item in root["components"]?.items ?? [] {
            guard let path = item.string, !path.isEmpty else { continue }
            let folder = folder.appending(FilePath(path).components).lexicallyNormalized()
            let place = files.resolved(folder)
            guard !below.contains(place) else {
                report.warn(
                    "\(name) lists the component '\(path)', which lists it in its turn", at: item.start,
                    advice: "kustomize refuses both: take one out of the other.")
                continue
            }
            guard !seen.contains(place) else { continue }
            if isRenderedLater(place) { continue }
            guard seen.count < Self.mostComponents, !path.contains("://"),
                let component = try? NeighbouringKustomization(in: folder, files)
            else {
                report.warn(
                    "\(name) lists the component '\(path)', which was not looked at", at: item.start,
                    advice: advice)
                continue
            }
            seen.insert(place)
            guard !component.isRendered(for: objects) else { continue }
            for (node, message) in component.renaming(objects) {
                report.add(isOverlay ? .warning : .error, message, at: node.start, advice: renamingAdvice)
            }
            component.checkChanges(of: objects, &report)
            component.checkComponents(
                of: objects, below: below + [place], isOverlay: isOverlay, &seen, &report)
        }
    }

    /// Whether the folder is part of this migration's output and will be rendered only later.
    private func isRenderedLater(_ place: FilePath) -> Bool {
        guard let output = files.output.map(files.resolved), place.starts(with: output) else { return false }
        let names = KustomizationFile.names.map { place.appending($0) }
        return names.allSatisfy { (try? files.read($0)) == nil }
    }

    /// Whether it is the cut-over that Rehome rendered for this migration, so that it names one of its Secrets. The
    /// component of another migration, or one that somebody has changed, may lead Backstage elsewhere.
    private func isRendered(for objects: KustomizedObjects) -> Bool {
        guard file.isGenerated, !objects.secrets.isEmpty else { return file.isGenerated }
        return patches.contains { patch in
            ((try? patch.read()) ?? []).contains { document in objects.secrets.contains(where: document.mentions) }
        }
    }
}
