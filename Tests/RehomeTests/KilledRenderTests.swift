import Glibc
import SystemPackage
import TestSupport
import Testing

/// Tracing is forbidden in some containers.
private func canTrace() async -> Bool {
    (try? await execute("/usr/bin/strace", ["-o", "/dev/null", "true"], in: "/").code) == 0
}

/// The program itself, killed at each system call that changes a file. `DeathTests` do the same without a tracer.
@Suite(.enabled("strace is there, and may trace") { await canTrace() }) struct KilledRenderTests {
    private static let changes = ["mkdirat", "renameat", "linkat", "unlinkat", "fchmod", "write"]

    /// The external example, whose CR is edited in place, rendered once with another generation.
    private func prepare(_ folder: FilePath) async throws {
        let example = Checkout.folder.appending("examples/external")
        for name in ["backstage.yaml", "ca.pem"] {
            try put(try example.appending(name).text(), at: folder.appending(name))
        }
        let config =
            try example.appending("rehome.yaml").text()
            + "  cutover: {mode: inPlace}\n  orchestrator: {enabled: false}\n"
        try put(config, at: folder.appending("rehome.yaml"))
        try #require(try await rehome("render", in: folder).code == 0)
        try put(
            config.replacing("  migration:\n", with: "  migration:\n    generation: 2\n"),
            at: folder.appending("rehome.yaml"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `killed at any change of a file, the program leaves each file whole and the next run makes all good`()
        async throws
    {
        try await withTemporaryFolder { top in
            let scene = Scene(former: top.appending("former"), folder: top.appending("scene"))
            try #require(mkdir(scene.former.string, 0o755) == 0)
            try await prepare(scene.former)
            try await scene.setUp()
            try #require(try await rehome("render", in: scene.folder).code == 0)
            let trees = (before: try contents(of: scene.former), after: try contents(of: scene.folder))
            #expect(trees.before["backstage.yaml"] != trees.after["backstage.yaml"])
            var deaths = 0
            for call in Self.changes {
                for number in 1..<100 {
                    guard try await isKilled(at: call, number, trees, scene) else { break }
                    deaths += 1
                }
            }
            #expect(deaths > 30)
        }
    }

    /// What stands before a render, and where it is rendered.
    private struct Scene {
        let former: FilePath
        let folder: FilePath

        func setUp() async throws {
            let script = "rm -rf \(folder) && cp -a \(former) \(folder)"
            try #require(try await execute("/bin/sh", ["-c", script], in: "/").code == 0)
        }
    }

    /// - Returns: whether the program came to the system call's so-and-so-many-th time.
    private func isKilled(
        at call: String, _ number: Int, _ trees: (before: [String: String], after: [String: String]), _ scene: Scene
    ) async throws -> Bool {
        try await scene.setUp()
        let folder = scene.folder
        let inject = "inject=\(call):signal=KILL:when=\(number)"
        let arguments = [
            "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e", inject, Programs.rehome.string, "render",
        ]
        let end = try await execute("/usr/bin/strace", arguments, in: folder)
        let left = try contents(of: folder)
        for (path, text) in trees.after where !path.hasSuffix(".rehome-files") {
            #expect(left[path] == text || left[path] == trees.before[path], "\(path) after \(call) \(number)")
        }
        let again = try await rehome("render", in: folder)
        #expect(again.code == 0, "after \(call) \(number): \(again.errors)")
        #expect(!again.output.contains("Left, because"))
        #expect((try contents(of: folder) == trees.after) == true, "after \(call) \(number)")
        return end.code != 0
    }

    /// Every file below a folder, by its path in it.
    private func contents(of top: FilePath, at prefix: String = "") throws -> [String: String] {
        var result: [String: String] = [:]
        guard let stream = opendir(top.string) else { return [:] }
        defer { closedir(stream) }
        while let item = readdir(stream) {
            let name = withUnsafeBytes(of: &item.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            if item.pointee.d_type == DT_DIR {
                result.merge(try contents(of: top.appending(name), at: prefix + name + "/")) { one, _ in one }
            } else {
                result[prefix + name] = try top.appending(name).text()
            }
        }
        return result
    }
}
