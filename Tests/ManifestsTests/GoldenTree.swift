import FoundationEssentials
import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// A combination of settings that differs in kind from the others, and what it renders to, both committed.
///
/// A folder of `Golden` is one: `rehome.yaml` and what it names, the rendered tree in `out`, and in `edited` what the
/// files of the team's own become where the cut-over edits them. A new folder with a config needs no more than
/// `make golden`.
struct GoldenTree: CustomTestStringConvertible {
    let name: String

    static let folder = Checkout.folder.appending("Tests/ManifestsTests/Golden")
    static let all =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []).sorted().map(GoldenTree.init)

    var testDescription: String { name }
    var folder: FilePath { Self.folder.appending(name) }
    var output: FilePath { folder.appending("out") }

    /// Passwords are throw-away, and what seals them has no key any more.
    static let input = InputFiles.disk(environment: ["GOLDEN_PASSWORD": "throw-away"])

    func unsealed() throws -> RenderedMigration {
        try Renderer().render([folder.appending("rehome.yaml")], with: MigrationLoader(files: Self.input))
    }

    func migration() throws -> Migration { try unsealed().migration }

    /// With what is sealed as it is committed, as long as it fits.
    func files() throws -> [RenderedFile] {
        let rendered = try unsealed()
        let sealer = Sealer(mode: .keep, now: Int(Date().timeIntervalSince1970)) { path in
            (try? output.appending(FilePath(path).components).text()).map { Array($0.utf8) }
        }
        return try sealer.seal(rendered.files, of: rendered.migration).files
    }

    /// What must be committed, by path from the folder.
    func rendered() throws -> [String: String] {
        var result: [String: String] = [:]
        // Each of the tools is the tree's Job with other arguments, and `out/` holds them all.
        for file in try files() where !file.path.hasPrefix("tools/") {
            result["out/\(file.path)"] = String(decoding: file.bytes, as: UTF8.self)
        }
        for edit in try unsealed().edits {
            let name = FilePath(edit.path).lastComponent?.string ?? ""
            result["edited/\(name)"] = String(decoding: edit.new, as: UTF8.self)
        }
        return result
    }

    /// What is committed, by path from the folder.
    func committed() throws -> [String: String] {
        var result: [String: String] = [:]
        for part in ["out", "edited"] {
            let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.appending(part).string)) ?? []
            for path in paths.map({ "\(part)/\($0)" }) where !isFolder(path) {
                result[path] = try folder.appending(FilePath(path).components).text()
            }
        }
        return result
    }

    /// Makes the committed tree what the config renders to.
    func write() throws {
        let rendered = try rendered()
        for part in ["out", "edited"] {
            try? FileManager.default.removeItem(atPath: folder.appending(part).string)
        }
        for (path, text) in rendered {
            let file = folder.appending(FilePath(path).components)
            try FileManager.default.createDirectory(
                atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
            let descriptor = try FileDescriptor.open(
                file, .writeOnly, options: .create, permissions: [.ownerReadWrite, .groupRead, .otherRead])
            _ = try descriptor.closeAfter { try descriptor.writeAll(text.utf8) }
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(
            atPath: folder.appending(FilePath(path).components).string, isDirectory: &isFolder) && isFolder
    }
}
