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
    }

    /// Makes the folder hold these files: all of them, or, when something fails, what it held before.
    ///
    /// Files of a former render that are not among them go, unless they were changed since. Files that no render
    /// wrote are never touched; one in the way is an error.
    public func write(_ files: [RenderedFile]) throws(OutputError) -> WriteResult {
        do { try FileSystem.makeFolders(path) } catch { throw OutputError("\(path) cannot be made: \(error)") }
        let lock = try lockFolder()
        defer { try? lock.close() }
        let old = try index() ?? FileIndex(version: version)
        var result = WriteResult()
        var changed: [RenderedFile] = []
        var new = FileIndex(version: version)
        for file in files {
            let onDisk = try content(file.path)
            new.digests[file.path] = FileIndex.digest(of: file.bytes)
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
            if FileIndex.digest(of: bytes) == old.digests[path] { stale.append(path) } else { result.left.append(path) }
        }
        result.written = changed.map(\.path)
        result.removed = stale
        // Another version of Rehome that writes the same leaves the index alone, its own version in it included.
        guard !changed.isEmpty || !stale.isEmpty || old.digests != new.digests else { return result }

        // Until all is done, the index names the old files and the new ones: after a power cut the next render knows both.
        var union = new
        union.digests.merge(old.digests) { new, _ in new }
        let steps = changed.map { Step(path: $0.path, bytes: $0.bytes) } + stale.map { Step(path: $0, bytes: nil) }
        let marked = [Step(path: FileIndex.fileName, bytes: Array(union.text.utf8))] + steps
        try Replacement(folder: path).run(marked + [Step(path: FileIndex.fileName, bytes: Array(new.text.utf8))])
        for folder in Set(stale.map { FilePath($0).removingLastComponent() }) where !folder.isEmpty {
            FileSystem.removeEmptyFolder(path.appending(folder.components))
        }
        return result
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

/// One file that is put in place, or taken away.
struct Step {
    var path: String
    var bytes: [UInt8]?
}

/// Carries out steps so that a failure at any of them takes back those before it.
struct Replacement {
    let folder: FilePath

    private var staging: FilePath { folder.appending(".rehome-staging") }

    func run(_ steps: [Step]) throws(OutputError) {
        var done: [(step: Step, target: FilePath, saved: FilePath?)] = []
        do {
            // What an interrupted run left; we hold the lock.
            try clear()
            try FileSystem.makeFolder(staging)
            for (number, step) in steps.enumerated() {
                guard let bytes = step.bytes else { continue }
                try FileSystem.write(bytes, to: staging.appending("\(number).new"))
            }
            for (number, step) in steps.enumerated() {
                let target = folder.appending(FilePath(step.path).components)
                try checkFolders(above: target)
                let saved = try FileSystem.entry(target) == .missing ? nil : staging.appending("\(number).old")
                if let saved {
                    try FileSystem.rename(target, to: saved)
                    done.append((step, target, saved))
                }
                guard step.bytes != nil else { continue }
                try FileSystem.makeFolders(target.removingLastComponent())
                try FileSystem.rename(staging.appending("\(number).new"), to: target)
                if saved == nil { done.append((step, target, nil)) }
            }
            try clear()
        } catch {
            for (_, target, saved) in done.reversed() {
                if let saved { try? FileSystem.rename(saved, to: target) } else { try? FileSystem.removeFile(target) }
            }
            try? clear()
            if let error = error as? OutputError { throw error }
            throw OutputError("\(folder) could not be written and is as it was: \(error)")
        }
    }

    /// A folder of ours that is a symbolic link would take our files somewhere else.
    private func checkFolders(above target: FilePath) throws {
        var parent = target.removingLastComponent()
        while parent != folder, !parent.components.isEmpty {
            switch try FileSystem.entry(parent) {
            case .missing, .folder: break
            case .file, .other:
                throw OutputError("\(parent) is no folder", advice: "Move it away, or choose another folder with -o.")
            }
            parent = parent.removingLastComponent()
        }
    }

    private func clear() throws {
        guard try FileSystem.entry(staging) == .folder else { return }
        for name in try FileSystem.list(staging) { try FileSystem.removeFile(staging.appending(name)) }
        FileSystem.removeEmptyFolder(staging)
    }
}
