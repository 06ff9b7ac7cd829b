import FoundationEssentials
import Glibc
import SystemPackage

/// A new folder below `parent`, or `TMPDIR` (`/tmp` by default), that only we can read. Whoever asks for one also removes it.
func makeTemporaryFolder(_ purpose: String, parent: FilePath? = nil) throws -> FilePath {
    let parent = parent?.string ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/rehome-\(purpose)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    return FilePath(
        template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) }
    )
}

/// Removes a folder and all that is in it.
func remove(_ folder: FilePath) {
    try? FileManager.default.removeItem(atPath: folder.string)
}

extension FilePermissions {
    /// What everybody may read and only we may write.
    static let worldReadable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
}

extension FilePath {
    /// Writes the file anew, with exactly these permissions whatever the umask.
    public func write(_ text: String, mode: FilePermissions = .ownerReadWrite) throws {
        let file = try FileDescriptor.open(
            self, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: mode)
        _ = try file.closeAfter {
            guard fchmod(file.rawValue, mode.rawValue) == 0 else { throw Errno(rawValue: errno) }
            try file.writeAll(text.utf8)
        }
    }

    /// Makes the folder that the path names, for everybody to read.
    func createFolder() throws {
        guard mkdir(string, 0o755) == 0, chmod(string, 0o755) == 0 else { throw Errno(rawValue: errno) }
    }

    /// The whole file as text.
    public func text() throws -> String {
        let file = try FileDescriptor.open(self, .readOnly, options: .closeOnExec)
        return try file.closeAfter {
            var content: [UInt8] = []
            try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
                while case let count = try file.read(into: buffer), count > 0 { content += buffer.prefix(count) }
            }
            return String(decoding: content, as: UTF8.self)
        }
    }
}
