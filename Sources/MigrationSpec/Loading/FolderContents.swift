import Glibc
import SystemPackage

/// The names in a folder, without hidden ones.
public struct FolderContents: Sendable {
    /// Folders. Symbolic links to folders are left out, since the folder itself is found elsewhere.
    public var folders: [String] = []
    /// Files that may be YAML or a kustomization, by their names.
    public var documents: [String] = []

    /// The contents of an empty folder, or of a path that is no folder.
    public init() {}

    /// Reads a folder on the disk.
    init(of path: FilePath) {
        guard let folder = (path.isEmpty ? "." : path).withPlatformString({ opendir($0) }) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            switch Int(entry.pointee.d_type) {
            case Int(DT_DIR): folders.append(name)
            case Int(DT_REG), Int(DT_LNK): if Self.mayBeYAML(name) { documents.append(name) }
            case Int(DT_UNKNOWN):
                // Some file systems do not say what an entry is.
                if Self.isFolder(path.appending(name)) {
                    folders.append(name)
                } else if Self.mayBeYAML(name) {
                    documents.append(name)
                }
            default: break
            }
        }
        folders.sort()
        documents.sort()
    }

    private static func mayBeYAML(_ name: String) -> Bool {
        name.hasSuffix(".yaml") || name.hasSuffix(".yml") || KustomizationFile.names.contains(name)
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
