import SystemPackage

/// All kustomizations of a repository, and all objects in it by which Flux or Argo CD apply folders.
struct RepositoryIndex: Sendable {
    /// Enough for nearly all repositories, and read in less than a second.
    static let mostFolders = 5000
    static let mostDocuments = 10_000
    /// Folders with thousands of others in them, and never a manifest of the team's.
    private static let passedOver: Set = ["node_modules"]

    /// The repository's folder, by the path that leads there from the first CR.
    let root: FilePath
    /// The same without symbolic links.
    let place: FilePath
    let objects: [EngineKustomization]
    /// Whether all folders and files were looked at.
    let isWhole: Bool
    private let lists: [FilePath: [KustomizationFile]]

    init(of root: FilePath, in files: InputFiles) {
        self.root = root
        place = files.resolved(root)
        var lists: [FilePath: [KustomizationFile]] = [:]
        var objects: [EngineKustomization] = []
        var folders = [root]
        var (next, documents, isWhole) = (folders.startIndex, 0, true)
        while next < folders.endIndex {
            let folder = folders[next]
            next += 1
            let contents = files.nearby.contents(of: folder, files)
            let below = contents.folders.filter { !Self.passedOver.contains($0) }.map { folder.appending($0) }
            let room = Self.mostFolders - folders.count
            if below.count > room { isWhole = false }
            folders += below.prefix(room)
            if contents.documents.contains(where: KustomizationFile.names.contains),
                let file = files.nearby.kustomization(in: folder, files)
            {
                for place in file.listed { lists[place, default: []].append(file) }
            }
            for name in contents.documents where !KustomizationFile.names.contains(name) {
                documents += 1
                guard documents <= Self.mostDocuments else {
                    isWhole = false
                    break
                }
                let path = folder.appending(name)
                if files.isRegularFile(path) { objects += EngineKustomization.all(in: path, files) }
            }
        }
        (self.lists, self.objects, self.isWhole) = (lists, objects, isWhole)
    }

    /// Whether a folder of the repository is searched, as long as the limits allow it.
    func looksInto(_ folder: FilePath) -> Bool {
        folder.components.dropFirst(place.components.count).map(\.string).allSatisfy {
            !$0.hasPrefix(".") && !Self.passedOver.contains($0)
        }
    }

    /// The kustomizations that list a file or a folder.
    func kustomizations(listing place: FilePath) -> [KustomizationFile] { lists[place] ?? [] }
}
