import FoundationEssentials
import Glibc
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// Kustomizations nearby that list the one beside the CR, or the CR's own file.
struct OverlayTests {
    private func put(_ text: String, _ name: String, in folder: FilePath) throws {
        let file = folder.appending(FilePath(name).components)
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file.string))
    }

    @Test func `overlays nearby are found on the disk, and their changes told as possible`() async throws {
        try await withTemporaryFolder { folder in
            try put(Fixture.backstage, "base/backstage.yaml", in: folder)
            try put("resources: [backstage.yaml]\n", "base/kustomization.yaml", in: folder)
            try put("ref: refs/heads/main\n", ".git/HEAD", in: folder)
            try put("resources: [../../overlays/prod]\nnameSuffix: -eu\n", "clusters/eu/kustomization.yaml", in: folder)
            try put("resources: [../base/backstage.yaml]\nnamePrefix: file-\n", "file/kustomization.yaml", in: folder)
            try put("resources: [../../base]\nnamePrefix: prod-\n", "overlays/prod/kustomization.yaml", in: folder)
            try put(
                "resources: [../base]\npatches: [{target: {kind: Backstage}, patch: '[]'}]\n",
                "test/kustomization.yaml",
                in: folder)
            try put("resources: [../other]\nnamePrefix: x-\n", "other-overlay/kustomization.yaml", in: folder)
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending("base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            let told = instance.findings.map(\.description).filter { $0.contains("kustomization.yaml") }
            #expect(told.count == 4, "\(told)")
            #expect(told.contains { $0.contains("eu/kustomization.yaml, an overlay of ") && $0.contains("'-eu'") })
            #expect(told.contains { $0.contains("file/kustomization.yaml, an overlay of ") && $0.contains("'file-'") })
            #expect(told.contains { $0.contains("prod/kustomization.yaml, an overlay of ") && $0.contains("'prod-'") })
            #expect(told.contains { $0.contains("test/kustomization.yaml patches the Backstage CR") })
            #expect(instance.findings.allSatisfy { $0.severity == .warning })
        }
    }

    /// Whoever puts a pipe into `/tmp` must not hold up somebody else's render.
    @Test(.timeLimit(.minutes(1)), arguments: [0o755, 0o777] as [mode_t])
    func `a pipe nearby is passed over, and so is what lies where everybody may write`(mode: mode_t) async throws {
        try await withTemporaryFolder { folder in
            try put(Fixture.backstage, "base/backstage.yaml", in: folder)
            try put("resources: [backstage.yaml]\n", "base/kustomization.yaml", in: folder)
            try put("resources: [../base]\nnamePrefix: x-\n", "over/kustomization.yaml", in: folder)
            try put("", "pipe/README.md", in: folder)
            try #require(mkfifo(folder.appending("pipe/kustomization.yaml").string, 0o644) == 0)
            try #require(chmod(folder.string, mode) == 0)
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending("base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            let isTold = instance.findings.contains { $0.description.contains("over/kustomization.yaml, an overlay") }
            #expect(isTold == (mode == 0o755))
        }
    }

    @Test func `overlays that list each other are told, and so is one that goes round`() async throws {
        try await withTemporaryFolder { folder in
            try put(Fixture.backstage, "base/backstage.yaml", in: folder)
            try put("resources: [backstage.yaml]\n", "base/kustomization.yaml", in: folder)
            try put("resources: [../base, ../two]\n", "one/kustomization.yaml", in: folder)
            try put("resources: [../one]\n", "two/kustomization.yaml", in: folder)
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending("base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            let told = instance.findings.map(\.description).filter { $0.contains("which lists it in its turn") }
            #expect(told.count == 1 && told[0].contains("one/kustomization.yaml lists "), "\(told)")
        }
    }
}
