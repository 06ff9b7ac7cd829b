import Manifests
import MigrationSpec
import SystemPackage
import YAMLTree

/// The user's files, with the edits of the instances rendered so far. Two instances may be in one file, and the second
/// must be rendered from what the first has changed.
struct EditedInputs {
    private var contents: [FilePath: [UInt8]] = [:]

    /// Whether any of these files has been edited already.
    func touches(_ edits: [EditedFile]) -> Bool {
        edits.contains { contents[InputFiles.realPath(of: FilePath($0.path))] != nil }
    }

    mutating func add(_ edits: [EditedFile]) {
        for edit in edits where edit.old != edit.new {
            contents[InputFiles.realPath(of: FilePath(edit.path))] = edit.new
        }
    }

    /// The input files, with the edits.
    func over(_ files: InputFiles) -> InputFiles { files.over(contents) }

    /// Groups of instances that would edit the same CR, or the values of the same release.
    static func conflicting(_ instances: [RenderedInstance]) -> [[RenderedInstance]] {
        struct Place: Hashable {
            var file: FilePath
            var index: Int
            var path: YAMLPath
        }
        var groups: [Place: [RenderedInstance]] = [:]
        for instance in instances where instance.migration.editsInPlace {
            if let release = instance.migration.helm, let values = release.files.last {
                let (file, object) = (InputFiles.realPath(of: FilePath(values.file.name)), values.object?.object)
                groups[Place(file: file, index: object?.index ?? 0, path: object?.path ?? []), default: []].append(
                    instance)
                continue
            }
            guard let object = instance.migration.backstage?.object else { continue }
            let file = InputFiles.realPath(of: FilePath(object.file.name))
            groups[Place(file: file, index: object.index, path: object.path), default: []].append(instance)
        }
        return groups.values.filter { $0.count > 1 }.sorted { ($0.first?.output ?? "") < ($1.first?.output ?? "") }
    }
}
