import Glibc
import Manifests
import SystemPackage

/// A file of the user's that is edited, locked against another rehome that edits it too.
final class UserFile {
    let folder: Folder
    let name: String
    let attributes: Folder.Attributes
    private let descriptor: Int32

    /// Names beside the file that are ours; a hash, since with anything added a long name would be too long.
    var stagedName: String { ".rehome-\(mark).new" }
    var savedName: String { ".rehome-\(mark).old" }
    private var mark: String { String(FileIndex.digest(of: Array(name.utf8)).prefix(16)) }

    private init(_ descriptor: Int32, _ name: String, in folder: Folder, _ status: stat) {
        self.descriptor = descriptor
        self.name = name
        self.folder = folder
        attributes = Folder.Attributes(owner: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o7777)
    }

    /// Through a link, the file that it leads to is meant, and the link stays.
    /// - Throws: ``OutputError`` for a file that is not what it was when it was read.
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

    /// Somebody may have replaced the file, or written to it, since it was read.
    private func check(_ edit: EditedFile) throws {
        let opened = try Disk.status { fstat(descriptor, $0) }
        let now = try Disk.status { fstatat(folder.descriptor, name, $0, AT_SYMLINK_NOFOLLOW) }
        let isSameFile = now.st_ino == opened.st_ino && now.st_dev == opened.st_dev
        let content = try Folder.read(FileDescriptor(rawValue: descriptor), at: FilePath(edit.path))
        guard isSameFile, content == edit.old else {
            throw OutputError("\(edit.path) was changed while it was being rendered", advice: "Run the command again.")
        }
    }

    /// Removes what an earlier death left beside the file.
    func clear() throws(Errno) {
        for name in [stagedName, savedName] where try folder.entry(name) != .missing { try folder.remove(name) }
    }
}
