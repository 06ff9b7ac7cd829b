import SystemPackage

/// Looks for overlays: kustomizations nearby that list the CR's file, its folder's kustomization, or an overlay of that.
struct OverlaySearch {
    struct Overlay {
        var kustomization: NeighbouringKustomization
        /// The name of what it lists.
        var base: String
    }

    /// What a kustomization may list.
    private struct Target {
        var place: FilePath
        var folder: FilePath
        var name: String
        /// The folders that it is made of.
        var below: Set<FilePath>
    }

    /// How many folders of a repository are looked through. Elsewhere, what lies nearby may be anything.
    static let most = 1000
    private static let mostElsewhere = 60
    /// How many folders above another one are looked through.
    private static let mostSteps = 3

    private(set) var overlays: [Overlay] = []
    /// Those that list what lists them.
    private(set) var cycles: [Overlay] = []
    /// Whether all that is near in the repository was looked at.
    private(set) var isWhole = true

    private let files: InputFiles
    private var folders: Set<FilePath> = []

    init(of path: FilePath, own: NeighbouringKustomization?, in files: InputFiles) {
        self.files = files
        let folder = path.removingLastComponent()
        let home = files.resolved(folder)
        var targets = [Target(place: files.resolved(path), folder: folder, name: path.string, below: [])]
        if let own { targets.append(Target(place: home, folder: folder, name: own.name, below: [])) }
        var seen: Set<FilePath> = [home]
        var next = targets.startIndex
        while next < targets.endIndex {
            let target = targets[next]
            next += 1
            for file in kustomizations(around: target.folder) where file.listed.contains(target.place) {
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
    }

    /// Those in a folder and two levels below it, and the same of the folders above.
    private mutating func kustomizations(around folder: FilePath) -> [KustomizationFile] {
        var found: [KustomizationFile] = []
        var seen: Set<FilePath> = []
        let height = height(of: folder)
        let most = height == nil ? Self.mostElsewhere : Self.most
        let steps = min(height ?? heightElsewhere(of: folder), Self.mostSteps)
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
        guard folders.contains(folder) || folders.count < most else {
            if most == Self.most { isWhole = false }
            return []
        }
        folders.insert(folder)
        return files.nearby.folders(in: folder, most: most, files)
    }

    /// How far above a folder its repository begins; `nil` where it is in none. Within a repository, what deploys is often
    /// kept beside what is deployed. What lies above a repository is another matter.
    private func height(of folder: FilePath) -> Int? {
        (0...8).first { step in
            let place = Self.above(folder, step)
            return [".git/HEAD", ".git"].map { place.pushing(FilePath($0)) }.contains {
                files.isRegularFile($0) && (try? files.read($0)) != nil
            }
        }
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
