import Glibc
import Manifests
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import OutputFolder

/// Ends a write before each single system call that changes the disk, as a kill or a power cut would, and looks at what is
/// there: at every instant each file is whole, and the next run makes all of it good.
struct DeathTests {
    /// Lets so many changes of the disk pass, and then one fail, or it and all that follow.
    private final class Fuse: Sendable {
        private let left: Mutex<Int>
        private let isDeath: Bool
        private let error: Errno

        init(after count: Int, isDeath: Bool, error: Errno = .ioError) {
            left = Mutex(count)
            self.isDeath = isDeath
            self.error = error
        }

        var hasBlown: Bool { left.withLock { $0 < 0 } }

        var disk: Disk {
            var disk = DeathTests.disk
            disk.willChange = { [self] () throws(Errno) in
                let count = left.withLock { left in
                    left -= 1
                    return left
                }
                if count == -1 || count < 0 && isDeath { throw error }
            }
            return disk
        }
    }

    /// Nothing here is about power cuts that outlive the process, and waiting for the disk takes its time.
    private static let disk = Disk(waits: false)

    private func folder(in top: FilePath) -> OutputFolder {
        var folder = OutputFolder(top.appending("out"), version: "1")
        folder.disk = Self.disk
        return folder
    }

    private func file(_ path: String, _ text: String, isSecret: Bool = false) -> RenderedFile {
        var file = RenderedFile(path: path, bytes: Array((RenderedFile.header + text).utf8))
        file.holdsSecret = isSecret
        return file
    }

    private var before: [RenderedFile] {
        [
            file("1-a/x.yaml", "old x\n"), file("1-a/secret.yaml", "old\n", isSecret: true),
            file("2-b/stale.yaml", "s\n"), file("README.md", "same\n"),
        ]
    }
    private var after: [RenderedFile] {
        [
            file("1-a/x.yaml", "new x\n"), file("1-a/secret.yaml", "new\n", isSecret: true), file("3-c/y.yaml", "y\n"),
            file("README.md", "same\n"),
        ]
    }
    /// What another config renders to, which lacks what the interrupted one was about to write.
    private var otherwise: [RenderedFile] { [file("README.md", "other\n"), file("4-d/z.yaml", "z\n")] }
    private let userFiles = ["cr.yaml": ("old cr\n", "new cr\n"), "plugins.yaml": ("old plugins\n", "new plugins\n")]

    private func edits(in top: FilePath) throws -> [EditedFile] {
        try userFiles.sorted { $0.key < $1.key }.map { name, texts in
            let old = try #require(try contents(of: top)[name])
            return EditedFile(path: top.appending(name).string, old: old, new: Array(texts.1.utf8))
        }
    }

    /// Every file below a folder, and every folder with nothing as its content.
    private func contents(of top: FilePath, at prefix: String = "") throws -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        let folder = try Folder.open(top, isMade: false, disk: .real)
        for name in try folder.names() {
            switch try folder.entry(name) {
            case .folder:
                result[prefix + name + "/"] = []
                result.merge(try contents(of: top.appending(name), at: prefix + name + "/")) { one, _ in one }
            default: result[prefix + name] = try folder.read(name, at: top.appending(name))
            }
        }
        return result
    }

    /// What a whole write without a fault leaves.
    private func expected(_ files: [RenderedFile]) -> [String: [UInt8]] {
        var index = FileIndex(version: "1")
        for file in files { index.add(file) }
        var result: [String: [UInt8]] = ["out/": [], "out/.rehome-files": Array(index.text.utf8)]
        for file in files {
            result["out/" + file.path] = file.bytes
            let parent = OpenTree.split(file.path).parent
            if !parent.isEmpty { result["out/" + parent + "/"] = [] }
        }
        for (name, texts) in userFiles { result[name] = Array(texts.1.utf8) }
        return result
    }

    /// The names of what differs.
    private func difference(_ one: [String: [UInt8]], _ other: [String: [UInt8]]) -> [String] {
        Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }.sorted()
    }

    /// Writes over a former render with a fault at each change of the disk in turn, until one write meets none.
    private func eachFault(
        isDeath: Bool, error: Errno = .ioError, startsEmpty: Bool = false,
        _ check: (_ top: FilePath, _ number: Int, _ former: [String: [UInt8]], _ hasFailed: Bool) throws -> Void
    ) async throws -> Int {
        for number in 0..<500 {
            let isOver = try await withTemporaryFolder { top in
                for (name, texts) in userFiles { try NewFile.write(Array(texts.0.utf8), to: top.appending(name)) }
                if !startsEmpty { _ = try folder(in: top).write(before) }
                let former = try contents(of: top)
                let fuse = Fuse(after: number, isDeath: isDeath, error: error)
                var folder = self.folder(in: top)
                folder.disk = fuse.disk
                let result = Result { try folder.write(after, editing: try edits(in: top)) }
                try check(top, number, former, (try? result.get()) == nil)
                return !fuse.hasBlown
            }
            if isOver { return number }
        }
        Issue.record("there is no end of changes")
        return 0
    }

    @Test(arguments: [false, true])
    func `after a death at any point every file is whole, and the next run makes all good`(startsEmpty: Bool)
        async throws
    {
        let count = try await eachFault(isDeath: true, startsEmpty: startsEmpty) { top, number, former, _ in
            let left = try contents(of: top)
            for (name, texts) in userFiles {
                let content = try #require(left[name], "no \(name) after \(number) changes")
                #expect(content == Array(texts.0.utf8) || content == Array(texts.1.utf8))
            }
            for file in after {
                guard let content = left["out/" + file.path] else { continue }
                #expect(
                    content == file.bytes || content == former["out/" + file.path],
                    "\(file.path) after \(number) changes")
            }
            let again = try folder(in: top).write(after, editing: try edits(in: top))
            #expect(again.left.isEmpty, "after \(number) changes")
            let now = try contents(of: top)
            #expect((now == expected(after)) == true, "after \(number) changes: \(difference(now, expected(after)))")
        }
        #expect(count > 20)
    }

    @Test func `after a death at any point a run of another config finds its way, too`() async throws {
        _ = try await eachFault(isDeath: true) { top, number, _, _ in
            let result = try folder(in: top).write(otherwise, editing: try edits(in: top))
            #expect(result.left.isEmpty, "after \(number) changes")
            let now = try contents(of: top)
            #expect(
                (now == expected(otherwise)) == true, "after \(number) changes: \(difference(now, expected(otherwise)))"
            )
        }
    }

    @Test func `what a death left is cleared even when there is nothing to write`() async throws {
        try await withTemporaryFolder { top in
            let out = top.appending("out")
            let folder = self.folder(in: top)
            for (name, texts) in userFiles { try NewFile.write(Array(texts.1.utf8), to: top.appending(name)) }
            _ = try folder.write(after)
            try #require(mkdir(out.appending(".rehome-staging").string, 0o755) == 0)
            try NewFile.write([1], to: out.appending(".rehome-staging/3.new"))
            let edits = try edits(in: top)
            let names = try edits.flatMap { edit in
                let file = try UserFile.open(edit, disk: .real)
                return [file.stagedName, file.savedName]
            }
            for name in names { try NewFile.write([1], to: top.appending(name)) }
            #expect(try folder.write(after, editing: edits).unchanged == after.count)
            #expect(try contents(of: top) == expected(after))
        }
    }

    @Test func `a file of the user's is edited by one at a time`() async throws {
        try await withTemporaryFolder { top in
            for (name, texts) in userFiles { try NewFile.write(Array(texts.0.utf8), to: top.appending(name)) }
            let edits = try edits(in: top)
            let first = try UserFile.open(try #require(edits.first), disk: .real)
            let error = #expect(throws: OutputError.self) {
                try folder(in: top).write(after, editing: edits)
            }
            #expect(error?.message == "another rehome is editing \(top)/cr.yaml")
            withExtendedLifetime(first) {}
        }
    }

    @Test(arguments: [Errno.ioError, .noSpace])
    func `a failure at any point takes all of it back`(error: Errno) async throws {
        _ = try await eachFault(isDeath: false, error: error) { top, number, former, hasFailed in
            if hasFailed {
                let now = try contents(of: top)
                return #expect((now == former) == true, "after \(number) changes: \(difference(now, former))")
            }
            // All was in place, and what failed was the clearing, which the next run does.
            _ = try folder(in: top).write(after, editing: try edits(in: top))
            let now = try contents(of: top)
            #expect((now == expected(after)) == true, "after \(number) changes: \(difference(now, expected(after)))")
        }
    }

    @Test func `owner and mode of an edited file stay`() async throws {
        try await withTemporaryFolder { top in
            let path = top.appending("cr.yaml")
            try NewFile.write(Array("old\n".utf8), to: path)
            try #require(chmod(path.string, 0o4664) == 0)
            if getuid() == 0 { try #require(chown(path.string, 1234, 4321) == 0 && chmod(path.string, 0o4664) == 0) }
            let edit = EditedFile(path: path.string, old: Array("old\n".utf8), new: Array("new\n".utf8))
            _ = try folder(in: top).write([], editing: [edit])
            var status = stat()
            try #require(stat(path.string, &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o4664)
            if getuid() == 0 { #expect(status.st_uid == 1234 && status.st_gid == 4321) }
            #expect(try contents(of: top)["cr.yaml"] == Array("new\n".utf8))
        }
    }

    @Test func `a file that was changed since it was read is not edited`() async throws {
        try await withTemporaryFolder { top in
            try NewFile.write(Array("newer\n".utf8), to: top.appending("cr.yaml"))
            let edit = EditedFile(
                path: top.appending("cr.yaml").string, old: Array("old\n".utf8), new: Array("new\n".utf8))
            let error = #expect(throws: OutputError.self) {
                try folder(in: top).write([file("x", "x")], editing: [edit])
            }
            #expect(error?.message == "\(top)/cr.yaml was changed while it was being rendered")
            #expect(try contents(of: top).keys.sorted() == ["cr.yaml"])
        }
    }
}
