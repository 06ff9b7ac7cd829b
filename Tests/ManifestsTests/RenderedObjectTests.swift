import MigrationSpec
import Testing
import YAMLTree

@testable import Manifests

/// The rules look at objects instead of reading each file again; so the two must be one.
struct RenderedObjectTests {
    private func check(_ files: [RenderedFile], of migration: Migration, _ name: String) throws {
        let made = files.filter { $0.object != nil }
        #expect(made.count > 3)
        for file in made {
            let read = try YAMLFile(parsing: file.bytes, name: "\(name)/\(file.path)").onlyDocument.root
            for schema in [YAMLSchema.core, .yaml11] {
                #expect(read.value(schema) == file.object, "\(name)/\(file.path)")
            }
        }
        // Nothing but the runbook and what the team wrote itself is passed by.
        for file in files where file.object == nil {
            let changesCR = migration.stages.contains { $0.changesCR && file.path.hasPrefix($0.folder + "/") }
            let isTeams = changesCR || migration.helm?.object != nil
            #expect(
                file.path == "README.md" || file.path == "values/post-renderer/post-render.sh" || isTeams,
                "\(name)/\(file.path)")
        }
    }

    @Test(arguments: Example.allCases)
    func `an example's objects are what its files say`(example: Example) throws {
        try check(try example.files(), of: try example.migration(), example.rawValue)
    }

    @Test(arguments: GoldenTree.all)
    func `a golden tree's objects are what its files say, sealed ones too`(tree: GoldenTree) throws {
        try check(try tree.files(), of: try tree.migration(), tree.name)
    }
}
