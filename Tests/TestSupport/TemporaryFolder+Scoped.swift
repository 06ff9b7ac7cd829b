import Glibc
public import SystemPackage

/// Runs `body` with a new folder, which is gone, with all that is in it, when `body` is over.
public func withTemporaryFolder<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (FilePath) async throws -> Result
) async throws -> Result {
    let folder = try makeTemporaryFolder("test")
    defer { removeAll(folder) }
    return try await body(folder)
}

/// Removes a file, or a folder with all that is in it; symbolic links are not followed.
private func removeAll(_ path: FilePath) {
    if unlink(path.string) == 0 { return }
    guard let stream = opendir(path.string) else { return }
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != "." && name != ".." { removeAll(path.appending(name)) }
    }
    closedir(stream)
    rmdir(path.string)
}
