import SystemPackage

/// Puts files in place so that a failure at any of them takes back those before it.
struct Replacement {
    /// One file that is put in place, or taken away.
    struct Step {
        var target: FilePath
        /// What it is to hold; `nil` if it is to go.
        var bytes: [UInt8]?
        /// Where the new content waits and the old is kept meanwhile, on the target's own file system.
        var waiting: FilePath
        var saved: FilePath
        var mode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
        /// Whether it must survive a power cut. What is rendered need not: it can be rendered again, and git does not wait
        /// for its work tree either.
        var isLasting = false
        /// Whether nothing can be at the target: then the file is written where it belongs.
        var isNew = false
    }

    /// What has been done, for taking it back.
    private struct Progress {
        var steps: [(step: Step, hadOld: Bool)] = []
        /// Folders that are known to be there, and those among them that were not.
        var ready: Set<FilePath> = []
        var made: [FilePath] = []
    }

    /// The folder in which only we write.
    let folder: FilePath
    let staging: FilePath

    func run(_ steps: [Step]) throws(OutputError) {
        var progress = Progress()
        do {
            // What an interrupted run left; we hold the lock.
            try clear(steps)
            try stage(steps.filter { !$0.isNew })
            for step in steps {
                try makeFolders(above: step.target, &progress)
                try put(step, &progress)
            }
            try clear(steps)
        } catch {
            takeBack(progress)
            try? clear(steps)
            if let error = error as? OutputError { throw error }
            throw OutputError("\(folder) could not be written and is as it was: \(error)")
        }
    }

    private func stage(_ steps: [Step]) throws {
        if steps.isEmpty { return }
        try FileSystem.makeFolder(staging)
        for step in steps {
            guard let bytes = step.bytes else { continue }
            try FileSystem.write(bytes, to: step.waiting, mode: step.mode, isLasting: step.isLasting)
        }
    }

    private func put(_ step: Step, _ progress: inout Progress) throws {
        if step.isNew, let bytes = step.bytes {
            try FileSystem.create(step.target, holding: bytes, mode: step.mode)
            return progress.steps.append((step, false))
        }
        let hadOld = try FileSystem.entry(step.target) != .missing
        if hadOld {
            try FileSystem.rename(step.target, to: step.saved)
            progress.steps.append((step, true))
        }
        guard step.bytes != nil else { return }
        try FileSystem.rename(step.waiting, to: step.target)
        if !hadOld { progress.steps.append((step, false)) }
    }

    private func takeBack(_ progress: Progress) {
        for (step, hadOld) in progress.steps.reversed() {
            if hadOld {
                try? FileSystem.rename(step.saved, to: step.target)
            } else {
                try? FileSystem.removeFile(step.target)
            }
        }
        for folder in progress.made.reversed() { FileSystem.removeEmptyFolder(folder) }
    }

    /// Makes those folders between ours and a target that are missing. One of them that is a symbolic link would take our
    /// files somewhere else.
    private func makeFolders(above target: FilePath, _ progress: inout Progress) throws {
        let parent = target.removingLastComponent()
        guard parent != folder, parent.starts(with: folder), progress.ready.insert(parent).inserted else { return }
        try makeFolders(above: parent, &progress)
        switch try FileSystem.entry(parent) {
        case .folder: break
        case .missing:
            try FileSystem.makeFolder(parent)
            progress.made.append(parent)
        case .file, .other:
            throw OutputError("\(parent) is no folder", advice: "Move it away, or choose another folder with -o.")
        }
    }

    private func clear(_ steps: [Step]) throws {
        for step in steps where !step.waiting.starts(with: staging) {
            try FileSystem.removeFile(step.waiting)
            try FileSystem.removeFile(step.saved)
        }
        guard try FileSystem.entry(staging) == .folder else { return }
        for name in try FileSystem.list(staging) { try FileSystem.removeFile(staging.appending(name)) }
        FileSystem.removeEmptyFolder(staging)
    }
}
