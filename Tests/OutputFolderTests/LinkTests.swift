import Glibc
import Manifests
import SystemPackage
import TestSupport
import Testing

@testable import OutputFolder

/// A path may hold links that somebody else made: nothing is written, or read, through one.
struct LinkTests {
    private func file(_ path: String, _ text: String = "x\n") -> RenderedFile {
        RenderedFile(path: path, bytes: Array(text.utf8))
    }

    /// A folder with `out` in it and something precious beside it.
    private func withScene(_ body: (_ top: FilePath, _ out: FilePath, _ precious: FilePath) throws -> Void) async throws
    {
        try await withTemporaryFolder { top in
            let (out, home) = (top.appending("out"), top.appending("home"))
            try #require(mkdir(out.string, 0o755) == 0 && mkdir(home.string, 0o755) == 0)
            let precious = home.appending("bashrc")
            try NewFile.write(Array("precious\n".utf8), to: precious)
            try body(top, out, precious)
            #expect(try content(precious) == "precious\n")
            var status = stat()
            #expect(stat(home.string, &status) == 0 && status.st_nlink == 2, "nothing was made there")
        }
    }

    private func content(_ path: FilePath) throws -> String {
        String(
            decoding: try Folder.open(path.removingLastComponent(), isMade: false, disk: .real)
                .read(path.lastComponent?.string ?? "", at: path) ?? [], as: UTF8.self)
    }

    private func link(_ place: FilePath, to target: FilePath) throws {
        try #require(symlink(target.string, place.string) == 0)
    }

    @Test(arguments: [".rehome-staging", "1-a", ".rehome-files", "x.yaml"])
    func `in the place of a file or a folder of ours`(name: String) async throws {
        try await withScene { _, out, precious in
            try link(
                out.appending(name),
                to: name == "x.yaml" || name == ".rehome-files" ? precious : precious.removingLastComponent())
            let folder = OutputFolder(out, version: "1")
            let error = #expect(throws: OutputError.self) { try folder.write([file("1-a/bashrc"), file("x.yaml")]) }
            #expect(error?.message == "\(out)/\(name) is a symbolic link, and what rehome writes stays where it says")
            if name != ".rehome-staging" {
                #expect(throws: OutputError.self) { try folder.changes(to: [file("1-a/bashrc"), file("x.yaml")]) }
            }
        }
    }

    @Test func `inside the staging folder`() async throws {
        try await withScene { _, out, precious in
            try #require(mkdir(out.appending(".rehome-staging").string, 0o755) == 0)
            for number in 0..<4 { try link(out.appending(".rehome-staging/\(number).new"), to: precious) }
            #expect(try OutputFolder(out, version: "1").write([file("x.yaml")]).written == ["x.yaml"])
            #expect(access(out.appending(".rehome-staging").string, F_OK) != 0)
        }
    }

    @Test func `in the place of the folder itself, and above it in a relative path`() async throws {
        try await withScene { top, out, precious in
            try link(top.appending("linked"), to: out)
            #expect(throws: OutputError.self) {
                try OutputFolder(top.appending("linked"), version: "1").write([file("x")])
            }
            // Above the last part of an absolute path the system's own links are followed.
            #expect(try OutputFolder(top.appending("linked/below"), version: "1").write([file("x")]).written == ["x"])
            let here = try #require(getcwd(nil, 0))
            defer { free(here) }
            let up = String(repeating: "../", count: FilePath(platformString: here).components.count)
            let relative = FilePath("\(up)\(top.string.dropFirst())/linked/other")
            let error = #expect(throws: OutputError.self) {
                try OutputFolder(relative, version: "1").write([file("x")])
            }
            #expect(error?.message.contains("linked is a symbolic link") == true)
            #expect(access(out.appending("other").string, F_OK) != 0)
        }
    }

    @Test func `a file of the user's is edited where its link leads, and the link stays`() async throws {
        try await withScene { top, out, _ in
            try NewFile.write(Array("old\n".utf8), to: top.appending("cr.yaml"))
            try link(top.appending("alias.yaml"), to: "cr.yaml")
            let edit = EditedFile(
                path: top.appending("alias.yaml").string, old: Array("old\n".utf8), new: Array("new\n".utf8))
            _ = try OutputFolder(out, version: "1").write([file("x")], editing: [edit])
            #expect(try content(top.appending("cr.yaml")) == "new\n")
            var status = stat()
            #expect(lstat(top.appending("alias.yaml").string, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        }
    }

    @Test(arguments: [
        "../x", "/x", "a/../x", "a//x", "a/./x", "", ".rehome-files", ".rehome-staging/x", "a\nb", "a\u{7F}", "x/",
        "a\u{85}b",
    ])
    func `a path that leads out of the folder is written by nobody`(path: String) async throws {
        try await withScene { _, out, _ in
            #expect(throws: OutputError.self) { try OutputFolder(out, version: "1").write([file(path)]) }
            let names = try Folder.open(out, isMade: false, disk: .real).names()
            #expect(names.isEmpty)
        }
    }

    @Test func `a pipe in the place of a file of ours is not waited for`() async throws {
        try await withScene { _, out, _ in
            try #require(mkfifo(out.appending("x.yaml").string, 0o644) == 0)
            let error = #expect(throws: OutputError.self) {
                try OutputFolder(out, version: "1").write([file("x.yaml")])
            }
            #expect(error?.message == "\(out)/x.yaml is no plain file")
        }
    }
}
