import JobContract
import PostgresClient

/// Refuses writes to the source's databases, from before their last round on.
///
/// `ALTER DATABASE … SET default_transaction_read_only = on` holds for sessions that begin later, superusers included,
/// and reads go on. So the sessions that are open are ended: at once, or just before the proof where they can be made
/// read-only until then (``OpenSessionFence``). A session may still ask for read-write, which is why ``Stillness`` is
/// proved before publishing.
///
/// Locks on the tables would let writers wait instead, and the source would be spared the pools that connect again. But
/// a client that asks for read-write has to be noticed before anything is published. It is noticed by its transaction
/// identifier, and a client that waits for a lock has none yet.
struct Fence {
    static let parameter: Identifier = "default_transaction_read_only"

    /// Sets the fence and tells other sessions to end, which takes some time (``EarlierSessions/awaitEnd(at:until:)``).
    ///
    /// - Throws: ``MigrationFailure`` when a session may not be ended, ``CutOverDelay`` when one is still beginning at
    ///   the deadline.
    static func raise(
        _ databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline
    ) throws -> EarlierSessions {
        // One message is one transaction, so all databases are fenced or none is.
        if !databases.isEmpty { try source.execute(setting(databases)) }
        return try EarlierSessions(in: databases, at: source, until: deadline)
    }

    /// Sets the fence and leaves sessions open, after ``OpenSessionFence/writing``. Only those are told to end whose
    /// transaction from before does not end soon. If the server does not load its configuration, all are told to end.
    ///
    /// - Throws: as ``raise(_:at:until:)``.
    static func raiseOverOpenSessions(
        _ databases: [DatabaseName], at source: Connection, until deadline: FenceDeadline
    ) throws -> EarlierSessions {
        let results = try source.execute(
            "SELECT pg_catalog.pg_conf_load_time(); \(setting(databases)); \(OpenSessionFence.reloading)")
        guard let loaded = results.first?.value, try OpenSessionFence.awaitReload(since: loaded, at: source) else {
            return try EarlierSessions(in: databases, at: source, until: deadline)
        }
        return try EarlierSessions(leftOpenIn: databases, at: source)
    }

    private static func setting(_ databases: [DatabaseName]) -> SQL {
        databases.map { "ALTER DATABASE \($0) SET \(parameter) = on" as SQL }.joined(separator: "; ")
    }

    /// Ends every session in these databases except those of this process, and waits until they are gone.
    ///
    /// - Throws: ``MigrationFailure`` when a session stays.
    static func endSessions(in databases: [DatabaseName], at source: Connection, sparesForeign: Bool = false) throws {
        let never = FenceDeadline(seconds: nil)
        try EarlierSessions(in: databases, at: source, until: never, sparesForeign: sparesForeign)
            .awaitEnd(at: source, until: never)
    }

    /// Puts each database's setting back to what it was, and ends the sessions that began under the fence. The setting
    /// holds for later sessions only, so those that Backstage's pools have opened would stay read-only for good.
    ///
    static func lift(_ before: SettingsBeforeFence, at source: Connection) throws {
        let previous = before.databases
        for (database, value) in previous.sorted(by: { $0.key < $1.key }) {
            let change: SQL = value.map { "SET \(parameter) = \(literal: $0)" } ?? "RESET \(parameter)"
            do {
                try source.execute("ALTER DATABASE \(database) \(change)")
            } catch {
                // The database was dropped since, so there is no fence to lift.
                guard error.state == .noSuchDatabase else { throw error }
            }
        }
        if before.usesConfiguration { try OpenSessionFence.lift(at: source) }
        guard !previous.isEmpty else { return }
        // Whoever this role may not end, such as a superuser, must not keep Backstage's sessions read-only.
        try endSessions(in: previous.keys.sorted(), at: source, sparesForeign: true)
    }
}

/// What a fence has changed at the source, or was about to change.
struct SettingsBeforeFence {
    /// Each database's setting before the fence; `nil` if it was not set.
    var databases: [DatabaseName: ByteText?] = [:]
    /// Whether the server's configuration was changed as well (``OpenSessionFence``). It had no such entry before.
    var usesConfiguration = false

    var isEmpty: Bool { databases.isEmpty && !usesConfiguration }

    /// Adds what another record says. For databases that both name, the other record counts.
    mutating func merge(_ other: SettingsBeforeFence) {
        databases.merge(other.databases) { $1 }
        usesConfiguration = usesConfiguration || other.usesConfiguration
    }
}
