import JobContract
import PostgresClient

/// By which snapshot a worker reads its item, and whether that has changed meanwhile.
final class Reading {
    private(set) var site: CopySite
    /// `nil` in a pod that helps, which reads everything by one snapshot.
    let work: WorkQueue.Assignment?
    /// The range that is read of a table that is cut; `nil` for whole tables.
    var range: TableRange?
    /// Whether the worker has stopped between two pieces of its table.
    private(set) var wasPaused = false
    private var mayPause = true

    init(_ site: CopySite, _ work: WorkQueue.Assignment? = nil) { (self.site, self.work) = (site, work) }

    var isOfWholeTable: Bool { range == nil }

    /// The item is read once more from its beginning, this time without a pause.
    func beginAgain() { (wasPaused, mayPause) = (false, false) }

    /// Begins by another snapshot.
    func begin(by snapshot: String) { site.snapshot = snapshot }

    /// The pieces in which a table, or the range of it, is read.
    func pieces(of table: TableContents) -> [TableRange?] {
        mayPause ? work?.opened?.pieces(of: table, within: range) ?? [range] : [range]
    }

    /// The item, if its worker may stop between two pieces.
    var pausable: WorkQueue.Assignment? { mayPause ? work : nil }

    /// Goes on by another snapshot.
    func goOn(by snapshot: String) {
        site.snapshot = snapshot
        wasPaused = true
    }
}

/// What has been read is of no use, since the database is to be begun again.
struct OutdatedReading: Error {
    /// `nil` if that is known already.
    var reason: String?
}

extension DatabaseWorker {
    /// Sends one table, or a range of it, into the COPY that the target has begun. Between two pieces the snapshot may
    /// be renewed. Then the follower keeps up what has been read before (``DatabaseFollower/settle(_:copied:copiesAgain:)``).
    func send(_ table: TableContents, _ reading: Reading, areWide: Bool, into target: Connection) async throws -> (
        hashes: [RelationName: TableHash], seconds: [RelationName: Double]
    ) {
        let clock = ContinuousClock.now
        let pieces = reading.pieces(of: table)
        var pump = CopyPump(table: table, counter: counter(.sent))
        var hash = TableHash()
        for (number, piece) in pieces.enumerated() {
            if number > 0, let piece {
                try await pauseIfWanted(reading, read: TableRange(start: reading.range?.start ?? 0, end: piece.start))
            }
            let source = try areWide ? sourceForWideRows(of: reading.site) : source(of: reading.site)
            try source.send(CopyStream.releasingLocks(table.copyOut(piece)))
            try CopyStream.expect(.out, at: source, for: table.name)
            if number == 0 { try CopyStream.expect(.in, at: target, for: table.name) }
            hash = try pump.run(from: source, into: target, isLast: number == pieces.indices.last)
            try CopyStream.expectEnd(at: source)
        }
        if pieces.count > 1, let work = reading.pausable, let place = work.item.table {
            // Until the rows are read back, nobody has to wait for this worker.
            try letGoOfSnapshot()
            await work.queue.stopReading(
                work.item, table: place, read: reading.range ?? TableRange(start: 0, end: nil))
        }
        return ([table.name: hash], [table.name: clock.secondsUntilNow])
    }
    /// Waits while the snapshot is renewed, if somebody wants to renew it.
    ///
    /// - Parameter range: what has been read of the table.
    /// - Throws: ``OutdatedReading`` if the database is to be begun again.
    private func pauseIfWanted(_ reading: Reading, read range: TableRange) async throws {
        guard let work = reading.pausable, let table = work.item.table,
            await work.queue.isRenewalWanted(of: work.item.database)
        else { return }
        try letGoOfSnapshot()
        await work.queue.stopReading(work.item, table: table, read: range)
        guard let snapshot = await work.queue.resumeReading(work.item) else { throw OutdatedReading() }
        reading.goOn(by: snapshot)
    }

    /// Has the snapshot renewed, if that is wanted, before an item is read once more from its beginning.
    ///
    /// - Parameter seconds: how long to wait before that.
    /// - Returns: false if the run has been stopped.
    /// - Throws: ``OutdatedReading`` if the database is to be begun again.
    func rest(_ reading: Reading, seconds: Double) async throws -> Bool {
        guard let work = reading.work else { return !sessions.interrupt.isRaised(within: seconds) }
        try letGoOfSnapshot()
        await work.queue.stopReading(work.item)
        guard !sessions.interrupt.isRaised(within: seconds) else { return false }
        guard let snapshot = await work.queue.resumeReading(work.item) else { throw OutdatedReading() }
        reading.begin(by: snapshot)
        return true
    }
}
