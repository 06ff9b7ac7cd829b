import JobContract
import PostgresClient

/// A task that one pod hands to another, with all that the other needs to do it.
struct SharedTask: Codable, Sendable {
    enum Work: Codable, Sendable {
        case copy([TableContents])
        case copyRange(TableContents, TableRange)
        case verifyRange(TableContents, TableRange)
        case index(IndexBuild)
    }

    var site: CopySite
    var work: Work

    /// The answer of the other pod.
    enum Outcome: Codable, Sendable {
        /// Descriptions of the tables' ``TableHash``, and how long they took there, without the wait for a free worker.
        case copied([Copied], seconds: Double)
        /// Description of a range's ``TableHash``.
        case hashed(String, seconds: Double)
        case indexed
        case failed(status: Int32, message: String, advice: String?)
    }

    struct Copied: Codable, Sendable {
        var table: RelationName
        var hash: String
    }
}

extension DatabaseWorker {
    /// Does a shared task. An error is an outcome too: the leader decides what to do about it.
    func carryOut(_ task: SharedTask) async -> SharedTask.Outcome {
        let clock = ContinuousClock.now
        do {
            switch task.work {
            case .copy(let tables):
                let copied = try await transfer(tables, Reading(task.site)).map {
                    SharedTask.Copied(table: $0.key, hash: $0.value.description)
                }
                return .copied(copied, seconds: clock.secondsUntilNow)
            case .copyRange(let table, let range):
                let hash = try await copyRange(range, of: table, adopted: nil, Reading(task.site))?.description ?? ""
                return .hashed(hash, seconds: clock.secondsUntilNow)
            case .verifyRange(let table, let range):
                let hash = try verifyRange(range, of: table, at: task.site).description
                return .hashed(hash, seconds: clock.secondsUntilNow)
            case .index(let index):
                try build(index, at: task.site)
                return .indexed
            }
        } catch {
            let failure = MigrationFailure(error)
            return .failed(status: failure.status.rawValue, message: failure.message, advice: failure.advice)
        }
    }
}
