public import SystemPackage

/// A file that must not exist yet.
public enum NewFile {
    /// The error for a path at which there is something already.
    public static func exists(_ path: FilePath) -> OutputError {
        OutputError("\(path) exists already", advice: "Move it away, or name another file with -f.")
    }

    /// - Throws: ``OutputError`` if there is something already, or the file cannot be written. Then no part of it is
    ///   left.
    public static func write(_ bytes: [UInt8], to path: FilePath) throws(OutputError) {
        try OutputError.reporting("\(path) cannot be written") {
            guard let name = path.lastComponent?.string else { throw Errno.isDirectory }
            let folder = try Folder.open(path.removingLastComponent(), isMade: false, disk: .real)
            do { try folder.create(name, holding: bytes, mode: 0o644) } catch Errno.fileExists {
                throw exists(path)
            } catch {
                try? folder.remove(name)
                throw error
            }
        }
    }
}
