import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// What a rollback leaves of a file that nobody but the cut-over has edited.
///
/// The file is as it was, bar what a way back puts there on purpose:
///
/// - the receipt of the copy back, which new pods wait for;
/// - of a CR, `enableLocalDb: true` where the cut-over had switched it off, `authSecretName` with the saved Secret, and that
///   Secret in the place of the operator's own, which is made anew with another password;
/// - of a chart, `postgresql.enabled: true`, and the Secret and keys that open the old volume;
/// - of the values of Backstage's own chart, the connection, which nobody can tell from one of the team's;
/// - of plugins, the reference `sonataflow` written out where it had come by default, and the packages that say so.
struct ThereAndBackTests {
    /// A tree's config in another phase, with its files edited in place.
    private func config(_ tree: GoldenTree, _ edits: [YAMLEdit]) throws -> YAMLFile {
        let path = tree.folder.appending("rehome.yaml")
        let file = try YAMLFile(parsing: try GoldenTree.input.read(path), name: path.string)
        return try file.applying([.set(["spec", "cutover", "mode"], "inPlace")] + edits)
    }

    private static func input(_ config: YAMLFile, _ files: InputFiles) -> InputFiles {
        files.over([FilePath(config.name): config.bytes])
    }

    private func render(_ config: YAMLFile, _ files: InputFiles) throws -> RenderedMigration {
        try Renderer().render(
            [FilePath(config.name)], with: MigrationLoader(files: Self.input(config, files)))
    }

    /// Those that can go back, as they are before a move.
    private static let trees = GoldenTree.all.filter { tree in
        guard
            let root = try? YAMLFile(
                parsing: GoldenTree.input.read(tree.folder.appending("rehome.yaml")), name: "rehome.yaml"
            ).onlyDocument.root
        else { return false }
        let cr = root[at: ["spec", "backstage", "file"]]?.string
        let isEditable = cr.map { $0 != "-" } ?? (root[at: ["spec", "backstage", "helm"]] != nil)
        let isBefore = root[at: ["spec", "phase"]]?.string != "rollback"
        return isEditable && isBefore && root[at: ["spec", "source"]] == nil
            && root[at: ["spec", "cutover", "gate"]]?.string != "none"
    }

    @Test func `there are trees of both kinds`() {
        #expect(Self.trees.count { $0.name.hasPrefix("helm-") } > 1)
        #expect(Self.trees.count { !$0.name.hasPrefix("helm-") } > 4)
    }

    @Test(arguments: trees) func `a golden input goes there and comes back`(tree: GoldenTree) throws {
        let there = try render(try config(tree, [.set(["spec", "phase"], "migrate")]), GoldenTree.input)
        let moved = GoldenTree.input.over(
            Dictionary(there.edits.map { (FilePath($0.path), $0.new) }, uniquingKeysWith: { $1 }))
        let isCR = there.migration.backstage != nil
        let saved: [YAMLEdit] =
            isCR && there.migration.backstage?.ownSecretName == nil
            ? [.set(["spec", "cutover", "savedSecret"], "saved")] : []
        let back = try render(
            try config(
                tree,
                [.set(["spec", "phase"], "rollback"), .set(["spec", "rollback", "step"], "cutoverBack")] + saved), moved
        )
        let original = try #require(there.edits.first)
        let result = try #require(back.edits.first { $0.path == original.path })
        let old = try YAMLFile(parsing: original.old, name: original.path)
        let new = try YAMLFile(parsing: result.new, name: original.path)
        let expected =
            try isCR
            ? expectedCR(there.migration, old: old, new: new) : expectedValues(back.migration, old: old, new: new)
        #expect(String(decoding: result.new, as: UTF8.self) == expected, "\(tree.name)")
    }

    private func expectedCR(_ migration: Migration, old: YAMLFile, new: YAMLFile) throws -> String {
        let backstage = try #require(migration.backstage)
        // What is rendered knows the CR as it is edited.
        let (index, place) = (backstage.object.index, backstage.object.path)
        let original = try #require(old.objects.first { $0.index == index && $0.path == place })
        let root = try #require(new.documents[index].root[at: place])
        var edits: [YAMLEdit] = []
        let isOn: YAMLPath = ["spec", "database", "enableLocalDb"]
        if let value = root[at: isOn]?.bool, original.root[at: isOn]?.bool != value {
            edits.append(.set(isOn, .bool(value)))
        }
        let receipts = root[at: ["spec", "application", "extraEnvs", "configMaps"]]?.items ?? []
        let receipt = try #require(receipts.last?["name"]?.string)
        #expect(receipt.contains("-receipt-"))
        edits.append(.append(to: ["spec", "application", "extraEnvs", "configMaps"], ["name": .string(receipt)]))
        let secret: YAMLPath = ["spec", "database", "authSecretName"]
        if root[at: secret]?.string == "saved" { edits.append(.set(secret, "saved")) }
        return try original.applying(edits).text.replacing(backstage.generatedSecretName, with: "saved")
    }

    private func expectedValues(_ migration: Migration, old: YAMLFile, new: YAMLFile) throws -> String {
        let chart = try #require(migration.helm).chart
        func release(_ file: YAMLFile) throws -> HelmRelease {
            let files = GoldenTree.input.over([FilePath(file.name): file.bytes])
            return try #require(try InstanceReader(files: files).values(FilePath(file.name), chart: chart))
        }
        let (before, after) = (try release(old), try release(new))
        func below(_ paths: [YAMLPath]) -> [YAMLPath] { paths.map { before.prefix + $0 } }
        let auth = below([HelmRelease.existingSecret, HelmRelease.adminKey, HelmRelease.userKey])
        let connection: YAMLPath = ["backstage", "appConfig", "backend", "database", "connection"]
        // In the order in which they came.
        var kept = below([HelmRelease.enabled])
        if chart == .rhdh { kept += auth.prefix(2) }
        kept += below([["backstage", "extraEnvVarsCM"]])
        if chart == .backstage {
            kept += below(["port", "host", "password", "user"].map { connection.appending(.key($0)) })
        }
        kept += auth
        let edits = kept.compactMap { path -> YAMLEdit? in
            guard let value = after.root[at: path]?.value(), value != before.root[at: path]?.value() else { return nil }
            return .set(path, value)
        }
        return try #require(before.files.last).applying(edits).text
    }
}
