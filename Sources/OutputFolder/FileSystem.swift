import Glibc
import SystemPackage

/// The few file operations that swift-system does not have.
enum FileSystem {
    enum Entry {
        case missing, file, folder, other
    }

    /// What a path is, symbolic links not followed.
    static func entry(_ path: FilePath) throws(Errno) -> Entry {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return .missing }
            throw Errno(rawValue: errno)
        }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    /// The path with every symbolic link in it followed.
    static func resolved(_ path: FilePath) throws(Errno) -> FilePath {
        guard let pointer = path.withPlatformString({ realpath($0, nil) }) else { throw Errno(rawValue: errno) }
        defer { free(pointer) }
        return FilePath(platformString: pointer)
    }

    static func permissions(_ path: FilePath) throws(Errno) -> FilePermissions {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { throw Errno(rawValue: errno) }
        return FilePermissions(rawValue: status.st_mode & 0o777)
    }

    static func makeFolder(_ path: FilePath) throws(Errno) {
        if path.withPlatformString({ mkdir($0, 0o777) }) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
    }

    /// Makes a folder and those above it.
    static func makeFolders(_ path: FilePath) throws(Errno) {
        if path.isEmpty || path.components.isEmpty { return }
        if try entry(path) == .missing { try makeFolders(path.removingLastComponent()) }
        try makeFolder(path)
    }

    static func rename(_ source: FilePath, to target: FilePath) throws(Errno) {
        let result = source.withPlatformString { from in target.withPlatformString { to in Glibc.rename(from, to) } }
        if result != 0 { throw Errno(rawValue: errno) }
    }

    static func removeFile(_ path: FilePath) throws(Errno) {
        if path.withPlatformString({ unlink($0) }) != 0, errno != ENOENT { throw Errno(rawValue: errno) }
    }

    /// Removes a folder if nothing is in it.
    static func removeEmptyFolder(_ path: FilePath) { _ = path.withPlatformString { rmdir($0) } }

    static func list(_ path: FilePath) throws(Errno) -> [String] {
        guard let stream = path.withPlatformString({ opendir($0) }) else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let item = readdir(stream) {
            let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    static func read(_ path: FilePath) throws(Errno) -> [UInt8] {
        do {
            let descriptor = try FileDescriptor.open(path, .readOnly)
            return try descriptor.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 64 << 10)
                while true {
                    let count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
                    if count == 0 { return bytes }
                    bytes += chunk[..<count]
                }
            }
        } catch let error as Errno { throw error } catch { throw .ioError }
    }

    /// Writes a file, in the place of what it held.
    /// - Parameter isLasting: whether to wait until it is on the disk, which takes some hundred times as long.
    static func write(
        _ bytes: [UInt8], to path: FilePath, mode: FilePermissions, isLasting: Bool
    ) throws(Errno) {
        try write(bytes, to: path, options: [.create, .truncate], mode: mode, isLasting: isLasting)
    }

    /// Makes a file where there is none. If that fails, there still is none of ours.
    static func create(_ path: FilePath, holding bytes: [UInt8], mode: FilePermissions) throws(Errno) {
        do {
            try write(bytes, to: path, options: [.create, .exclusiveCreate], mode: mode, isLasting: false)
        } catch {
            if error != .fileExists { try? removeFile(path) }
            throw error
        }
    }

    private static func write(
        _ bytes: [UInt8], to path: FilePath, options: FileDescriptor.OpenOptions, mode: FilePermissions, isLasting: Bool
    ) throws(Errno) {
        do {
            let descriptor = try FileDescriptor.open(path, .writeOnly, options: options, permissions: mode)
            try descriptor.closeAfter {
                try descriptor.writeAll(bytes)
                if isLasting, fsync(descriptor.rawValue) != 0 { throw Errno(rawValue: errno) }
            }
        } catch let error as Errno { throw error } catch { throw .ioError }
    }
}
