import JobContract
import PostgresClient

/// Refuses writes to the source's databases, from before their last round on.
///
/// `ALTER DATABASE … SET default_transaction_read_only = on` holds for sessions that begin later, superusers included,
/// and reads go on. So the sessions that are open are ended. A session may still ask for read-write, which is why
/// ``Stillness`` is proved before publishing.
///
/// Locks on the tables would let writers wait instead, and the source would be spared the pools that connect again. But
/// a client that asks for read-write has to be noticed before anything is published. It is noticed by its transaction
/// identifier, and a client that waits for a lock has none yet.
struct Fence {
    static let parameter: Identifier = "default_transaction_read_only"

    /// Sets the fence, ends other sessions, and waits until they are gone, which `pg_terminate_backend` itself does
    /// not.
    ///
    /// - Returns: how many sessions were ended.
    /// - Throws: ``MigrationFailure`` when a session stays, ``CutOverDelay`` when it stays until the deadline.
    static func raise(_ databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline) throws -> Int {
        guard !databases.isEmpty else { return 0 }
        // One message is one transaction, so all databases are fenced or none is.
        try source.execute(
            databases.map { "ALTER DATABASE \($0) SET \(parameter) = on" as SQL }.joined(separator: "; "))
        return try endSessions(in: databases, at: source, until: deadline)
    }

    /// Ends every session in these databases except those of this process, and waits until they are gone.
    static func endSessions(
        in databases: [DatabaseName], at source: Connection,
        until deadline: FenceDeadline = FenceDeadline(seconds: nil),
        sparesForeign: Bool = false
    ) throws -> Int {
        let ended = try EndedSessions(in: databases, at: source, until: deadline, sparesForeign: sparesForeign)
        try ended.awaitEnd(at: source, until: deadline)
        return ended.count
    }

    /// Puts each database's setting back to what it was, and ends the sessions that began under the fence. The setting
    /// holds for later sessions only, so those that Backstage's pools have opened would stay read-only for good.
    ///
    /// - Parameter previous: each database's setting before the fence; `nil` if it was not set.
    static func lift(_ previous: [DatabaseName: ByteText?], at source: Connection) throws {
        for (database, value) in previous.sorted(by: { $0.key < $1.key }) {
            let change: SQL = value.map { "SET \(parameter) = \(literal: $0)" } ?? "RESET \(parameter)"
            do {
                try source.execute("ALTER DATABASE \(database) \(change)")
            } catch {
                // The database was dropped since, so there is no fence to lift.
                guard error.state == .noSuchDatabase else { throw error }
            }
        }
        guard !previous.isEmpty else { return }
        // Whoever this role may not end, such as a superuser, must not keep Backstage's sessions read-only.
        _ = try endSessions(in: previous.keys.sorted(), at: source, sparesForeign: true)
    }
}
