import Glibc
import Manifests
import SystemPackage

/// A file of the user's that is edited. It is locked against other processes of rehome that edit it.
final class UserFile {
    let folder: Folder
    let name: String
    let attributes: Folder.Attributes
    private let descriptor: Int32

    /// Names of our files beside it. They have a hash of its name, since a long name with a suffix would be too long.
    var stagedName: String { ".rehome-\(mark).new" }
    var savedName: String { ".rehome-\(mark).old" }
    private var mark: String { String(FileIndex.digest(of: Array(name.utf8)).prefix(16)) }

    private init(_ descriptor: Int32, _ name: String, in folder: Folder, _ status: stat) {
        self.descriptor = descriptor
        self.name = name
        self.folder = folder
        attributes = Folder.Attributes(owner: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o7777)
    }

    /// Opens a file. If the path is a link, the file that it leads to is edited, and the link stays.
    ///
    /// - Throws: ``OutputError`` if the file has changed since it was read.
    static func open(_ edit: EditedFile, disk: Disk) throws(OutputError) -> UserFile {
        try OutputError.reporting("\(edit.path) cannot be edited") {
            guard let pointer = realpath(edit.path, nil) else { throw Errno(rawValue: errno) }
            defer { free(pointer) }
            let path = FilePath(platformString: pointer)
            guard let name = path.lastComponent?.string else { throw Errno.isDirectory }
            let folder = try Folder.open(path.removingLastComponent(), isMade: false, disk: disk)
            let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
            let descriptor = try Disk.call { openat(folder.descriptor, name, flags) }
            let file = UserFile(descriptor, name, in: folder, try Disk.status { fstat(descriptor, $0) })
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw OutputError("another rehome is editing \(edit.path)", advice: "Wait until it is done.")
            }
            try file.check(edit)
            return file
        }
    }

    deinit { close(descriptor) }

    /// Checks that nobody has replaced the file or written to it since it was read.
    private func check(_ edit: EditedFile) throws {
        let opened = try Disk.status { fstat(descriptor, $0) }
        let now = try Disk.status { fstatat(folder.descriptor, name, $0, AT_SYMLINK_NOFOLLOW) }
        let isSameFile = now.st_ino == opened.st_ino && now.st_dev == opened.st_dev
        let content = try Folder.read(FileDescriptor(rawValue: descriptor), at: FilePath(edit.path))
        guard isSameFile, content == edit.old else {
            throw OutputError("\(edit.path) was changed while it was being rendered", advice: "Run the command again.")
        }
    }

    /// Removes files beside it that a killed process left.
    func clear() throws(Errno) {
        for name in [stagedName, savedName] where try folder.entry(name) != .missing { try folder.remove(name) }
    }
}
