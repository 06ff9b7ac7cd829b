import PostgresClient
import Synchronization

/// How far the running round is, for the log while it takes long.
final class RoundProgress: Sendable {
    private struct State {
        var number = 0
        var begun = ContinuousClock.now
        var work: [DatabaseName: (what: String, since: ContinuousClock.Instant)] = [:]
        /// Rows that are to be brought over, in the databases whose changes are found already.
        var expected = 0
        var meter = WorkMeter()
    }

    private let state = Mutex(State())

    /// Counts the rows as they come from the source.
    var counter: RowCounter { RowCounter(meter: state.withLock(\.meter), pass: .sent) }

    func begin(round number: Int) { state.withLock { $0 = State(number: number) } }

    /// - Parameter what: such as a table's name.
    func begin(_ what: String, in database: DatabaseName) { state.withLock { $0.work[database] = (what, .now) } }

    func expect(_ rows: Int) { state.withLock { $0.expected += rows } }

    func end(_ database: DatabaseName) { state.withLock { $0.work[database] = nil } }

    /// Such as `(round 3: app: public.search for 4.2 s; 1200 of 3000 rows, 4 MB, 1 MB/s)`; empty between rounds.
    var text: String {
        let state = state.withLock(\.self)
        guard !state.work.isEmpty else { return "" }
        // What takes longest comes first.
        let work = state.work.sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }
        let parts = work.prefix(Self.most).map { database, work in
            "\(database): \(work.what) for \(Int(work.since.secondsUntilNow)) s"
        }
        let more = work.count > Self.most ? ["\(work.count - Self.most) more"] : []
        let sent = state.meter.reading.sent
        let of = state.expected > 0 ? " of \(max(state.expected, sent.rows))" : ""
        let rate = Double(sent.bytes) / max(1, state.begun.secondsUntilNow)
        let whole = "\(sent.rows)\(of) rows, \(sent.bytes / 1_000_000) MB, \(Int(rate) / 1_000_000) MB/s"
        return "(round \(state.number): \((parts + more + [whole]).joined(separator: "; ")))"
    }

    private static let most = 4
}
