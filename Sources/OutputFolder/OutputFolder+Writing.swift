import Glibc
public import Manifests
import SystemPackage

extension OutputFolder {
    public struct WriteResult: Sendable, Equatable {
        public var written: [String] = []
        public var unchanged = 0
        public var removed: [String] = []
        /// Files of an earlier render that are not in this one, and that were left since somebody changed them.
        public var left: [String] = []
        /// The user's files that were changed.
        public var edited: [String] = []
    }

    private static let stagingName = ".rehome-staging"

    /// Writes these files to the folder: either all of them, or none if something fails.
    ///
    /// Files of an earlier render that are not among them are removed, unless somebody has changed them. Files that no
    /// render wrote are never touched; if one is in the way, that is an error. Even if the process is killed half-way,
    /// every file is whole, and the next render goes on from there.
    ///
    /// - Parameters:
    ///   - files: all files that the folder is to have from us.
    ///   - edits: files of the user's that are to be changed together with them.
    /// - Throws: ``OutputError`` if another run holds the lock, a file of the user's is in the way or has changed since it was
    ///   read, or something cannot be written. The folder is as it was then, unless the error says what is not.
    public func write(_ files: [RenderedFile], editing edits: [EditedFile] = []) throws(OutputError) -> WriteResult {
        if let file = files.first(where: { !FileIndex.isSafe($0.path) }) {
            throw OutputError("the rendered path '\(file.path)' leads out of \(path), or is no plain name")
        }
        let missing = missingFolders()
        let tree = try OutputError.reporting("\(path) cannot be made") {
            OpenTree(try Folder.open(path, isMade: true, disk: disk), at: path)
        }
        // Without the lock, this run removes nothing, even if it made the folder: the other is about to write to it.
        guard tree.top.lock() else {
            throw OutputError("another rehome is writing to \(path)", advice: "Wait until it is done.")
        }
        do { return try write(files, editing: edits, to: tree) } catch {
            withExtendedLifetime(tree) { removeEmpty(missing) }
            throw error
        }
    }

    /// The folder and those above it, as far as they do not exist, the inner ones first.
    private func missingFolders() -> [FilePath] {
        var missing: [FilePath] = []
        var place = path
        while place.lastComponent != nil, (try? Folder.open(place, isMade: false, disk: disk)) == nil {
            missing.append(place)
            place.removeLastComponent()
        }
        return missing
    }

    /// Removes folders that this run has made and written nothing to.
    private func removeEmpty(_ made: [FilePath]) {
        for folder in made {
            guard let name = folder.lastComponent?.string else { return }
            _ = try? Folder.open(folder.removingLastComponent(), isMade: false, disk: disk).removeFolder(name)
        }
    }

    private func write(_ files: [RenderedFile], editing edits: [EditedFile], to tree: OpenTree) throws(OutputError)
        -> WriteResult
    {
        let userFiles = try opened(edits)
        // Left by a render that was killed. This one holds the locks.
        try OutputError.reporting("what an interrupted render left in \(path) cannot be cleared away") {
            try clearStaging(in: tree)
            for (_, file) in userFiles { try file.clear() }
        }
        let plan = try plan(files, in: tree)
        let changedFiles = userFiles.filter { $0.0.old != $0.0.new }
        var result = plan.result
        result.edited = changedFiles.map(\.0.path)
        try hideSecrets(files, in: tree)
        // If another version of Rehome writes the same files, the index keeps the version that is in it.
        guard !plan.isEmpty || !changedFiles.isEmpty else { return result }
        let steps = try OutputError.reporting("\(path) could not be written and is as it was") {
            do { return try self.steps(for: plan, in: tree) + changedFiles.map { step(for: $0.0, $0.1) } } catch {
                tree.removeMadeFolders()
                throw error
            }
        }
        try Replacement().run(steps, tree: tree)
        // Everything that follows can be done by the next run as well.
        if !plan.isEmpty { try? finish(plan, in: tree) }
        return result
    }

    /// Removes the folders that are empty now, and then removes the files that were in them from the index.
    private func finish(_ plan: Plan, in tree: OpenTree) throws {
        let former = plan.old.paths.filter { !plan.new.contains($0) }
        for folder in Set(former.map { OpenTree.split($0).parent }) { try tree.removeEmptyFolders(from: folder) }
        let staging = try tree.madeFolder(Self.stagingName)
        if plan.union != plan.new {
            try staging.create("index", holding: Array(plan.new.text.utf8), mode: 0o644)
            try staging.rename("index", to: tree.top, FileIndex.fileName)
        }
        try tree.top.removeFolder(Self.stagingName)
    }

    private func opened(_ edits: [EditedFile]) throws(OutputError) -> [(EditedFile, UserFile)] {
        var files: [(EditedFile, UserFile)] = []
        for edit in edits { files.append((edit, try UserFile.open(edit, disk: disk))) }
        return files
    }

    // MARK: What is to be done

    private struct Plan {
        var result = WriteResult()
        var changed: [RenderedFile] = []
        /// Files of an earlier render that are removed.
        var stale: [String] = []
        var old: FileIndex
        var new: FileIndex

        /// Until all is done, the index lists the old files and the new ones. So if this run is killed, the next knows
        /// both.
        var union: FileIndex { new.union(old) }

        var isEmpty: Bool { changed.isEmpty && stale.isEmpty && old.hasSameFiles(as: new) }
    }

    private func plan(_ files: [RenderedFile], in tree: OpenTree) throws(OutputError) -> Plan {
        // An empty folder has no index to compare with.
        let isEmpty = try OutputError.reporting("\(path) cannot be read") { try tree.top.names().isEmpty }
        let index = isEmpty ? nil : try index(tree)
        var plan = Plan(old: index ?? FileIndex(version: version), new: FileIndex(version: version))
        for file in files {
            let onDisk = isEmpty ? nil : try tree.read(file.path)
            plan.new.add(file)
            if onDisk == file.bytes {
                plan.result.unchanged += 1
                continue
            }
            if let onDisk, !plan.old.contains(file.path) { throw notOurs(onDisk, at: tree.place(of: file.path)) }
            plan.changed.append(file)
        }
        for path in plan.old.paths where !plan.new.contains(path) {
            guard let bytes = try tree.read(path) else { continue }
            if plan.old.wrote(bytes, to: path) { plan.stale.append(path) } else { plan.result.left.append(path) }
        }
        plan.result.written = plan.changed.map(\.path)
        plan.result.removed = plan.stale
        return plan
    }

    private func notOurs(_ bytes: [UInt8], at place: FilePath) -> OutputError {
        guard bytes.starts(with: RenderedFile.header.utf8) else {
            return OutputError(
                "\(place) was not written by rehome", advice: "Move it away, or choose another folder with -o.")
        }
        return OutputError(
            "\(place) bears rehome's mark, but \(path.appending(FileIndex.fileName)) does not name it",
            advice: FileIndex.advice)
    }

    // MARK: Steps

    private func steps(for plan: Plan, in tree: OpenTree) throws -> [Replacement.Step] {
        if plan.isEmpty { return [] }
        var contents: [(String, [UInt8]?, mode_t)] = [(FileIndex.fileName, Array(plan.union.text.utf8), 0o644)]
        contents += plan.changed.map { ($0.path, $0.bytes, $0.holdsSecret ? 0o600 : 0o644) }
        contents += plan.stale.map { ($0, nil, 0o644) }
        let staging = try tree.madeFolder(Self.stagingName)
        return contents.enumerated().map { number, content in
            let (parent, name) = OpenTree.split(content.0)
            return Replacement.Step(
                place: tree.place(of: content.0), folder: { try tree.madeFolder(parent) }, name: name, bytes: content.1,
                staging: staging, stagedName: "\(number).new", savedName: "\(number).old", mode: content.2)
        }
    }

    private func step(for edit: EditedFile, _ file: UserFile) -> Replacement.Step {
        Replacement.Step(
            place: FilePath(edit.path), folder: { file.folder }, name: file.name, bytes: edit.new, staging: file.folder,
            stagedName: file.stagedName, savedName: file.savedName, mode: 0o600, attributes: file.attributes,
            isLasting: true)
    }

    /// Removes others' permission to read a secret, which an earlier version or git may have given.
    private func hideSecrets(_ files: [RenderedFile], in tree: OpenTree) throws(OutputError) {
        for file in files where file.holdsSecret {
            try OutputError.reporting("\(tree.place(of: file.path)) cannot be hidden from others") {
                let (parent, name) = OpenTree.split(file.path)
                guard let folder = try tree.folder(parent), try folder.entry(name) == .file else { return }
                try folder.hide(name)
            }
        }
    }

    private func clearStaging(in tree: OpenTree) throws {
        guard let staging = try tree.folder(Self.stagingName) else { return }
        for name in try staging.names() { try staging.remove(name) }
        try tree.top.removeFolder(Self.stagingName)
        tree.forget(Self.stagingName)
    }
}
