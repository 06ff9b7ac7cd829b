import Manifests
import MigrationSpec
import OutputFolder
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// The examples that the repository brings, and what they render to.
enum Example: String, CaseIterable {
    case statefulSet = "statefulset"
    case external

    var config: FilePath { Checkout.folder.appending("examples").appending(rawValue).appending("rehome.yaml") }

    func migration() throws -> Migration {
        try MigrationLoader(files: .disk(environment: [:])).load(config).migration
    }

    /// With lines added at the end of its `spec`.
    func migration(adding lines: String) throws -> Migration {
        let text = try InputFiles.disk(environment: [:]).read(config)
        return try migration(config: String(decoding: text, as: UTF8.self) + lines)
    }

    /// With another text in the place of the config, and of the CR's file.
    func migration(config text: String, backstage: String? = nil) throws -> Migration {
        let disk = InputFiles.disk(environment: [:])
        let config = config
        let cr = config.removingLastComponent().appending("backstage.yaml")
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            if path == cr, let backstage { return Array(backstage.utf8) }
            return try path == config ? Array(text.utf8) : disk.read(path)
        }
        return try MigrationLoader(files: input).load(config).migration
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
func migration(config: String, files: [String: String], environment: [String: String] = [:]) throws -> Migration {
    let texts = files.merging(["rehome.yaml": config]) { text, _ in text }
    let input = InputFiles(environment: environment) { path throws(InputFiles.Failure) in
        guard let text = texts[path.string] else { throw InputFiles.Failure(reason: "does not exist") }
        return Array(text.utf8)
    }
    return try MigrationLoader(files: input).load("rehome.yaml").migration
}
