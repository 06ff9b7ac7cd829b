import Glibc
public import Manifests
import SystemPackage

extension OutputFolder {
    public struct WriteResult: Sendable, Equatable {
        public var written: [String] = []
        public var unchanged = 0
        public var removed: [String] = []
        /// Files of a former render that this one does not have, left because somebody changed them.
        public var left: [String] = []
        /// The user's files that were edited, because they had to be.
        public var edited: [String] = []
    }

    /// Makes the folder hold these files: all of them, or, when something fails, what it held before.
    ///
    /// Files of a former render that are not among them go, unless they were changed since. Files that no render
    /// wrote are never touched; one in the way is an error.
    /// - Parameter edits: files of the user's that are to change together with them.
    public func write(_ files: [RenderedFile], editing edits: [EditedFile] = []) throws(OutputError) -> WriteResult {
        do { try FileSystem.makeFolders(path) } catch { throw OutputError("\(path) cannot be made: \(error)") }
        let lock = try lockFolder()
        defer {
            // A process that was just forked holds the descriptor, too, until it becomes another program.
            flock(lock.rawValue, LOCK_UN)
            try? lock.close()
        }
        // In an empty folder there is nothing to compare with, and nothing to keep until all is done.
        let isEmpty = try isEmpty()
        let old = (isEmpty ? nil : try index()) ?? FileIndex(version: version)
        var result = WriteResult()
        var changed: [RenderedFile] = []
        var new = FileIndex(version: version)
        for file in files {
            let onDisk = isEmpty ? nil : try content(file.path)
            new.digests[file.path] = FileIndex.digest(of: file)
            if onDisk == file.bytes {
                result.unchanged += 1
            } else if onDisk != nil, old.digests[file.path] == nil {
                throw OutputError(
                    "\(path.appending(FilePath(file.path).components)) was not written by rehome",
                    advice: "Move it away, or choose another folder with -o.")
            } else {
                changed.append(file)
            }
        }
        var stale: [String] = []
        for path in old.digests.keys.sorted() where new.digests[path] == nil {
            guard let bytes = try content(path) else { continue }
            let digest = old.digests[path]
            // What has no hash goes by its first line.
            let isOurs = digest == FileIndex.unhashed ? bytes.starts(with: RenderedFile.header.utf8) : digest == FileIndex.digest(of: bytes)
            if isOurs { stale.append(path) } else { result.left.append(path) }
        }
        result.written = changed.map(\.path)
        result.removed = stale
        var editSteps: [Replacement.Step] = []
        for edit in edits {
            guard let step = try step(for: edit) else { continue }
            editSteps.append(step)
            result.edited.append(edit.path)
        }
        // Another version of Rehome that writes the same leaves the index alone, its own version in it included.
        guard !changed.isEmpty || !stale.isEmpty || !editSteps.isEmpty || old.digests != new.digests else { return result }

        // Until all is done, the index names the old files and the new ones: whatever ends this run, the next knows both.
        var union = new
        union.digests.merge(old.digests) { new, _ in new }
        var steps = [(FileIndex.fileName, Array(union.text.utf8) as [UInt8]?)]
        steps += changed.map { ($0.path, $0.bytes) } + stale.map { ($0, nil) }
        if union != new { steps.append((FileIndex.fileName, Array(new.text.utf8))) }
        let staging = path.appending(".rehome-staging")
        let own = steps.enumerated().map { number, step in
            Replacement.Step(
                target: path.appending(FilePath(step.0).components), bytes: step.1,
                waiting: staging.appending("\(number).new"), saved: staging.appending("\(number).old"), isNew: isEmpty)
        }
        try Replacement(folder: path, staging: staging).run(own + editSteps)
        for folder in Set(stale.map { FilePath($0).removingLastComponent() }) where !folder.isEmpty {
            FileSystem.removeEmptyFolder(path.appending(folder.components))
        }
        return result
    }

    private func isEmpty() throws(OutputError) -> Bool {
        do { return try FileSystem.list(path).isEmpty } catch { throw OutputError("\(path) cannot be read: \(error)") }
    }

    /// The step that changes a file of the user's; nothing if it needs no change.
    private func step(for edit: EditedFile) throws(OutputError) -> Replacement.Step? {
        guard edit.old != edit.new else { return nil }
        do {
            // Through a link, the file that it leads to changes, and the link stays.
            let target = try FileSystem.resolved(FilePath(edit.path))
            guard try FileSystem.read(target) == edit.old else {
                throw OutputError(
                    "\(edit.path) was changed while it was being rendered", advice: "Run the command again.")
            }
            let name = target.lastComponent?.string ?? "file"
            let folder = target.removingLastComponent()
            return Replacement.Step(
                target: target, bytes: edit.new, waiting: folder.appending(".\(name).rehome-new"),
                saved: folder.appending(".\(name).rehome-old"), mode: try FileSystem.permissions(target),
                isLasting: true)
        } catch let error as OutputError { throw error } catch {
            throw OutputError("\(edit.path) cannot be edited: \(error)")
        }
    }

    /// Keeps a second render out; the kernel lets go of the lock when the process ends, however it ends.
    private func lockFolder() throws(OutputError) -> FileDescriptor {
        do {
            let descriptor = try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
            guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
                try descriptor.close()
                throw OutputError("another rehome is writing to \(path)", advice: "Wait until it is done.")
            }
            return descriptor
        } catch let error as OutputError { throw error } catch {
            throw OutputError("\(path) cannot be opened: \(error)")
        }
    }
}
