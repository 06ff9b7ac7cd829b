import Glibc
import Manifests
import OutputFolder
import SystemPackage
import TestSupport
import Testing

struct WritingTests {
    private func file(_ path: String, _ text: String) -> RenderedFile {
        RenderedFile(path: path, bytes: Array(text.utf8))
    }

    private func put(_ text: String, at path: FilePath) throws {
        let descriptor = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try descriptor.closeAfter { _ = try descriptor.writeAll(Array(text.utf8)) }
    }

    private func text(of path: FilePath) throws -> String? {
        guard let descriptor = try? FileDescriptor.open(path, .readOnly) else { return nil }
        return try descriptor.closeAfter {
            let size = try descriptor.seek(offset: 0, from: .end)
            try descriptor.seek(offset: 0, from: .start)
            var bytes = [UInt8](repeating: 0, count: Int(size))
            _ = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func names(in folder: FilePath) -> [String] {
        guard let stream = opendir(folder.string) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    @Test func `a second write changes nothing, and a check in between finds nothing`() async throws {
        try await withTemporaryFolder { path in
            let folder = OutputFolder(path.appending("out"), version: "1")
            let files = [file("1-a/x.yaml", "x\n"), file("README.md", "r\n")]
            #expect(try folder.changes(to: files).count == 2)
            #expect(try folder.write(files).written == ["1-a/x.yaml", "README.md"])
            #expect(try folder.changes(to: files).isEmpty)
            let again = try folder.write(files)
            #expect(again.written.isEmpty && again.unchanged == 2 && again.removed.isEmpty)
            #expect(names(in: path.appending("out")) == [".rehome-files", "1-a", "README.md"])
        }
    }

    @Test func `what a former render wrote and this one does not is removed, with its folder, and nothing else is`()
        async throws
    {
        try await withTemporaryFolder { path in
            let folder = OutputFolder(path, version: "1")
            _ = try folder.write([file("1-a/x.yaml", "x\n"), file("2-b/y.yaml", "y\n"), file("2-b/z.yaml", "z\n")])
            try put("mine\n", at: path.appending("1-a").appending("mine.yaml"))
            let result = try folder.write([file("2-b/z.yaml", "z\n")])
            #expect(result.removed == ["1-a/x.yaml", "2-b/y.yaml"])
            #expect(names(in: path) == [".rehome-files", "1-a", "2-b"])
            #expect(names(in: path.appending("1-a")) == ["mine.yaml"])
            #expect(names(in: path.appending("2-b")) == ["z.yaml"])
            _ = try folder.write([])
            #expect(names(in: path) == [".rehome-files", "1-a"])
        }
    }

    @Test func `a stale file that somebody changed is left, and said to be`() async throws {
        try await withTemporaryFolder { path in
            let folder = OutputFolder(path, version: "1")
            _ = try folder.write([file("a.yaml", "a\n"), file("b.yaml", "b\n")])
            try put("changed\n", at: path.appending("a.yaml"))
            let result = try folder.write([])
            #expect(result.left == ["a.yaml"])
            #expect(result.removed == ["b.yaml"])
            #expect(try text(of: path.appending("a.yaml")) == "changed\n")
        }
    }

    @Test func `a file in the way that no render wrote stops the write, and nothing has changed`() async throws {
        try await withTemporaryFolder { path in
            let folder = OutputFolder(path, version: "1")
            _ = try folder.write([file("a.yaml", "old\n")])
            try put("mine\n", at: path.appending("z.yaml"))
            let error = #expect(throws: OutputError.self) {
                try folder.write([file("a.yaml", "new\n"), file("z.yaml", "z\n")])
            }
            #expect(
                error?.description
                    == "error: \(path)/z.yaml was not written by rehome\n  Move it away, or choose another folder with -o."
            )
            #expect(try text(of: path.appending("a.yaml")) == "old\n")
            #expect(try text(of: path.appending("z.yaml")) == "mine\n")
        }
    }

    @Test func `a failure in the middle takes back what was already in place`() async throws {
        try await withTemporaryFolder { path in
            let folder = OutputFolder(path, version: "1")
            _ = try folder.write([file("1-a/x.yaml", "old\n"), file("stale.yaml", "s\n")])
            let before = try text(of: path.appending(".rehome-files"))
            // A file where the second stage's folder must be: found only when the first stage is in place.
            try put("in the way\n", at: path.appending("2-b"))
            #expect(throws: OutputError.self) {
                try folder.write([file("1-a/x.yaml", "new\n"), file("1-a/w.yaml", "w\n"), file("2-b/y.yaml", "y\n")])
            }
            #expect(try text(of: path.appending("1-a").appending("x.yaml")) == "old\n")
            #expect(try text(of: path.appending("stale.yaml")) == "s\n")
            #expect(try text(of: path.appending(".rehome-files")) == before)
            #expect(names(in: path) == [".rehome-files", "1-a", "2-b", "stale.yaml"])
            #expect(names(in: path.appending("1-a")) == ["x.yaml"])
        }
    }

    @Test func `a folder of ours that is a symbolic link is not followed`() async throws {
        try await withTemporaryFolder { path in
            let elsewhere = path.appending("elsewhere")
            let out = path.appending("out")
            #expect(mkdir(elsewhere.string, 0o755) == 0 && mkdir(out.string, 0o755) == 0)
            #expect(symlink(elsewhere.string, out.appending("1-a").string) == 0)
            let error = #expect(throws: OutputError.self) {
                try OutputFolder(out, version: "1").write([file("1-a/x.yaml", "x\n")])
            }
            #expect(error?.message == "\(out)/1-a is a symbolic link, and what rehome writes stays where it says")
            #expect(names(in: elsewhere) == [])
        }
    }

    @Test(arguments: ["../outside.yaml", "/etc/outside.yaml", "a/../../outside.yaml", ".rehome-files", "a//b"])
    func `an index that leads out of the folder is refused`(path outside: String) async throws {
        try await withTemporaryFolder { path in
            try put(
                "# rehome 1\n\(String(repeating: "0", count: 64))  \(outside)\n", at: path.appending(".rehome-files"))
            let error = #expect(throws: OutputError.self) { try OutputFolder(path, version: "1").write([]) }
            #expect(error?.message == "\(path)/.rehome-files is damaged in line 2")
        }
    }

    @Test func `two renders at once do not mix`() async throws {
        try await withTemporaryFolder { path in
            let descriptor = try FileDescriptor.open(path, .readOnly, options: .directory)
            try #require(flock(descriptor.rawValue, LOCK_EX) == 0)
            let error = #expect(throws: OutputError.self) {
                try OutputFolder(path, version: "1").write([file("a", "a")])
            }
            #expect(error?.message == "another rehome is writing to \(path)")
            try descriptor.close()
            #expect(try OutputFolder(path, version: "1").write([file("a", "a")]).written == ["a"])
        }
    }

    @Test func `what an interrupted render left behind is cleared away`() async throws {
        try await withTemporaryFolder { path in
            let staging = path.appending(".rehome-staging")
            #expect(mkdir(staging.string, 0o755) == 0)
            try put("half", at: staging.appending("3.new"))
            _ = try OutputFolder(path, version: "1").write([file("a", "a")])
            #expect(names(in: path) == [".rehome-files", "a"])
        }
    }

    @Test(arguments: ["", "# Code generated by rehome 1; DO NOT EDIT.\n"])
    func `a list that is lost is told as the cause, and how to have it again`(list: String) async throws {
        try await withTemporaryFolder { path in
            let old = "\(RenderedFile.header)old: true\n"
            let folder = OutputFolder(path, version: "1")
            _ = try folder.write([file("a.yaml", old)])
            try put(list, at: path.appending(".rehome-files"))
            let error = #expect(throws: OutputError.self) { try folder.write([file("a.yaml", "new\n")]) }
            #expect(error?.message == "\(path)/a.yaml bears rehome's mark, but \(path)/.rehome-files does not name it")
            #expect(error?.advice?.hasPrefix("Take it from git again") == true)
            // What it renders to again is ours whatever the list says.
            #expect(try folder.write([file("a.yaml", old)]).unchanged == 1)
            #expect(try folder.write([file("a.yaml", "new\n")]).written == ["a.yaml"])
        }
    }

    @Test func `a list that git gave other line ends is read`() async throws {
        try await withTemporaryFolder { path in
            let folder = OutputFolder(path, version: "1")
            _ = try folder.write([file("a.yaml", "a\n"), file("b.yaml", "b\n")])
            let index = try #require(try text(of: path.appending(".rehome-files")))
            try put(index.replacing("\n", with: "\r\n"), at: path.appending(".rehome-files"))
            #expect(try folder.write([file("b.yaml", "b\n")]).removed == ["a.yaml"])
        }
    }

    @Test func `a secret is for its owner's eyes alone, also where git put it for all`() async throws {
        try await withTemporaryFolder { path in
            var secret = file("1-a/secret.yaml", "password\n")
            secret.holdsSecret = true
            let folder = OutputFolder(path, version: "1")
            _ = try folder.write([secret, file("1-a/x.yaml", "x\n")])
            #expect(try mode(of: path.appending("1-a/secret.yaml")) == 0o600)
            #expect(try mode(of: path.appending("1-a/x.yaml")) == 0o644)
            try #require(chmod(path.appending("1-a/secret.yaml").string, 0o644) == 0)
            #expect(try folder.write([secret, file("1-a/x.yaml", "x\n")]).unchanged == 2)
            #expect(try mode(of: path.appending("1-a/secret.yaml")) == 0o600)
        }
    }

    private func mode(of path: FilePath) throws -> mode_t {
        var status = stat()
        try #require(stat(path.string, &status) == 0)
        return status.st_mode & 0o777
    }

    @Test func `a first render that fails leaves nothing behind`() async throws {
        try await withTemporaryFolder { path in
            let tooLong = String(repeating: "n", count: 300)
            #expect(throws: OutputError.self) {
                try OutputFolder(path, version: "1").write([file("1-a/x.yaml", "x\n"), file("2-b/\(tooLong)", "y\n")])
            }
            #expect(names(in: path) == [])
        }
    }

    @Test func `another version that writes the same changes nothing, and can be told`() async throws {
        try await withTemporaryFolder { path in
            _ = try OutputFolder(path, version: "1.0").write([file("a", "a")])
            let index = try text(of: path.appending(".rehome-files"))
            let newer = OutputFolder(path, version: "2.0")
            _ = try newer.write([file("a", "a")])
            #expect(try text(of: path.appending(".rehome-files")) == index)
            #expect(try newer.writtenBy() == "1.0")
        }
    }

    @Test func `a folder that is to say nothing of a version does not, and is nobody's in particular`() async throws {
        try await withTemporaryFolder { path in
            let folder = OutputFolder(path, version: nil)
            _ = try folder.write([file("a", "a")])
            let index = try text(of: path.appending(".rehome-files"))
            #expect(index?.hasPrefix("# Code generated by rehome; DO NOT EDIT.\n") == true)
            #expect(try folder.writtenBy() == nil)
            #expect(try OutputFolder(path, version: "2.0").changes(to: [file("a", "a")]).isEmpty)
            #expect(try text(of: path.appending(".rehome-files")) == index)
        }
    }
}
