import JobContract
import PostgresClient

/// How this program waits for locks on tables of a server that others work at.
///
/// If a session waits for one lock and holds others, somebody may wait for those. PostgreSQL ends one session of such a
/// circle: the first that finds it, having waited for `deadlock_timeout`, a second by default (PostgreSQL manual, "Lock
/// Management"). It must not be Backstage's, which may be altering its tables. Our session gives up after two seconds.
/// If the circle is closed in the first of them, our session finds it first; later, our session has given up before
/// anybody else looks.
enum LockPatience {
    static let seconds = 2

    /// For a transaction, or the rest of a savepoint.
    static let setting: SQL = "SET LOCAL lock_timeout = '\(seconds)s'"

    /// Seconds between two tries.
    static let pause = 1.0

    /// Whether another session has kept a lock for so long that this one gave up; or the server chose it to break a
    /// circle of waiting sessions; or its statement was cancelled, as ``PaceKeeper`` does if others wait for its lock.
    static func isExhausted(_ error: PostgresError) -> Bool {
        error.kind == .statementFailed
            && [.lockNotAvailable, .deadlockDetected, .queryCanceled].contains(error.state)
    }

    /// Who keeps one of some tables locked against readers, for a log; `nil` if nobody does any more.
    static func holder(of tables: [RelationName], at connection: Connection) throws(PostgresError) -> (
        table: RelationName, holder: String
    )? {
        let names = tables.map { "(\(literal: $0.schema.text), \(literal: $0.name.text))" as SQL }
        guard
            let row = try connection.query(
                """
                SELECT n.nspname, c.relname, l.pid, coalesce(a.usename, ''), coalesce(a.application_name, '')
                FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
                     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                     LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
                WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'AccessExclusiveLock'
                  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
                  AND (n.nspname, c.relname) IN (\(list: names))
                ORDER BY a.xact_start LIMIT 1
                """
            ).rows.first
        else { return nil }
        guard let process = row.integer(2) else { return (row.relation(0), "a prepared transaction") }
        let application = row[4].map { $0.isEmpty ? "" : ", \($0)" } ?? ""
        return (row.relation(0), "session \(process) (\(row.name(3) as RoleName)\(application))")
    }
}

extension Connection {
    /// Goes back to where reading began, after it failed.
    ///
    /// - Throws: `failure`, if that is not possible.
    func releaseLocks(after failure: any Error) throws {
        do {
            try stopStatement()
            try execute(CopyStream.releaseLocks)
        } catch { throw failure }
    }

    /// Runs statements that read one table, outside of a transaction, and runs them again if they had to give way.
    func executeWithPatience(_ sql: @autoclosure () -> SQL) throws(PostgresError) -> [QueryResult] {
        while true {
            do throws(PostgresError) { return try execute(sql()) } catch {
                guard LockPatience.isExhausted(error), !isInterrupted(within: LockPatience.pause) else { throw error }
            }
        }
    }

    /// Reads in a transaction that only keeps its snapshot, and leaves no lock behind.
    ///
    /// - Parameter isPatient: whether it reads again for as long as another session keeps a lock. Nothing that runs
    ///   under the fence may be.
    /// - Throws: what `body` throws.
    func readingWithoutLocks<Result>(isPatient: Bool = true, _ body: () throws -> Result) throws -> Result {
        while true {
            try execute("SAVEPOINT reading; \(LockPatience.setting)")
            let result = Swift.Result { try body() }
            if case .failure(let error) = result {
                try releaseLocks(after: error)
                if isPatient, let error = error as? PostgresError, LockPatience.isExhausted(error),
                    !isInterrupted(within: LockPatience.pause)
                {
                    continue
                }
            } else {
                try execute(CopyStream.releaseLocks)
            }
            return try result.get()
        }
    }
}
