import Glibc
import SystemPackage

/// The names in a folder, but for hidden ones.
public struct FolderContents: Sendable {
    /// The folders themselves. A link to one is none: what it leads to has a place of its own.
    public var folders: [String] = []
    /// What may hold YAML or a kustomization, by its name.
    public var documents: [String] = []

    /// Of a folder that is empty, or is none.
    public init() {}

    /// What is in a folder on the disk.
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
