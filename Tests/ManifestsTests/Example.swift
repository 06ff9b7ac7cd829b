import Glibc
import Manifests
import MigrationSpec
import OutputFolder
import SystemPackage
import Testing
import YAMLTree

/// The examples that the repository brings, and what they render to.
enum Example: String, CaseIterable {
    case statefulSet = "statefulset"
    case external

    static let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()

    var config: FilePath { Self.root.appending("examples").appending(rawValue).appending("rehome.yaml") }

    func migration() throws -> Migration {
        try MigrationLoader(files: .disk(environment: [:])).load(config).migration
    }

    func files() throws -> [RenderedFile] { try Renderer().render(try migration()) }
}

extension [RenderedFile] {
    func text(_ path: String) throws -> String {
        let file = try #require(first { $0.path == path }, "no \(path) among \(map(\.path))")
        return String(decoding: file.bytes, as: UTF8.self)
    }

    /// The only file of a stage whose name begins so.
    func object(_ prefix: String) throws -> YAMLValue {
        let matches = filter { $0.path.hasPrefix(prefix) }
        try #require(matches.count == 1, "\(matches.map(\.path)) begin with \(prefix), among \(map(\.path))")
        return try YAMLFile(parsing: matches[0].bytes, name: matches[0].path).onlyDocument.root.value()
    }
}

/// A migration of in-memory files: the external example's config with some lines exchanged.
func migration(config: String, files: [String: String]) throws -> Migration {
    let texts = files.merging(["rehome.yaml": config]) { text, _ in text }
    let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
        guard let text = texts[path.string] else { throw InputFiles.Failure(reason: "does not exist") }
        return Array(text.utf8)
    }
    return try MigrationLoader(files: input).load("rehome.yaml").migration
}

/// A folder that is gone when the test is over.
func withTemporaryFolder<Result>(_ body: (FilePath) async throws -> Result) async throws -> Result {
    var template = Array("/tmp/rehome-test-XXXXXX".utf8CString)
    try #require(template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } } != nil)
    let path = FilePath(platformString: template)
    defer { remove(path) }
    return try await body(path)
}

private func remove(_ path: FilePath) {
    if let stream = path.withPlatformString({ opendir($0) }) {
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { remove(path.appending(name)) }
        }
        closedir(stream)
        _ = path.withPlatformString { rmdir($0) }
    } else {
        _ = path.withPlatformString { unlink($0) }
    }
}
