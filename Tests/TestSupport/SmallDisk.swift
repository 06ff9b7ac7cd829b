import Glibc
public import SystemPackage

/// A file system of a few megabytes, in memory, that a server can run out of.
public struct SmallDisk: Sendable {
    public let folder: FilePath

    /// Only root can mount, and a container's root perhaps not either.
    public static let isPossible = geteuid() == 0 && access("/bin/mount", X_OK) == 0

    /// Runs `body` with a disk, which is gone when `body` is over. What uses it is to be stopped by then.
    public static func with<Result>(
        megabytes: Int, isolation: isolated (any Actor)? = #isolation, _ body: (SmallDisk) async throws -> Result
    ) async throws -> Result {
        let folder = try makeTemporaryFolder("disk")
        defer { rmdir(folder.string) }
        _ = try await Command.run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder.string])
        // Lazily: after a failure a server may still be on its way out.
        defer { umount2(folder.string, Int32(MNT_DETACH)) }
        return try await body(SmallDisk(folder: folder))
    }

    private var ballast: FilePath { folder.appending("ballast") }

    /// Takes all the room but this.
    public func fill(leaving megabytes: Int) throws {
        var facts = statvfs()
        guard statvfs(folder.string, &facts) == 0 else { throw Errno(rawValue: errno) }
        let size = Int(facts.f_bavail) * Int(facts.f_frsize) - megabytes << 20
        let file = try FileDescriptor.open(
            ballast, .writeOnly, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        try file.closeAfter {
            let result = posix_fallocate(file.rawValue, 0, max(1, size))
            guard result == 0 else { throw Errno(rawValue: result) }
        }
    }

    public func clear() throws {
        guard unlink(ballast.string) == 0 else { throw Errno(rawValue: errno) }
    }
}
