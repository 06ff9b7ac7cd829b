import JobContract
import PostgresClient

/// Measures how soon the source answers while it is given work, and limits the work when answers take longer than
/// before. The source may have a quarter of a CPU only, and Backstage's queries wait behind this migration's.
///
/// Where nobody but this migration is connected, there is no limit.
///
/// It also has this migration's sessions give way: who alters a table waits for those that read it, and all who come
/// later wait behind.
actor PaceKeeper {
    private let executor = BlockingExecutor(label: "pace")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let pace: SourcePace
    private let connection: Connection
    private let selection: SourceSelection
    /// An answer is late if it takes more seconds than this. The initial value stays if no other client was connected
    /// at the beginning, so that nothing was measured.
    private var late = 0.02
    private var limit = PaceLimit()
    /// Our sessions whose locks others waited for at the last look.
    private var inTheWay: Set<Int> = []
    /// How many statements have given way.
    private var given = 0

    /// Seconds between two measurements. The kernel gives out a limited CPU in periods of 0.1 s, and measurements at
    /// even distances would always meet the same part of a period.
    private static let interval = 0.05...0.15
    /// How many measurements ``begin()`` takes.
    private static let firstLooks = 10
    /// After how many measurements the other clients are counted again.
    private static let looksPerCount = 20
    /// After how many measurements it is looked again whether others wait for our locks.
    private static let looksPerGivingWay = 10
    /// After so many statements no other one gives way. Who locks a table again and again may not keep it from being
    /// copied for good.
    private static let mostGiven = 10

    /// - Parameter sessions: those of this migration. The measurements do not wait for their pace.
    init(pace: SourcePace, settings: JobSettings, sessions: Sessions) throws {
        self.pace = pace
        selection = SourceSelection(settings)
        var sessions = sessions
        sessions.pace = nil
        connection = try sessions.openSource(DatabaseName(sessions.source.database))
    }

    /// Measures how soon the source answers before it is given work.
    func begin() throws(PostgresError) {
        guard try hasOtherClients() else { return }
        var seconds: [Double] = []
        for _ in 0..<Self.firstLooks {
            seconds.append(try look())
            Pause.milliseconds(Int(Double.random(in: Self.interval) * 1000))
        }
        late = 2 * seconds.sorted()[Self.firstLooks * 9 / 10] + 0.008
    }

    /// Adjusts the limit until the task is cancelled, and then removes it.
    func keep() async {
        // However this ends, no session is slowed down for good.
        defer { pace.adjust { _, _ in .infinity } }
        inTheWay = []
        var (looks, isAlone, interval) = (0, (try? hasOtherClients()) != true, Self.interval.upperBound)
        pace.adjust { _, _ in isAlone ? .infinity : limit.seconds }
        while !Task.isCancelled {
            defer { looks += 1 }
            do {
                if looks % Self.looksPerCount == 0 { isAlone = try !hasOtherClients() }
                if looks % Self.looksPerGivingWay == 0, given < Self.mostGiven { try giveWay() }
                let isLate = try look() > late
                pace.adjust { work, wasLimited in
                    guard !isAlone else { return .infinity }
                    if wasLimited { limit.note(work: work / interval, isLate: isLate) }
                    return limit.seconds
                }
            } catch {
                // If the source fails, the sessions that do the work report it.
                return
            }
            interval = .random(in: Self.interval)
            try? await Task.sleep(for: .seconds(interval))
        }
    }

    /// How many seconds the answer to a small query takes.
    private func look() throws(PostgresError) -> Double {
        let clock = ContinuousClock.now
        _ = try connection.query("SELECT count(*) FROM pg_catalog.generate_series(1, 100)")
        let seconds = clock.secondsUntilNow
        pace.answered(in: seconds)
        return seconds
    }

    /// Cancels our reading statements for whose locks others waited at the last look already. Whoever runs them runs
    /// them again (``LockPatience``).
    private func giveWay() throws(PostgresError) {
        let rows = try connection.query(
            """
            WITH ours AS MATERIALIZED (
                SELECT pid, state = 'active' AS is_at_work,
                       state <> 'active' OR starts_with(query, 'SAVEPOINT reading') OR starts_with(query, 'PREPARE rehome_lock')
                         OR application_name LIKE '%/pg_dump' AS gives_way
                FROM pg_catalog.pg_stat_activity WHERE usename = current_user AND starts_with(application_name, 'rehome/')
            ), waiting AS MATERIALIZED (
                SELECT pg_catalog.pg_blocking_pids(pid) AS behind FROM pg_catalog.pg_locks
                WHERE locktype = 'relation' AND NOT granted AND pid NOT IN (SELECT pid FROM ours)
            )
            SELECT pid, pid = ANY (\(array: inTheWay.sorted())) AND pg_catalog.pg_cancel_backend(pid) FROM ours
            WHERE is_at_work AND EXISTS (
                -- If others are in the way too, giving way helps nobody.
                SELECT FROM waiting WHERE pid = ANY (behind) AND behind <@ ARRAY(SELECT pid FROM ours WHERE gives_way))
            """
        ).rows
        given += rows.count { $0.isTrue(1) }
        inTheWay = Set(rows.filter { !$0.isTrue(1) }.compactMap { $0.integer(0) })
    }

    private func hasOtherClients() throws(PostgresError) -> Bool {
        try ClientSessions.read(at: connection).counts(of: nil).contains { selection.mayMove($0.key) && $0.value > 0 }
    }
}

/// How many seconds of work a source is given in each second.
struct PaceLimit {
    /// What is allowed now. It falls no lower than to ``least``: the copy must end, and as long as a snapshot is held,
    /// Backstage's queries take longer.
    private(set) var seconds = least
    /// Until an answer was late, the limit grows fast.
    private var hasBeenLate = false

    static let (least, most) = (0.15, 16.0)
    /// What the limit is multiplied by: the first after a late answer, the second after any other, and the third as
    /// long as no answer was late. In the long run one answer in seventy is late.
    private static let (slower, faster, fastest) = (0.5, 1.01, 1.05)
    /// A limit above the first is often more than what was really done. So a late answer halves what was done, but no
    /// less than the second, a part of the limit.
    private static let (high, deepestFall) = (1.0, 0.1)

    /// - Parameters:
    ///   - work: seconds of work in each second since the last answer. If there was none, the answer does not tell how
    ///     much the source would bear.
    ///   - isLate: whether the last answer was late.
    mutating func note(work: Double, isLate: Bool) {
        guard work > 0 else { return }
        guard isLate else {
            seconds = min(seconds * (hasBeenLate ? Self.faster : Self.fastest), Self.most)
            return
        }
        hasBeenLate = true
        let done = seconds > Self.high ? min(seconds, max(work, seconds * Self.deepestFall)) : seconds
        seconds = max(done * Self.slower, Self.least)
    }
}
