import PostgresClient
import Synchronization

/// How far a comparison is, for the log while it takes long.
final class VerificationProgress: Sendable {
    /// One side of a database.
    struct Place: Hashable, Sendable {
        var database: DatabaseName
        var side: MigrationEvent.Side
    }

    private struct Reading {
        var what = "its catalog"
        var (done, tables) = (0, 0)
    }

    private struct State {
        var readings: [Place: Reading] = [:]
        /// Bytes on disk of the tables that have been read, and of all tables that have been found so far.
        var (done, bytes) = (0, 0)
    }

    private let state = Mutex(State())
    private let begun = ContinuousClock.now
    private let meter = WorkMeter()
    /// Counts the rows of both sides as they come.
    var counter: RowCounter { RowCounter(meter: meter, pass: .found) }

    func begin(_ place: Place) { state.withLock { $0.readings[place] = Reading() } }

    func found(_ tables: [TableContents], at place: Place) {
        state.withLock { state in
            state.readings[place]?.tables = tables.count
            state.bytes += tables.reduce(0) { $0 + $1.bytes }
        }
    }

    /// - Parameter what: such as a table's name.
    func read(_ what: String, at place: Place) { state.withLock { $0.readings[place]?.what = what } }

    func finished(_ table: TableContents, at place: Place) {
        state.withLock { state in
            state.readings[place]?.done += 1
            state.done += table.bytes
        }
    }

    func end(_ place: Place) { state.withLock { $0.readings[place] = nil } }

    /// Such as `app at the source: public.search, 3 of 40 tables; in all 120 of 480 MB, 90000 rows, 4 MB/s`.
    var text: String {
        let (state, read) = (state.withLock(\.self), meter.reading.found)
        let rate = Double(read.bytes) / max(1, begun.secondsUntilNow)
        let places = state.readings.sorted {
            ($0.key.database, $0.key.side.rawValue) < ($1.key.database, $1.key.side.rawValue)
        }
        let parts = places.prefix(Self.most).map { place, reading -> String in
            "\(place.database) at the \(place.side.rawValue): \(reading.what)"
                + (reading.tables > 0 ? ", \(reading.done) of \(reading.tables) tables" : "")
        }
        let more = places.count > Self.most ? ["\(places.count - Self.most) more"] : []
        let whole =
            "in all \(state.done / 1_000_000) of \(state.bytes / 1_000_000) MB, \(read.rows) rows, \(Int(rate) / 1_000_000) MB/s"
        return (parts + more + [whole]).joined(separator: "; ")
    }

    private static let most = 4
}
