import JobContract
import PostgresClient

/// Refuses writes to the source's databases while they are copied and afterwards.
///
/// `ALTER DATABASE … SET default_transaction_read_only = on` holds for sessions that begin later, superusers
/// included, and reads go on; so the sessions that are open are ended. A session may still ask for read-write, which
/// is why ``Stillness`` is proved before publishing.
///
/// Locks on the tables would let writers wait instead, and spare the source the sessions that come back by the dozen. But a
/// client that asks for read-write shows only while nothing holds it up, and it must show before anything is published.
struct Fence {
    static let parameter: Identifier = "default_transaction_read_only"

    /// Sets the fence, ends other sessions and waits until they are gone: `pg_terminate_backend` does not wait.
    ///
    /// - Returns: how many sessions were ended.
    /// - Throws: ``MigrationFailure`` when a session stays, ``CutOverDelay`` when it stays until the deadline.
    static func raise(_ databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline) throws -> Int {
        guard !databases.isEmpty else { return 0 }
        // One message, so one transaction: the fence stands before all databases or before none.
        try source.execute(
            databases.map { "ALTER DATABASE \($0) SET \(parameter) = on" as SQL }.joined(separator: "; "))
        return try endSessions(in: databases, at: source, until: deadline)
    }

    /// Ends every session in these databases but those of this process, and waits until they are gone.
    static func endSessions(
        in databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline = FenceDeadline(seconds: nil)
    ) throws -> Int {
        let ended = try EndedSessions(in: databases, at: source, until: deadline)
        try ended.awaitEnd(at: source, until: deadline)
        return ended.count
    }

    /// Puts each database's setting back to what it was, and ends the sessions that began under the fence: the setting holds
    /// for sessions that begin later, and what Backstage's pools have opened meanwhile would stay read-only for good.
    ///
    /// - Returns: how many sessions were ended.
    @discardableResult
    static func lift(_ previous: [DatabaseName: ByteText?], at source: Connection) throws -> Int {
        for (database, value) in previous.sorted(by: { $0.key < $1.key }) {
            let change: SQL = value.map { "SET \(parameter) = \(literal: $0)" } ?? "RESET \(parameter)"
            do {
                try source.execute("ALTER DATABASE \(database) \(change)")
            } catch {
                // Dropped since: nothing is left to be lifted.
                guard error.state == .noSuchDatabase else { throw error }
            }
        }
        guard !previous.isEmpty else { return 0 }
        return try endSessions(in: previous.keys.sorted(), at: source)
    }
}
