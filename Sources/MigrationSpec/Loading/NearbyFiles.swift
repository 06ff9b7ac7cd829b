import Synchronization
import SystemPackage

/// Caches what was found near CRs. Many CRs of one run lie near each other, and their searches meet the same files.
final class NearbyFiles: Sendable {
    private let kustomizations = Mutex<[FilePath: KustomizationFile?]>([:])
    private let contents = Mutex<[FilePath: FolderContents]>([:])
    private let repositories = Mutex<[FilePath: RepositoryIndex]>([:])

    /// The kustomization of a folder, if it has one that can be read.
    func kustomization(in folder: FilePath, _ files: InputFiles) -> KustomizationFile? {
        if let known = kustomizations.withLock({ $0[folder] }) { return known }
        // A file that is no YAML, such as a template, cannot be followed.
        let found = (try? KustomizationFile(in: folder, files)) ?? nil
        kustomizations.withLock { $0[folder] = .some(found) }
        return found
    }

    func contents(of folder: FilePath, _ files: InputFiles) -> FolderContents {
        if let known = contents.withLock({ $0[folder] }) { return known }
        let found = files.contents(folder)
        contents.withLock { $0[folder] = found }
        return found
    }

    /// The index of the repository with that root. It is made once.
    func index(of root: FilePath, _ files: InputFiles) -> RepositoryIndex {
        let place = files.resolved(root)
        return repositories.withLock { repositories in
            let index = repositories[place] ?? RepositoryIndex(of: root, in: files)
            repositories[place] = index
            return index
        }
    }
}
