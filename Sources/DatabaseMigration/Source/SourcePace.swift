import JobContract
import PostgresClient
import Synchronization

/// How fast all readers together may read the source.
final class ReadPace: Sendable {
    private struct State {
        /// Bytes per second; infinite without a limit.
        var rate = Double.infinity
        /// When the next reader may go on.
        var next = ContinuousClock.now
        /// Bytes since the last look.
        var read = 0
    }

    private let state = Mutex(State())

    /// Waits on the calling thread until so many bytes more may be read.
    func take(_ bytes: Int) {
        let wait = state.withLock { state -> Duration? in
            state.read += bytes
            guard state.rate.isFinite else { return nil }
            let now = ContinuousClock.now
            let start = max(now, state.next)
            state.next = start + .seconds(Double(bytes) / state.rate)
            return now.duration(to: start)
        }
        if let wait, wait > .milliseconds(1) { Pause.milliseconds(Int(wait / .milliseconds(1))) }
    }

    /// Changes the rate.
    ///
    /// - Parameter change: from the rate so far and the bytes that were read since the last change.
    func adjust(_ change: (_ rate: Double, _ read: Int) -> Double) {
        state.withLock { state in
            state.rate = change(state.rate, state.read)
            state.read = 0
            if !state.rate.isFinite { state.next = .now }
        }
    }
}

/// Measures how soon the source answers while it is read, and slows the readers down when it takes longer than before.
/// The source may have a quarter of a CPU only, and Backstage's queries wait behind the readers'.
///
/// Where nobody but this migration is connected, the readers are not slowed down.
actor PaceKeeper {
    private let executor = BlockingExecutor(label: "pace")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let pace: ReadPace
    private let connection: Connection
    private let databases: [DatabaseName]
    /// An answer is late if it takes more seconds than this. The first value counts where no other client was connected
    /// at the beginning, so that nothing was measured.
    private var late = 0.02

    /// Seconds between two measurements. Where a limit of the CPU is given out in slices of 0.1 s, measurements at the same
    /// distance would always meet the same part of a slice.
    private static let interval = 0.05...0.15
    private static let firstLooks = 10
    /// After how many measurements the other clients are counted again.
    private static let looksPerCount = 20
    /// Nobody is slowed down below this many bytes per second: the copy must end.
    private static let slowest = 2_000_000.0
    /// The rate is multiplied by the first after a late answer, by the second otherwise. In the long run one answer in
    /// thirty-five is late then.
    private static let (slower, faster) = (0.5, 1.02)

    init(pace: ReadPace, databases: [DatabaseName], sessions: Sessions) throws {
        self.pace = pace
        self.databases = databases
        connection = try sessions.openSource(DatabaseName(sessions.source.database))
    }

    /// Measures how soon the source answers before anything is read.
    func begin() throws(PostgresError) {
        guard try hasOtherClients() else { return }
        var seconds: [Double] = []
        for _ in 0..<Self.firstLooks {
            seconds.append(try look())
            Pause.milliseconds(Int(Double.random(in: Self.interval) * 1000))
        }
        late = 2 * seconds.sorted()[Self.firstLooks * 9 / 10] + 0.002
    }

    /// Adjusts the pace until nobody reads any more.
    func keep(while isReading: @Sendable () async -> Bool) async {
        // However this ends, nobody is slowed down for good.
        defer { pace.adjust { _, _ in .infinity } }
        var (turn, isAlone, interval) = (0, false, Self.interval.upperBound)
        while await isReading() {
            defer { turn += 1 }
            do {
                if turn % Self.looksPerCount == 0 { isAlone = try !hasOtherClients() }
            } catch {
                // If the source fails, the readers report it.
                return
            }
            guard let seconds = try? look() else { return }
            if isAlone {
                pace.adjust { _, _ in .infinity }
            } else {
                pace.adjust { rate, read in
                    guard seconds > late else { return rate * Self.faster }
                    let actual = rate.isFinite ? rate : Double(read) / interval
                    return max(Self.slowest, actual * Self.slower)
                }
            }
            interval = .random(in: Self.interval)
            try? await Task.sleep(for: .seconds(interval))
        }
    }

    /// How many seconds the answer to a small query takes.
    private func look() throws(PostgresError) -> Double {
        let clock = ContinuousClock.now
        _ = try connection.query("SELECT count(*) FROM pg_catalog.generate_series(1, 100)")
        return clock.secondsUntilNow
    }

    private func hasOtherClients() throws(PostgresError) -> Bool {
        let counts = try ClientSessions.read(at: connection).counts(of: nil)
        return databases.contains { (counts[$0] ?? 0) > 0 }
    }
}
