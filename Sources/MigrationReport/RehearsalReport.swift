import DatabaseMigration
import PostgresClient
import Synchronization

/// How long each part of a rehearsal took.
public struct RehearsalReport: Sendable, Codable, Equatable {
    /// Seconds of work. Several workers work at once, so the sum may exceed the elapsed time.
    public struct Parts: Sendable, Codable, Equatable {
        /// pg_dump, the new database, tables without rows.
        public var schema = 0.0
        /// Reading rows at the source and writing them at the target.
        public var copy = 0.0
        /// Large tables' indexes.
        public var index = 0.0
        /// Reading rows back, and hashing once more what an earlier attempt had copied.
        public var verify = 0.0
        /// Constraints, small indexes, statistics, and the comparison of the schema.
        public var finish = 0.0

        static func + (a: Parts, b: Parts) -> Parts {
            Parts(
                schema: a.schema + b.schema, copy: a.copy + b.copy, index: a.index + b.index,
                verify: a.verify + b.verify,
                finish: a.finish + b.finish)
        }
    }

    public struct Database: Sendable, Codable, Equatable {
        public var name: String
        public var rows = 0
        public var bytes = 0
        public var parts = Parts()
        /// Seconds from the first step of its first copy to the last.
        public var seconds = 0.0
    }

    public var databases: [Database]
    public var total: Parts
    /// Seconds from the first step to the last.
    public var seconds: Double
    /// Tables that an earlier attempt had copied, whose copy was not timed.
    public var tablesFromBefore: Int
    /// How long the fence is expected to stand in the real run, in seconds.
    public var fenceSeconds: Double
    /// Whether the real run copies everything before its fence.
    public var precopy: Bool
}

/// Gathers a rehearsal's times from its events.
public final class RehearsalClock: Sendable {
    private struct State {
        var databases: [DatabaseName: RehearsalReport.Database] = [:]
        var begun: [DatabaseName: Double] = [:]
        var begin = 0.0
        var end = 0.0
        var tablesFromBefore = 0
        var lastRound = 0.0
    }

    private let state = Mutex(State())
    private let start = ContinuousClock.now

    private let precopy: Bool

    /// - Parameter precopy: whether the real run copies everything before its fence.
    public init(precopy: Bool) { self.precopy = precopy }

    public func record(_ event: MigrationEvent) {
        let now = start.secondsUntilNow
        state.withLock { state in
            func change(_ name: DatabaseName, _ body: (inout RehearsalReport.Database) -> Void) {
                var database = state.databases[name] ?? RehearsalReport.Database(name: name.description)
                body(&database)
                state.databases[name] = database
            }
            switch event {
            case .planned: state.begin = now
            case .opened(let name, _, _, _, let seconds):
                state.begun[name] = state.begun[name] ?? now - seconds
                change(name) { $0.parts.schema += seconds }
            case .copied(let name, _, let rows, let bytes, let seconds, let verifySeconds):
                change(name) {
                    $0.rows += rows
                    $0.bytes += bytes
                    $0.parts.copy += seconds - verifySeconds
                    $0.parts.verify += verifySeconds
                }
            case .rechecked(let name, _, let rows, let seconds):
                state.tablesFromBefore += 1
                change(name) {
                    $0.rows += rows
                    $0.parts.verify += seconds
                }
            case .indexed(let name, _, let seconds): change(name) { $0.parts.index += seconds }
            case .analyzed(let name, _, let seconds): change(name) { $0.parts.finish += seconds }
            case .round(let round): state.lastRound = round.seconds
            case .copiedDatabase(let name, _, let seconds):
                let begun = state.begun[name] ?? now
                change(name) {
                    $0.parts.finish += seconds
                    $0.seconds = now - begun
                }
                state.end = now
            default: break
            }
        }
    }

    public var report: RehearsalReport {
        state.withLock { state in
            let databases = state.databases.values.sorted { $0.name < $1.name }
            let seconds = max(0, state.end - state.begin)
            return RehearsalReport(
                databases: databases, total: databases.reduce(RehearsalReport.Parts()) { $0 + $1.parts },
                seconds: seconds,
                tablesFromBefore: state.tablesFromBefore,
                fenceSeconds: (precopy ? state.lastRound : seconds) + MigrationEvidence.publishingSeconds,
                precopy: precopy)
        }
    }
}
