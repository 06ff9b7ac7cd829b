public import Manifests
public import SystemPackage

/// A folder of rendered files, and perhaps other files, which stay untouched.
public struct OutputFolder: Sendable {
    public let path: FilePath
    /// The version of Rehome that writes; `nil` for a folder that is to say nothing of it.
    public let version: String?
    var disk = Disk.real

    public init(_ path: FilePath, version: String?) {
        self.path = path
        self.version = version
    }

    /// What a render would change.
    public struct Change: Sendable, Equatable {
        public var path: String
        /// What is on the disk; `nil` if nothing is.
        public var old: [UInt8]?
        /// What would be; `nil` if the file would go.
        public var new: [UInt8]?

        public init(path: String, old: [UInt8]?, new: [UInt8]?) {
            self.path = path
            self.old = old
            self.new = new
        }
    }

    /// The version that wrote the folder; `nil` if none did.
    public func writtenBy() throws(OutputError) -> String? { try opened().flatMap(index)?.version }

    /// What is in a file of the folder; `nil` where there is none.
    public func read(_ relative: String) throws(OutputError) -> [UInt8]? { try opened()?.read(relative) }

    /// What writing these files would change, sorted by path. Nothing, if the folder is current.
    public func changes(to files: [RenderedFile]) throws(OutputError) -> [Change] {
        guard let tree = try opened() else {
            return files.map { Change(path: $0.path, old: nil, new: $0.bytes) }.sorted { $0.path < $1.path }
        }
        var changes: [Change] = []
        for file in files {
            let old = try tree.read(file.path)
            if old != file.bytes { changes.append(Change(path: file.path, old: old, new: file.bytes)) }
        }
        let paths = Set(files.map(\.path))
        for path in try index(tree)?.paths.filter({ !paths.contains($0) }) ?? [] {
            if let old = try tree.read(path) { changes.append(Change(path: path, old: old, new: nil)) }
        }
        return changes.sorted { $0.path < $1.path }
    }

    /// `nil` where there is no such folder.
    private func opened() throws(OutputError) -> OpenTree? {
        try OutputError.reporting("\(path) cannot be read") {
            do { return OpenTree(try Folder.open(path, isMade: false, disk: disk), at: path) } catch Errno
                .noSuchFileOrDirectory
            {
                return nil
            }
        }
    }

    func index(_ tree: OpenTree) throws(OutputError) -> FileIndex? {
        guard let bytes = try tree.read(FileIndex.fileName) else { return nil }
        do { return try FileIndex(parsing: bytes) } catch {
            throw OutputError("\(tree.place(of: FileIndex.fileName)) \(error.reason)", advice: FileIndex.advice)
        }
    }
}
