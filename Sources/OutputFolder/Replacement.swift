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
    }

    /// The folder in which only we write.
    let folder: FilePath
    let staging: FilePath

    func run(_ steps: [Step]) throws(OutputError) {
        var done: [(step: Step, hadOld: Bool)] = []
        do {
            // What an interrupted run left; we hold the lock.
            try clear(steps)
            try FileSystem.makeFolder(staging)
            for step in steps {
                guard let bytes = step.bytes else { continue }
                try FileSystem.write(bytes, to: step.waiting, mode: step.mode, isLasting: step.isLasting)
            }
            for step in steps {
                try checkFolders(above: step.target)
                let hadOld = try FileSystem.entry(step.target) != .missing
                if hadOld {
                    try FileSystem.rename(step.target, to: step.saved)
                    done.append((step, true))
                }
                guard step.bytes != nil else { continue }
                try FileSystem.makeFolders(step.target.removingLastComponent())
                try FileSystem.rename(step.waiting, to: step.target)
                if !hadOld { done.append((step, false)) }
            }
            try clear(steps)
        } catch {
            for (step, hadOld) in done.reversed() {
                if hadOld {
                    try? FileSystem.rename(step.saved, to: step.target)
                } else {
                    try? FileSystem.removeFile(step.target)
                }
            }
            try? clear(steps)
            if let error = error as? OutputError { throw error }
            throw OutputError("\(folder) could not be written and is as it was: \(error)")
        }
    }

    /// A folder of ours that is a symbolic link would take our files somewhere else.
    private func checkFolders(above target: FilePath) throws {
        guard target.starts(with: folder) else { return }
        var parent = target.removingLastComponent()
        while parent != folder, !parent.components.isEmpty {
            switch try FileSystem.entry(parent) {
            case .missing, .folder: break
            case .file, .other:
                throw OutputError(
                    "\(parent) is no folder", advice: "Move it away, or choose another folder with -o.")
            }
            parent = parent.removingLastComponent()
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
