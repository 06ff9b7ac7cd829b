import Glibc
import SystemPackage

/// Replaces several files. If one of them fails, those before it are restored.
///
/// Each file is replaced atomically, so at every instant there is a whole one, old or new. All new files are on the
/// disk before the first is replaced, and the old ones are kept until the last is, so restoring them needs no space.
struct Replacement {
    /// One file that is replaced, made or removed.
    struct Step {
        /// Its path, for messages.
        var place: FilePath
        /// Opens its folder, and makes it if it is missing. So it must not be called before the earlier steps are done.
        var folder: () throws -> Folder
        var name: String
        /// The new content; `nil` to remove the file.
        var bytes: [UInt8]?
        /// A folder on the same file system for the new content and the old one meanwhile.
        var staging: Folder
        var stagedName: String
        var savedName: String
        var mode: mode_t = 0o644
        var attributes: Folder.Attributes?
        /// Whether the change must survive a power cut. A rendered file need not, since it can be rendered again; git
        /// does not wait for its work tree either.
        var isLasting = false
    }

    /// A step that was done, so that it can be undone.
    private enum Done {
        case replaced(Step)
        case made(Step)
    }

    /// - Throws: ``OutputError`` after everything was restored, or with what could not be.
    func run(_ steps: [Step], tree: OpenTree) throws(OutputError) {
        var done: [Done] = []
        do {
            for step in steps { try stage(step) }
            for step in steps { try put(step, &done) }
        } catch {
            let left = takeBack(done)
            guard left.isEmpty else { throw Self.halfDone(left, error) }
            Self.clear(steps)
            tree.removeMadeFolders()
            if let error = error as? OutputError { throw error }
            throw OutputError.caused("\(tree.path) could not be written and is as it was", by: error)
        }
        // A file that cannot be removed now is removed by the next run.
        for case .replaced(let step) in done { try? step.staging.remove(step.savedName) }
    }

    private func stage(_ step: Step) throws {
        guard let bytes = step.bytes else { return }
        do {
            try step.staging.create(
                step.stagedName, holding: bytes, mode: step.mode, attributes: step.attributes, isLasting: step.isLasting
            )
        } catch let error as OutputError {
            throw OutputError("\(step.place) cannot be edited: \(error.message)", advice: error.advice)
        }
    }

    private func put(_ step: Step, _ done: inout [Done]) throws {
        let folder = try step.folder()
        switch try folder.entry(step.name) {
        case .file: break
        case .missing:
            guard step.bytes != nil else { return }
            try step.staging.rename(step.stagedName, to: folder, step.name)
            return done.append(.made(step))
        case .link: throw OutputError.link(step.place)
        case .folder, .other: throw OutputError.inTheWay(step.place, "no plain file")
        }
        try save(step, in: folder)
        done.append(.replaced(step))
        if step.bytes == nil {
            try folder.remove(step.name)
        } else {
            try step.staging.rename(step.stagedName, to: folder, step.name)
        }
        if step.isLasting { try folder.synchronize() }
    }

    /// Errors of file systems that cannot give a file a second name.
    private static let withoutLinks: Set<Errno> = [.notPermitted, .notSupported, .noFunction, .tooManyLinks]

    /// Keeps the old file under a second name, or as a copy where the file system has no hard links.
    private func save(_ step: Step, in folder: Folder) throws {
        do { try folder.link(step.name, to: step.staging, step.savedName) } catch {
            guard Self.withoutLinks.contains(error) else { throw error }
            guard let bytes = try folder.read(step.name, at: step.place) else { throw error }
            try step.staging.create(step.savedName, holding: bytes, mode: step.mode, attributes: step.attributes)
        }
    }

    /// Undoes steps.
    ///
    /// - Returns: the steps that could not be undone.
    private func takeBack(_ done: [Done]) -> [Step] {
        var left: [Step] = []
        for item in done.reversed() {
            switch item {
            case .replaced(let step):
                do { try step.staging.rename(step.savedName, to: try step.folder(), step.name) } catch {
                    left.append(step)
                }
            case .made(let step):
                do { try step.folder().remove(step.name) } catch { left.append(step) }
            }
        }
        return left
    }

    private static func halfDone(_ left: [Step], _ error: any Error) -> OutputError {
        let cause = (error as? OutputError)?.message ?? "\(error)"
        return OutputError(
            "after a failure (\(cause)) these could not be put back as they were: "
                + left.map { "\($0.place)" }.joined(separator: ", "),
            advice: "Each is whole, old or new. Take away what is in the way and run the command again.")
    }

    private static func clear(_ steps: [Step]) {
        for step in steps {
            if step.bytes != nil { try? step.staging.remove(step.stagedName) }
            try? step.staging.remove(step.savedName)
        }
    }
}
