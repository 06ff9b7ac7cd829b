import DatabaseMigration
import PostgresClient

/// The state of a run, derived from its events, for a live view and metrics. Times are seconds since the run began.
public struct RunState: Sendable {
    public enum Phase: String, Sendable, CaseIterable {
        case starting, waiting, copying, keepingUp, fenced, published, failed
    }

    /// How far one database is.
    public struct Database: Sendable, Equatable {
        public enum Step: Sendable { case waiting, copying, copied, sealed }
        public var step = Step.waiting
        /// How many rows were copied; `nil` until the whole database is.
        public var rows: Int?
        /// The fraction of its work that is done, while it is copied.
        public var done = 0.0

        public var fraction: Double {
            switch step {
            case .copied, .sealed: 1
            case .waiting, .copying: min(1, done)
            }
        }
    }

    public private(set) var phase = Phase.starting
    public private(set) var databases: [DatabaseName: Database] = [:]
    /// Bytes on disk.
    public private(set) var bytesDone = 0
    public private(set) var bytesTotal = 0
    /// Rows that are copied.
    public private(set) var rowsDone = 0
    /// About how many rows there are; `nil` if nobody knows.
    public private(set) var rowsTotal: Int?
    public private(set) var bytesPerSecond = 0.0
    /// The fraction of the first copy's work that is done; `nil` before that copy and after it.
    private var workDone: Double?
    public private(set) var secondsLeft: Double?
    /// What is being done now.
    public private(set) var work: [CopyProgress.Work] = []
    public private(set) var rounds = 0
    public private(set) var rowsBrought = 0
    public private(set) var lastRound: RoundSummary?
    /// The condition that the fence or the copy waits for.
    public private(set) var waitsFor: String?
    /// What the run has been doing for so long without any other event.
    public private(set) var longWork: String?
    private var fencedSince: Double?
    /// Seconds of fences that have ended.
    private var secondsFencedBefore = 0.0

    public init() {}

    /// For how long writes have been refused so far, in all.
    public func secondsFenced(at now: Double) -> Double {
        secondsFencedBefore + (fencedSince.map { max(0, now - $0) } ?? 0)
    }

    /// For how long the current fence has stood.
    public func fence(at now: Double) -> Double? { fencedSince.map { max(0, now - $0) } }

    public var fraction: Double {
        if let workDone { return workDone }
        return bytesTotal > 0 ? min(1, Double(bytesDone) / Double(bytesTotal)) : phase == .published ? 1 : 0
    }

    /// The run has failed. If its fence could not be lifted, it still stands.
    public mutating func fail() { phase = .failed }

    public mutating func note(_ event: MigrationEvent, at now: Double) {
        longWork = if case .working(let what, _) = event { what } else { nil }
        switch event {
        case .waitingForStart(let until, _): (phase, waitsFor) = (.waiting, until)
        case .startReached: (phase, waitsFor) = (.starting, nil)
        case .planned(_, let bytes): (phase, bytesTotal) = (.copying, bytes)
        case .opened(let name, _, _, _, _): databases[name, default: Database()].step = .copying
        case .progress(let progress): note(progress)
        case .copiedDatabase(let name, let rows, _):
            databases[name, default: Database()].step = .copied
            databases[name, default: Database()].rows = rows
            work.removeAll { $0.database == name }
            if databases.values.allSatisfy({ $0.step == .copied }) { copyIsOver() }
        case .rebuilding(let name, _): databases[name] = Database(step: .copying)
        case .round(let round):
            rounds += 1
            rowsBrought += round.rows
            lastRound = round
        case .keepingUp(let reason):
            (phase, waitsFor, work) = (fencedSince == nil ? .keepingUp : phase, reason, [])
            copyIsOver()
        case .fenced(_, _, _, let seconds):
            (phase, waitsFor) = (.fenced, nil)
            if fencedSince == nil { fencedSince = now - seconds }
        case .fenceLifted:
            endFence(at: now)
            phase = .keepingUp
        case .cutOverPutOff(let reason, _, _): waitsFor = reason
        case .sealed(let name, _, _): databases[name, default: Database()].step = .sealed
        case .published:
            endFence(at: now)
            (phase, waitsFor, work) = (.published, nil, [])
            copyIsOver()
        case .alreadyPublished: phase = .published
        default: break
        }
    }

    private mutating func note(_ progress: CopyProgress) {
        (bytesDone, bytesTotal) = (progress.bytesDone, progress.bytesTotal)
        (rowsDone, rowsTotal, workDone) = (progress.rowsDone, progress.rowsTotal, progress.fraction)
        (bytesPerSecond, secondsLeft, work) = (progress.bytesPerSecond, progress.secondsLeft, progress.work)
        for share in progress.databases {
            databases[share.database, default: Database()].done = share.fraction
        }
    }

    private mutating func copyIsOver() {
        (bytesDone, workDone) = (bytesTotal, nil)
        let rows = databases.values.compactMap(\.rows)
        if !rows.isEmpty, rows.count == databases.count {
            rowsDone = rows.reduce(0, +)
            rowsTotal = rowsDone
        }
        (secondsLeft, bytesPerSecond) = (nil, 0)
    }

    private mutating func endFence(at now: Double) {
        secondsFencedBefore = secondsFenced(at: now)
        fencedSince = nil
    }
}
