import FoundationEssentials
import Glibc
import Synchronization
public import SystemPackage

/// Reads the config and the files that it names, from the disk or from a test's own texts.
public struct InputFiles: Sendable {
    /// Why a file cannot be read, as the end of a sentence about it: "does not exist".
    public struct Failure: Error {
        public var reason: String
        public init(reason: String) { self.reason = reason }

        public static let missing = Failure(reason: "does not exist")
        public var isMissing: Bool { reason == Self.missing.reason }
    }

    /// Reads a file. It throws ``Failure`` if there is no such file, or if it cannot be read.
    public var read: @Sendable (FilePath) throws(Failure) -> [UInt8]
    /// The contents of a folder; nothing for a path that is no folder.
    public var contents: @Sendable (FilePath) -> FolderContents = { _ in FolderContents() }
    /// Whether a path leads to a pipe, such as a shell's `<(…)`. Names in it are not relative to its folder.
    public var isPipe: @Sendable (FilePath) -> Bool = { _ in false }
    /// Whether a path leads to a file that can be read to its end, and not to a pipe or a device.
    var isRegularFile: @Sendable (FilePath) -> Bool = { _ in true }
    /// Whether everybody may put something into a folder, as into `/tmp`.
    var isWorldWritable: @Sendable (FilePath) -> Bool = { _ in false }
    /// The path without symbolic links, so that two paths to one file are equal.
    public var resolved: @Sendable (FilePath) -> FilePath
    /// Now, in seconds since 1970, since certificates expire.
    public var now: Int
    /// The folder to which the config is rendered. Files in it need not exist yet.
    public var output: FilePath?
    let nearby = NearbyFiles()
    /// The environment variables of the process.
    public var environment: [String: String]

    public init(
        environment: [String: String], now: Int = time(nil),
        resolved: @escaping @Sendable (FilePath) -> FilePath = { $0.lexicallyNormalized() },
        read: @escaping @Sendable (FilePath) throws(Failure) -> [UInt8]
    ) {
        self.resolved = resolved
        self.environment = environment
        self.now = now
        self.read = read
    }

    /// The name of standard input in a config.
    static let standardInput: FilePath = "-"

    /// The real files, and standard input. All expected files are small, so a large one is refused.
    public static func disk(environment: [String: String]) -> InputFiles {
        var files = InputFiles(environment: environment, resolved: realPath(of:)) { path throws(Failure) in
            path == standardInput ? try standardInputContents.get() : try contents(of: path)
        }
        files.contents = FolderContents.init(of:)
        files.isPipe = isPipe
        files.isRegularFile = { kind(of: $0) == S_IFREG }
        files.isWorldWritable = { path in
            var status = stat()
            let isThere = (path.isEmpty ? "." : path).withPlatformString { stat($0, &status) } == 0
            return isThere && status.st_mode & S_IWOTH != 0
        }
        return files
    }

    /// The same, with some files replaced by their future contents.
    public func over(_ contents: [FilePath: [UInt8]]) -> InputFiles {
        var result = self
        let contents = Dictionary(contents.map { (resolved($0.key), $0.value) }, uniquingKeysWith: { $1 })
        result.read = { path throws(Failure) in
            if let edited = contents[self.resolved(path)] { return edited }
            return try self.read(path)
        }
        return result
    }

    /// The path without links.
    public static func realPath(of path: FilePath) -> FilePath {
        if let pointer = (path.isEmpty ? "." : path).withPlatformString({ realpath($0, nil) }) {
            defer { free(pointer) }
            return FilePath(platformString: pointer)
        }
        // A file that does not exist yet gets its name from its folder's.
        guard let last = path.lastComponent else { return path }
        return realPath(of: path.removingLastComponent()).appending(last).lexicallyNormalized()
    }

    private static let sizeLimit = 16 << 20

    /// The contents of standard input. It can be read only once, but may be named twice.
    private static let standardInputContents = Result { () throws(Failure) in
        guard isatty(FileDescriptor.standardInput.rawValue) == 0 else {
            throw Failure(reason: "is a terminal; pipe into this command what it is to read")
        }
        do { return try contents(of: .standardInput) } catch let failure as Failure { throw failure } catch {
            throw Failure(reason: "cannot be read: \(error)")
        }
    }

    private static func contents(of descriptor: FileDescriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= sizeLimit {
            let count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        throw Failure(reason: "is larger than \(sizeLimit >> 20) MiB")
    }

    private static func kind(of path: FilePath) -> mode_t? {
        var status = stat()
        return path.withPlatformString { stat($0, &status) } == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func isPipe(_ path: FilePath) -> Bool { kind(of: path) == S_IFIFO }

    /// Contents of pipes. Each can be read only once, but may be asked for again.
    private static let pipes = Mutex<[FilePath: Result<[UInt8], Failure>]>([:])

    private static func contents(of path: FilePath) throws(Failure) -> [UInt8] {
        guard isPipe(path) else { return try fileContents(of: path) }
        return try pipes.withLock { pipes in
            let contents = pipes[path] ?? Result { () throws(Failure) in try fileContents(of: path) }
            pipes[path] = contents
            return contents
        }.get()
    }

    private static func fileContents(of path: FilePath) throws(Failure) -> [UInt8] {
        do {
            let descriptor = try FileDescriptor.open(path, .readOnly)
            return try descriptor.closeAfter { try contents(of: descriptor) }
        } catch let failure as Failure {
            throw failure
        } catch Errno.noSuchFileOrDirectory {
            throw Failure.missing
        } catch Errno.isDirectory {
            throw Failure(reason: "is a folder, not a file")
        } catch Errno.permissionDenied {
            throw Failure(reason: "may not be read by this user")
        } catch {
            throw Failure(reason: "cannot be read: \(error)")
        }
    }
}
