public import Manifests
public import SystemPackage

/// A folder of rendered files, and perhaps other files, which stay untouched.
public struct OutputFolder: Sendable {
    public let path: FilePath
    /// The version of Rehome that writes; `nil` for a folder that is to say nothing of it.
    public let version: String?

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
    public func writtenBy() throws(OutputError) -> String? { try index()?.version }

    /// What writing these files would change, sorted by path. Nothing, if the folder is current.
    public func changes(to files: [RenderedFile]) throws(OutputError) -> [Change] {
        let index = try index()
        var changes: [Change] = []
        for file in files {
            let old = try content(file.path)
            if old != file.bytes { changes.append(Change(path: file.path, old: old, new: file.bytes)) }
        }
        let paths = Set(files.map(\.path))
        for path in (index?.digests.keys.filter { !paths.contains($0) }) ?? [] {
            if let old = try content(path) { changes.append(Change(path: path, old: old, new: nil)) }
        }
        return changes.sorted { $0.path < $1.path }
    }

    func index() throws(OutputError) -> FileIndex? {
        guard let bytes = try content(FileIndex.fileName) else { return nil }
        do { return try FileIndex(parsing: String(decoding: bytes, as: UTF8.self)) } catch {
            throw OutputError(
                "\(path.appending(FileIndex.fileName)) \(error.reason)",
                advice: "Take it from git again, or remove the folder's generated files and this one and render anew.")
        }
    }

    func content(_ relative: String) throws(OutputError) -> [UInt8]? {
        let file = path.appending(FilePath(relative).components)
        do {
            switch try FileSystem.entry(file) {
            case .missing: return nil
            case .file: return try FileSystem.read(file)
            case .folder, .other:
                throw OutputError("\(file) is no plain file", advice: "Move it away, or choose another folder.")
            }
        } catch let error as OutputError { throw error } catch {
            throw OutputError("\(file) cannot be read: \(error)")
        }
    }
}
