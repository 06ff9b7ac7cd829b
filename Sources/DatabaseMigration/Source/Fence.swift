import JobContract
import PostgresClient

/// Refuses writes to the source's databases, from before their last round on. Sessions from before the fence may write
/// until they have ended.
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

    /// Sets the fence and tells other sessions to end, which takes some time (``EndedSessions/awaitEnd(at:until:)``).
    ///
    /// - Throws: ``MigrationFailure`` when a session may not be ended, ``CutOverDelay`` when one is still beginning at
    ///   the deadline.
    static func raise(
        _ databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline
    ) throws -> EndedSessions {
        // One message is one transaction, so all databases are fenced or none is.
        if !databases.isEmpty {
            try source.execute(
                databases.map { "ALTER DATABASE \($0) SET \(parameter) = on" as SQL }.joined(separator: "; "))
        }
        return try EndedSessions(in: databases, at: source, until: deadline)
    }

    /// Ends every session in these databases except those of this process, and waits until they are gone.
    ///
    /// - Throws: ``MigrationFailure`` when a session stays.
    static func endSessions(in databases: [DatabaseName], at source: Connection, sparesForeign: Bool = false) throws {
        let never = FenceDeadline(seconds: nil)
        try EndedSessions(in: databases, at: source, until: never, sparesForeign: sparesForeign)
            .awaitEnd(at: source, until: never)
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
        try endSessions(in: previous.keys.sorted(), at: source, sparesForeign: true)
    }
}
