import Glibc
import Manifests
import MigrationSpec
import SystemPackage
import YAMLTree

/// What the instances rendered so far make of the user's files: two instances may stand in one file, and the second is to
/// see what the first changes.
struct EditedInputs {
    private var contents: [FilePath: [UInt8]] = [:]

    /// Whether any of these files has been edited already.
    func touches(_ edits: [EditedFile]) -> Bool { edits.contains { contents[Self.resolved(FilePath($0.path))] != nil } }

    mutating func add(_ edits: [EditedFile]) {
        for edit in edits where edit.old != edit.new { contents[Self.resolved(FilePath(edit.path))] = edit.new }
    }

    /// The files as they will be.
    func over(_ files: InputFiles) -> InputFiles {
        var result = files
        result.read = { [contents] path throws(InputFiles.Failure) in
            if let edited = contents[Self.resolved(path)] { return edited }
            return try files.read(path)
        }
        return result
    }

    /// Instances that would edit one and the same CR, if there are any, in groups.
    static func rivals(_ instances: [RenderedInstance]) -> [[RenderedInstance]] {
        struct Place: Hashable {
            var file: FilePath
            var index: Int
        }
        let editing = instances.compactMap { instance -> (Place, RenderedInstance)? in
            guard let backstage = instance.migration.backstage, !instance.edits.isEmpty else { return nil }
            return (Place(file: resolved(FilePath(backstage.file.name)), index: backstage.index), instance)
        }
        return Dictionary(grouping: editing, by: \.0).values.map { $0.map(\.1) }.filter { $0.count > 1 }
            .sorted { ($0.first?.output ?? "") < ($1.first?.output ?? "") }
    }

    /// One name for each file, whatever links and detours a path has.
    static func resolved(_ path: FilePath) -> FilePath {
        if let pointer = (path.isEmpty ? "." : path).withPlatformString({ realpath($0, nil) }) {
            defer { free(pointer) }
            return FilePath(platformString: pointer)
        }
        // What is not there yet has the name that its folder gives it.
        guard let last = path.lastComponent else { return path }
        return resolved(path.removingLastComponent()).appending(last).lexicallyNormalized()
    }
}
