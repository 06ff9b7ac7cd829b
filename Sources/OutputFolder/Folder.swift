import Glibc
import SystemPackage

/// An open folder. All operations are on this folder, even if another one is put at its path meanwhile.
///
/// Every name that it is given is one component of a path, and no symbolic link is followed: a link in the place of one
/// of our files or folders would let us write elsewhere.
final class Folder {
    enum Entry {
        case missing, file, folder, link, other
    }

    /// The owner and the permissions of a file.
    struct Attributes {
        var owner: uid_t
        var group: gid_t
        var mode: mode_t
    }

    let descriptor: Int32
    private let disk: Disk

    private init(_ descriptor: Int32, _ disk: Disk) {
        self.descriptor = descriptor
        self.disk = disk
    }

    deinit { close(descriptor) }

    /// The largest file that is read. All files that are expected here are smaller.
    private static let sizeLimit = 64 << 20
    private static let openFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC

    // MARK: Opening

    /// - Parameters:
    ///   - path: in an absolute path, links above the last component are followed, since the system or the user has
    ///     made them. In a relative path none are, since others may write to the tree.
    ///   - isMade: whether missing folders are made.
    /// - Throws: ``OutputError`` for a link; the system's error for everything else.
    static func open(_ path: FilePath, isMade: Bool, disk: Disk) throws -> Folder {
        var folder = Folder(try Disk.call { Glibc.open(path.isAbsolute ? "/" : ".", openFlags) }, disk)
        var place: FilePath = path.isAbsolute ? "/" : ""
        for (index, part) in path.components.enumerated() {
            place.append(part)
            let followsLinks = path.isAbsolute && index < path.components.count - 1
            folder = try folder.folder(part.string, at: place, isMade: isMade, followsLinks: followsLinks)
        }
        return folder
    }

    /// - Parameter place: the path of the folder that is opened, for messages.
    func folder(_ name: String, at place: FilePath, isMade: Bool, followsLinks: Bool = false) throws -> Folder {
        if isMade, try entry(name) == .missing {
            do { try makeFolder(name) } catch { if error != .fileExists { throw error } }
        }
        do {
            let flags = Self.openFlags | (followsLinks ? 0 : O_NOFOLLOW)
            return Folder(try Disk.call { openat(descriptor, name, flags) }, disk)
        } catch {
            let found = try entry(name)
            if found == .link, !followsLinks { throw OutputError.link(place) }
            if found == .file || found == .other { throw OutputError.inTheWay(place, "no folder") }
            throw error
        }
    }

    /// Locks the folder as long as it is open.
    ///
    /// - Returns: whether the lock was free.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    // MARK: Reading

    func entry(_ name: String) throws(Errno) -> Entry {
        let status: stat
        do { status = try Disk.status { fstatat(descriptor, name, $0, AT_SYMLINK_NOFOLLOW) } } catch {
            if error == .noSuchFileOrDirectory || error == .notDirectory { return .missing }
            throw error
        }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .link
        default: .other
        }
    }

    /// - Parameter place: the file's path, for messages.
    /// - Returns: `nil` if there is no such file.
    func read(_ name: String, at place: FilePath) throws -> [UInt8]? {
        switch try entry(name) {
        case .missing: return nil
        case .link: throw OutputError.link(place)
        case .folder, .other: throw OutputError.inTheWay(place, "no plain file")
        case .file: break
        }
        // Without blocking, since something else may have been put in its place, such as a pipe.
        let file = FileDescriptor(
            rawValue: try Disk.call { openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) })
        return try file.closeAfter { try Self.read(file, at: place) }
    }

    static func read(_ file: FileDescriptor, at place: FilePath) throws -> [UInt8] {
        let size = Int(try Disk.status { fstat(file.rawValue, $0) }.st_size)
        guard size <= sizeLimit else {
            throw OutputError(
                "\(place) is larger than \(sizeLimit >> 20) MiB", advice: "Move it away; it is not rehome's.")
        }
        // Bytes that are added meanwhile are not read.
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let room = UnsafeMutableRawBufferPointer(buffer)
            while count < size {
                let read = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
                if read == 0 { return }
                count += read
            }
        }
    }

    func names() throws(Errno) -> [String] {
        // A second descriptor, since the stream closes it.
        let copy = try Disk.call { openat(descriptor, ".", Self.openFlags) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw Errno(rawValue: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let item = readdir(stream) {
            let name = withUnsafeBytes(of: &item.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    // MARK: Changing

    /// Makes a file. Fails if there is something already.
    /// - Parameters:
    ///   - attributes: owner and permissions; `nil` for ours.
    ///   - isLasting: whether to wait until the file is on the disk, which takes some hundred times as long.
    func create(
        _ name: String, holding bytes: [UInt8], mode: mode_t, attributes: Attributes? = nil, isLasting: Bool = false
    ) throws {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = try disk.change { openat(descriptor, name, flags, mode) }
        defer { close(file) }
        try disk.write(bytes, to: file)
        if let attributes { try give(file, attributes) }
        if isLasting { try disk.synchronize(file) }
    }

    private func give(_ file: Int32, _ attributes: Attributes) throws {
        let status = try Disk.status { fstat(file, $0) }
        if status.st_uid != attributes.owner || status.st_gid != attributes.group {
            do { try disk.change { fchown(file, attributes.owner, attributes.group) } } catch {
                guard error == .notPermitted else { throw error }
                throw OutputError(
                    "it belongs to user \(attributes.owner) and group \(attributes.group), and would become this user's",
                    advice: "Run rehome as its owner, or give the file to this user first.")
            }
        }
        try disk.change { fchmod(file, attributes.mode) }
    }

    /// Lets only the owner read a file.
    func hide(_ name: String) throws {
        let file = try Disk.call { openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
        defer { close(file) }
        let status = try Disk.status { fstat(file, $0) }
        guard status.st_mode & 0o077 != 0 else { return }
        try disk.change { fchmod(file, status.st_mode & 0o700) }
    }

    /// Replaces a file by another one atomically.
    func rename(_ name: String, to folder: Folder, _ newName: String) throws(Errno) {
        try disk.change { renameat(descriptor, name, folder.descriptor, newName) }
    }

    /// Gives a file a second name.
    func link(_ name: String, to folder: Folder, _ newName: String) throws(Errno) {
        try disk.change { linkat(descriptor, name, folder.descriptor, newName, 0) }
    }

    func makeFolder(_ name: String) throws(Errno) { try disk.change { mkdirat(descriptor, name, 0o777) } }

    func remove(_ name: String) throws(Errno) {
        do { try disk.change { unlinkat(descriptor, name, 0) } } catch {
            if error != .noSuchFileOrDirectory { throw error }
        }
    }

    /// Removes a folder if it is empty.
    ///
    /// - Returns: whether it was removed.
    @discardableResult
    func removeFolder(_ name: String) throws(Errno) -> Bool {
        do { try disk.change { unlinkat(descriptor, name, AT_REMOVEDIR) } } catch {
            if error == .directoryNotEmpty || error == .fileExists || error == .noSuchFileOrDirectory { return false }
            throw error
        }
        return true
    }

    /// Waits until renames in this folder are on the disk.
    func synchronize() throws(Errno) { try disk.synchronize(descriptor) }
}
