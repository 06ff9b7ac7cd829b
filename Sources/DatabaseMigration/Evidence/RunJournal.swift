import Glibc
import JobContract
import PostgresClient
import Synchronization

/// Notes what happens in a run, for its record.
final class RunJournal: Sendable {
    fileprivate static let mostRounds = 60
    private static let mostFindings = 60

    fileprivate struct State {
        var work: [DatabaseName: [WorkSpan.Kind: Stretches]] = [:]
        var fences: [RunRecord.Fence] = []
        var rounds: [RunRecord.Round] = []
        var roundCount = 0
        var roundRows = 0
        var endedSessions = 0
        var findings: [Finding] = []
        var tablesFromBefore: [DatabaseName: Int] = [:]
        var refusedSeconds: Double?
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    var seconds: Double { start.secondsUntilNow }

    /// Seconds of the last round.
    var lastRound: Double { state.withLock { $0.rounds.last.map { $0.end - $0.begin } ?? 0 } }

    func note(_ event: MigrationEvent) {
        let now = seconds
        state.withLock { state in
            func add(_ kind: WorkSpan.Kind, _ name: DatabaseName, _ begin: Double, _ end: Double) {
                state.work[name, default: [:]][kind, default: Stretches()].add(begin, end)
            }
            switch event {
            case .opened(let name, _, _, _, let seconds): add(.schema, name, now - seconds, now)
            case .copied(let name, _, _, _, let seconds, let verifySeconds):
                add(.copy, name, now - seconds, now - verifySeconds)
                if verifySeconds > 0 { add(.verify, name, now - verifySeconds, now) }
            case .copiedRange(let name, _, _, _, _, let seconds): add(.copy, name, now - seconds, now)
            case .rechecked(let name, _, _, let seconds):
                add(.verify, name, now - seconds, now)
                state.tablesFromBefore[name, default: 0] += 1
            case .indexed(let name, _, let seconds): add(.index, name, now - seconds, now)
            case .analyzed(let name, _, let seconds), .copiedDatabase(let name, _, let seconds):
                add(.finish, name, now - seconds, now)
            case .sealed(let name, _, let seconds): add(.seal, name, now - seconds, now)
            case .rebuilding(let name, _): state.tablesFromBefore[name] = nil
            case .round(let round): state.note(round, at: now)
            case .finding(let finding): if state.findings.count < Self.mostFindings { state.findings.append(finding) }
            case .fenced(_, let ended, _, let seconds):
                state.endedSessions += ended
                // A fence that stands and is extended to more databases is still one fence.
                if state.fences.last?.end != nil || state.fences.isEmpty {
                    state.fences.append(.init(begin: milliseconds(now - seconds)))
                }
            case .fenceLifted: state.endFence(at: now)
            case .cutOverPutOff(let reason, _, _):
                if let last = state.fences.indices.last, state.fences[last].putOff == nil {
                    state.fences[last].putOff = reason
                }
            case .published(_, _, _, let fenced):
                state.endFence(at: now)
                state.refusedSeconds = fenced.map(milliseconds)
            default: break
            }
        }
    }

    /// Stretches of work, in the order of their kinds.
    func work(of name: DatabaseName) -> [WorkSpan] {
        let work = state.withLock { $0.work[name] ?? [:] }
        return WorkSpan.Kind.allCases.flatMap { kind in
            (work[kind]?.all ?? []).map {
                WorkSpan(kind: kind, begin: milliseconds($0.begin), end: milliseconds($0.end))
            }
        }
    }

    /// Tables that an earlier attempt had copied, so that they were only compared.
    func tablesFromBefore(of name: DatabaseName) -> Int { state.withLock { $0.tablesFromBefore[name] ?? 0 } }

    func record(_ survey: Migration.Survey, settings: JobSettings) -> RunRecord {
        let state = state.withLock { $0 }
        return RunRecord(
            program: "rehome-job \(JobVersion.current)", pod: Self.machine,
            source: .init(survey.source), target: .init(survey.target), settings: settings.given,
            seconds: milliseconds(seconds), fences: state.fences, roundCount: state.roundCount,
            roundRows: state.roundRows, rounds: state.rounds, endedSessions: state.endedSessions,
            findings: state.findings, refusedSeconds: state.refusedSeconds)
    }

    private static var machine: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "" }
        return withUnsafeBytes(of: name.nodename) { VisibleText.of($0.prefix { $0 != 0 }) }
    }
}

extension RunJournal.State {
    fileprivate mutating func note(_ round: RoundSummary, at now: Double) {
        roundCount += 1
        roundRows += round.rows
        rounds.append(
            .init(
                number: round.number, begin: milliseconds(max(0, now - round.seconds)), end: milliseconds(now),
                rows: round.rows, bytes: round.bytes))
        if rounds.count > RunJournal.mostRounds { rounds.removeFirst() }
    }

    fileprivate mutating func endFence(at now: Double) {
        guard let last = fences.indices.last, fences[last].end == nil else { return }
        fences[last].end = milliseconds(now)
    }
}

extension RunRecord.Server {
    init(_ facts: ServerFacts) {
        self.init(
            place: facts.place, version: facts.versionText, systemIdentifier: facts.systemIdentifier,
            role: facts.role.description)
    }
}
