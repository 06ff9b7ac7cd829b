import SystemPackage

/// Looks for overlays: kustomizations nearby that list the CR's file, its folder's kustomization, or an overlay of that. And
/// for the engines' objects that apply one of these.
struct OverlaySearch {
    struct Overlay {
        var kustomization: NeighbouringKustomization
        /// The name of what it lists.
        var base: String
    }

    /// An engine's object, and the folder that it applies.
    struct AppliedFolder {
        var object: EngineKustomization
        var folder: FilePath
        var place: FilePath
    }

    /// What a kustomization may list, and an engine may apply.
    private struct Target {
        var place: FilePath
        var folder: FilePath
        var name: String
        /// The folders that it is made of.
        var below: Set<FilePath>
    }

    private static let mostElsewhere = 60
    /// How many folders of a repository that is too large to be looked through are looked at besides.
    private static let mostNearby = 300
    /// How many folders above another one are looked through.
    private static let mostSteps = 3

    private(set) var overlays: [Overlay] = []
    /// Those that list what lists them.
    private(set) var cycles: [Overlay] = []
    private(set) var appliedFolders: [AppliedFolder] = []
    /// The repository that the CR is in; `nil` where it is in none.
    let index: RepositoryIndex?

    private let files: InputFiles
    private var folders: Set<FilePath> = []

    init(of path: FilePath, own: NeighbouringKustomization?, in files: InputFiles) {
        self.files = files
        let folder = path.removingLastComponent()
        let home = files.resolved(folder)
        index = Self.height(of: folder, files).map { files.nearby.index(of: Self.above(folder, $0), files) }
        var targets = [Target(place: files.resolved(path), folder: folder, name: path.string, below: [])]
        if let own { targets.append(Target(place: home, folder: folder, name: own.name, below: [])) }
        var seen: Set<FilePath> = [home]
        var next = targets.startIndex
        while next < targets.endIndex {
            let target = targets[next]
            next += 1
            for file in kustomizations(listing: target) {
                let (place, kustomization) = (file.place, NeighbouringKustomization(file, in: files))
                let overlay = Overlay(kustomization: kustomization, base: target.name)
                if place == target.place || target.below.contains(place) {
                    cycles.append(overlay)
                } else if seen.insert(place).inserted {
                    overlays.append(overlay)
                    targets.append(
                        Target(
                            place: place, folder: kustomization.folder, name: kustomization.name,
                            below: target.below.union([target.place])))
                }
            }
        }
        var applied = targets.dropFirst().map { ($0.folder, $0.place, hasKustomization: true) }
        // An engine applies the file by itself where its folder has no kustomization.
        if own == nil, files.nearby.kustomization(in: folder, files) == nil {
            applied.append((folder, home, hasKustomization: false))
        }
        for (folder, place, hasKustomization) in applied { findEngines(of: folder, place, hasKustomization) }
    }

    // MARK: Engines

    private mutating func findEngines(of folder: FilePath, _ place: FilePath, _ hasKustomization: Bool) {
        guard let index, !index.objects.isEmpty else { return }
        let root = index.place.components.map(\.string)
        let names = place.components.map(\.string)
        guard names.starts(with: root) else { return }
        var own = Array(names.dropFirst(root.count))
        var (folder, place) = (folder, place)
        // Where neither a folder above nor one between has a kustomization, what is applied is all that is below it.
        var isBelow = false
        while true {
            for object in index.objects where object.names(own) {
                guard isBelow ? object.takesFoldersBelow : object.takesAnyFolder || hasKustomization else { continue }
                appliedFolders.append(AppliedFolder(object: object, folder: folder, place: place))
            }
            guard !own.isEmpty else { return }
            (folder, place) = (Self.above(folder, 1), place.removingLastComponent())
            own.removeLast()
            isBelow = true
            guard files.nearby.kustomization(in: folder, files) == nil else { return }
        }
    }

    // MARK: Overlays

    private mutating func kustomizations(listing target: Target) -> [KustomizationFile] {
        let known = index?.kustomizations(listing: target.place) ?? []
        guard index.map({ !$0.isWhole || !$0.looksInto(files.resolved(target.folder)) }) ?? true else { return known }
        let places = Set(known.map(\.place))
        return known
            + kustomizations(around: target.folder).filter {
                $0.listed.contains(target.place) && !places.contains($0.place)
            }
    }

    /// Those in a folder and two levels below it, and the same of the folders above.
    private mutating func kustomizations(around folder: FilePath) -> [KustomizationFile] {
        var found: [KustomizationFile] = []
        var seen: Set<FilePath> = []
        let most = index == nil ? Self.mostElsewhere : Self.mostNearby
        let steps = min(
            index == nil ? heightElsewhere(of: folder) : Self.height(of: folder, files) ?? 0, Self.mostSteps)
        var levels = (0...steps).map { [Self.above(folder, $0)] }
        // What is near to any of the folders above comes before what is deep in one.
        for depth in 0...2 {
            for step in levels.indices {
                for folder in levels[step] where seen.insert(folder).inserted {
                    if let file = files.nearby.kustomization(in: folder, files) { found.append(file) }
                }
                if depth < 2 { levels[step] = levels[step].flatMap { folders(in: $0, most: most) } }
            }
        }
        return found
    }

    private mutating func folders(in folder: FilePath, most: Int) -> [FilePath] {
        guard folders.contains(folder) || folders.count < most else { return [] }
        folders.insert(folder)
        return files.nearby.contents(of: folder, files).folders.prefix(most).map { folder.appending($0) }
    }

    /// How far above a folder its repository begins; `nil` where it is in none. Within a repository, what deploys is often
    /// kept beside what is deployed. What lies above a repository is another matter.
    private static func height(of folder: FilePath, _ files: InputFiles) -> Int? {
        var place = folder
        for step in 0...8 {
            let marks = [".git/HEAD", ".git"].map { place.pushing(FilePath($0)) }
            if marks.contains(where: { files.isRegularFile($0) && (try? files.read($0)) != nil }) { return step }
            place = above(place, 1)
        }
        return nil
    }

    /// In no repository, a base has its overlays beside it. Beside anything else may lie whatever people keep there.
    private func heightElsewhere(of folder: FilePath) -> Int {
        let above = files.resolved(Self.above(folder, 1))
        guard files.nearby.kustomization(in: folder, files) != nil, !files.isWorldWritable(above),
            above.removingLastComponent() != above
        else { return 0 }
        return 1
    }

    private static func above(_ folder: FilePath, _ steps: Int) -> FilePath {
        (0..<steps).reduce(folder) { place, _ in place.appending("..").lexicallyNormalized() }
    }
}
