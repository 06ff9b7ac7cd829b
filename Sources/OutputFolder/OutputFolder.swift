public import Manifests
public import SystemPackage

/// A folder of rendered files. It may have other files, which are not touched.
public struct OutputFolder: Sendable {
    public let path: FilePath
    /// The version of Rehome that writes; `nil` for a folder that does not record it.
    public let version: String?
    var disk = Disk.real

    public init(_ path: FilePath, version: String?) {
        self.path = path
        self.version = version
    }

    /// A change that a render would make.
    public struct Change: Sendable, Equatable {
        public var path: String
        /// The content on the disk; `nil` if there is no file.
        public var old: [UInt8]?
        /// The content afterwards; `nil` if the file would be removed.
        public var new: [UInt8]?

        public init(path: String, old: [UInt8]?, new: [UInt8]?) {
            self.path = path
            self.old = old
            self.new = new
        }
    }

    /// The version that wrote the folder; `nil` if it is not recorded.
    ///
    /// - Throws: ``OutputError`` if the folder or its index cannot be read.
    public func writtenBy() throws(OutputError) -> String? { try opened().flatMap(index)?.version }

    /// The content of a file in the folder; `nil` if there is none.
    ///
    /// - Throws: ``OutputError`` if the file cannot be read, or if a symbolic link is in its place.
    public func read(_ relative: String) throws(OutputError) -> [UInt8]? { try opened()?.read(relative) }

    /// The changes that writing these files would make, sorted by path; none if the folder is current.
    ///
    /// - Throws: ``OutputError`` if a file or the index cannot be read.
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

    /// `nil` if there is no such folder.
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
