import Glibc
import SystemPackage

/// Puts files in place so that a failure at any of them takes back those before it.
///
/// A file gives way to its successor in one step, so at every instant there is a whole one, old or new. All successors
/// are on the disk before the first step, and the predecessors stay until the last: taking back needs no room.
struct Replacement {
    /// One file that is put in place, or taken away.
    struct Step {
        /// Where it is, for messages.
        var place: FilePath
        /// Makes it, where it is missing: not before what comes before this step is done.
        var folder: () throws -> Folder
        var name: String
        /// What it is to hold; `nil` if it is to go.
        var bytes: [UInt8]?
        /// Where the new content waits and the old is kept meanwhile, on the target's own file system.
        var staging: Folder
        var stagedName: String
        var savedName: String
        var mode: mode_t = 0o644
        var attributes: Folder.Attributes?
        /// Whether it must survive a power cut. What is rendered need not: it can be rendered again, and git does not wait
        /// for its work tree either.
        var isLasting = false
    }

    /// What has been done, for taking it back.
    private enum Done {
        case replaced(Step)
        case made(Step)
    }

    /// - Throws: ``OutputError`` after all is as it was, or with what is not.
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
            throw OutputError("\(tree.path) could not be written and is as it was: \(error)")
        }
        // What cannot be cleared now is cleared by the next run.
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

    /// How file systems refuse a second name that they have no way to give.
    private static let withoutLinks: Set<Errno> = [.notPermitted, .notSupported, .noFunction, .tooManyLinks]

    /// A second name for the old file, or a copy where the file system has no such thing.
    private func save(_ step: Step, in folder: Folder) throws {
        do { try folder.link(step.name, to: step.staging, step.savedName) } catch {
            guard Self.withoutLinks.contains(error) else { throw error }
            guard let bytes = try folder.read(step.name, at: step.place) else { throw error }
            try step.staging.create(step.savedName, holding: bytes, mode: step.mode, attributes: step.attributes)
        }
    }

    /// - Returns: the steps that could not be taken back.
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
