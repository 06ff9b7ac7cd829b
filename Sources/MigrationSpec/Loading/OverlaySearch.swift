import SystemPackage

/// Finds overlays of the CR: kustomizations nearby that list its file, the kustomization of its folder, or another
/// overlay. Finds the objects of Flux and Argo CD too that apply one of these folders.
struct OverlaySearch {
    struct Overlay {
        var kustomization: NeighbouringKustomization
        /// The name of the file or overlay that it lists.
        var base: String
    }

    /// A folder, and the object of Flux or Argo CD that applies it.
    struct AppliedFolder {
        var object: EngineKustomization
        var folder: FilePath
        var place: FilePath
    }

    /// The CR's file or a kustomization, which overlays may list and engines may apply.
    private struct Target {
        var place: FilePath
        var folder: FilePath
        var name: String
        /// The folders of what it lists, directly or not. An overlay that is among them closes a cycle.
        var below: Set<FilePath>
    }

    private static let mostElsewhere = 60
    /// The most folders near the CR that are searched where the repository is too large to be searched as a whole.
    private static let mostNearby = 300
    /// The search goes up at most this many folders.
    private static let mostSteps = 3

    private(set) var overlays: [Overlay] = []
    /// Overlays that list themselves by way of others, which kustomize refuses.
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
        // Where the folder has no kustomization, an engine applies its files as they are.
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
        // An engine that applies a folder without a kustomization applies the folders below it too. So the search goes
        // up until a folder has one.
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

    /// The kustomizations in a folder and two levels below it, and around the folders above it.
    private mutating func kustomizations(around folder: FilePath) -> [KustomizationFile] {
        var found: [KustomizationFile] = []
        var seen: Set<FilePath> = []
        let most = index == nil ? Self.mostElsewhere : Self.mostNearby
        let steps = min(
            index == nil ? heightElsewhere(of: folder) : Self.height(of: folder, files) ?? 0, Self.mostSteps)
        var levels = (0...steps).map { [Self.above(folder, $0)] }
        // Level by level, so that the limit cuts off what is far away.
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

    /// How many folders above a folder its repository begins; `nil` outside of a repository. Overlays are often kept
    /// beside bases in one repository, but not above it.
    private static func height(of folder: FilePath, _ files: InputFiles) -> Int? {
        var place = folder
        for step in 0...8 {
            let marks = [".git/HEAD", ".git"].map { place.pushing(FilePath($0)) }
            if marks.contains(where: { files.isRegularFile($0) && (try? files.read($0)) != nil }) { return step }
            place = above(place, 1)
        }
        return nil
    }

    /// Outside of a repository, only a base may have overlays beside it. Beside any other folder lie unrelated files.
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
