import JobContract
import PostgresClient

/// What an attempt is for.
enum AttemptKind: String, Sendable {
    case migration, rehearsal
}

/// A database of Rehome's own at the target. It holds the attempts' lock, the epoch and the fence records.
///
/// It exists from an attempt's beginning to the end of the migration. Advisory locks are per database, so the lock
/// needs a database with a known name, and the publishing transaction runs in it. Anybody can work out the name, so the
/// database counts only if our own role made it; nobody else may connect to it.
struct ControlDatabase {
    let name: DatabaseName
    let connection: Connection
    /// Counts attempts. Every commit of an attempt is on the condition that its epoch is still the newest.
    let epoch: Int

    static func name(of identity: MigrationIdentity) -> DatabaseName {
        DatabaseName(ByteText("rehome_\(identity.hash)"))
    }

    /// Opens the control database, creating it if need be, and takes the lock.
    ///
    /// - Parameter maintenance: a connection to the target's maintenance database.
    /// - Parameter patience: seconds to wait for the lock.
    /// - Throws: ``OtherAttempt`` while another one lives.
    static func open(
        _ identity: MigrationIdentity, attempt: String, kind: AttemptKind, sessions: Sessions, maintenance: Connection,
        patience: Double,
        report: EventSink
    ) throws -> ControlDatabase {
        let name = name(of: identity)
        try create(name, identity: identity, maintenance: maintenance)
        let connection = try openExisting(name, sessions: sessions)
        // What is recorded and published here must survive a crash, even if the server's default is asynchronous
        // commit.
        try connection.execute("SET synchronous_commit = on")
        try lock(connection, identity: identity, patience: patience, report: report)
        // One message is one transaction, so all tables are there or none is.
        try connection.execute(
            """
            CREATE SCHEMA IF NOT EXISTS rehome;
            CREATE TABLE IF NOT EXISTS rehome.attempt (epoch bigint NOT NULL, attempt text NOT NULL, kind text NOT NULL, started timestamptz NOT NULL DEFAULT now());
            \(SharedQueue.creation);
            CREATE TABLE IF NOT EXISTS rehome.granted (parameter text PRIMARY KEY);
            CREATE TABLE IF NOT EXISTS rehome.rehearsal (ended timestamptz NOT NULL DEFAULT now());
            CREATE TABLE IF NOT EXISTS rehome.command (given timestamptz NOT NULL DEFAULT now());
            CREATE TABLE IF NOT EXISTS rehome.progress (epoch bigint NOT NULL, round int NOT NULL, rows bigint NOT NULL, seconds float8 NOT NULL, ended timestamptz NOT NULL DEFAULT now());
            CREATE TABLE IF NOT EXISTS rehome.delay (epoch bigint NOT NULL, reason text NOT NULL, at timestamptz NOT NULL DEFAULT now());
            CREATE TABLE IF NOT EXISTS rehome.fence (database text PRIMARY KEY, previous text, attempt text NOT NULL, sessions int NOT NULL, raised timestamptz NOT NULL DEFAULT now());
            ALTER TABLE rehome.fence ADD COLUMN IF NOT EXISTS uses_configuration boolean NOT NULL DEFAULT false
            """)
        let result = try connection.execute(
            """
            INSERT INTO rehome.attempt (epoch, attempt, kind)
            SELECT coalesce(max(epoch), 0) + 1, \(literal: attempt), \(literal: kind.rawValue) FROM rehome.attempt RETURNING epoch
            """)
        return ControlDatabase(name: name, connection: connection, epoch: result.first?.integer ?? 1)
    }

    /// Connects to a control database and makes sure that it is ours, before anything in it is read or written.
    ///
    /// - Throws: ``MigrationFailure`` for one that another role has made, or put something into.
    static func openExisting(_ name: DatabaseName, sessions: Sessions) throws -> Connection {
        let connection = try sessions.openTarget(name)
        let foreign = try connection.query(
            """
            WITH own AS (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)
            SELECT 'the database' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database, own WHERE datname = current_database() AND datdba = own.oid)
            UNION ALL SELECT 'the schema rehome' FROM pg_catalog.pg_namespace, own WHERE nspname = 'rehome' AND nspowner <> own.oid
            UNION ALL SELECT 'a relation in the schema rehome' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, own
            WHERE n.nspname = 'rehome' AND (c.relowner <> own.oid OR c.relkind NOT IN ('r', 'i', 'S', 't') OR c.relhasrules OR c.relhastriggers)
            """
        ).column
        guard let first = foreign.first else { return connection }
        throw MigrationFailure(
            .personMustAct,
            "\(connection.place): \(first) is not Rehome's own, although the name is: another role has made it",
            advice: "Find out who; then rename or drop the database. Nothing in it was read.")
    }

    private static func create(_ name: DatabaseName, identity: MigrationIdentity, maintenance: Connection) throws {
        var existing = try DatabaseFacts.mark(of: name, at: maintenance)
        if let comment = existing?.comment {
            guard case .control(identity)? = DatabaseMark(comment: comment) else {
                throw MigrationFailure(
                    .personMustAct, "\(maintenance.place): a database \(name) exists that is not Rehome's",
                    advice: "Rename or drop it.")
            }
            guard existing?.isInvalid == true else { return }
        }
        // If its DROP DATABASE was broken off, it can only be dropped.
        if existing?.isInvalid == true {
            try DatabaseDrop.finish(name, at: maintenance)
            existing = nil
        }
        if existing == nil {
            do {
                try maintenance.execute(
                    "CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
            } catch {
                // Another attempt was faster; the lock decides which of the two goes on.
                guard error.state == .duplicateDatabase || error.state == .uniqueViolation else { throw error }
            }
        }
        let comment = try DatabaseMark.control(identity).comment()
        do {
            try maintenance.execute(
                "COMMENT ON DATABASE \(name) IS \(literal: comment); REVOKE CONNECT, TEMPORARY ON DATABASE \(name) FROM PUBLIC"
            )
        } catch {
            guard error.state == .insufficientPrivilege else { throw error }
            throw MigrationFailure(
                .personMustAct, "\(maintenance.place): a database \(name) exists that another role has made",
                advice: "Find out who; then rename or drop it.")
        }
    }

    /// Seconds. That is enough for a lock of a pod that was killed a moment ago to be released.
    static let patience = 60.0

    private static func lock(_ connection: Connection, identity: MigrationIdentity, patience: Double, report: EventSink)
        throws
    {
        let key = identity.lockKey
        for attempt in 0... {
            if try connection.query("SELECT pg_catalog.pg_try_advisory_lock(\(key))").isTrue { return }
            guard Double(attempt) * 0.2 < patience else { break }
            if attempt == 0 { report(.waitingForOtherAttempt) }
            try connection.execute("SELECT pg_catalog.pg_sleep(0.2)")
        }
        let holder = try connection.query(
            "SELECT application_name, coalesce(host(client_addr), 'a local socket') FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND datname = current_database()"
        ).rows.first
        throw OtherAttempt(
            place: connection.place, holder: holder.map { "\($0[0] ?? "") from \($0.text(1))" } ?? "unknown")
    }

    /// Whether an attempt holds the migration's lock.
    ///
    /// - Parameter control: a connection to a control database.
    static func isLocked(at control: Connection) throws(PostgresError) -> Bool {
        try control.query(
            """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.database
                           WHERE l.locktype = 'advisory' AND l.granted AND d.datname = pg_catalog.current_database())
            """
        ).isTrue
    }

    /// Fails the transaction if a newer attempt has replaced this one.
    var epochCheck: SQL {
        "SELECT 1 / (CASE WHEN (SELECT max(epoch) FROM rehome.attempt) = \(epoch) THEN 1 ELSE 0 END)"
    }

    // MARK: Progress

    /// Records how far behind the target was, for ``Maintenance/status()``.
    func recordProgress(_ round: RoundSummary) throws(PostgresError) {
        try connection.execute(
            """
            DELETE FROM rehome.progress;
            INSERT INTO rehome.progress (epoch, round, rows, seconds) VALUES (\(epoch), \(round.number), \(round.rows), \(literal: ByteText("\(round.seconds)")))
            """)
    }

    /// Records, for ``Maintenance/status()``, that a fence was lifted with nothing published, and why.
    func recordDelay(_ reason: String) throws(PostgresError) {
        try connection.execute(
            "INSERT INTO rehome.delay (epoch, reason) VALUES (\(epoch), \(literal: ByteText(reason)))")
    }

    func recordRehearsal() throws(PostgresError) {
        try connection.execute("INSERT INTO rehome.rehearsal DEFAULT VALUES")
    }

    // MARK: What was given to the owner

    func hasGranted(_ parameter: Identifier) throws(PostgresError) -> Bool {
        try connection.query("SELECT EXISTS (SELECT FROM rehome.granted WHERE parameter = $1)", [parameter.text]).isTrue
    }

    /// Records a right before it is given, so that it is taken back.
    func recordGrant(of parameter: Identifier) throws(PostgresError) {
        _ = try connection.query("INSERT INTO rehome.granted VALUES ($1) ON CONFLICT DO NOTHING", [parameter.text])
    }

    func forgetGrants() throws(PostgresError) { try connection.execute("DELETE FROM rehome.granted") }

    // MARK: Fence records

    /// Records, before the fence is set, each database's setting and how many sessions were in it. A record of a dead
    /// attempt stays, since it holds the setting from before any fence.
    ///
    /// - Parameter usesConfiguration: whether the server's configuration will be changed (``OpenSessionFence``).
    func recordFence(
        _ databases: [DatabaseFacts], sessions: [DatabaseName: Int], usesConfiguration: Bool, attempt: String
    ) throws(PostgresError) {
        guard !databases.isEmpty else { return }
        let rows = databases.map { database in
            "(\(literal: database.name.text), \(literal: database.readOnlySetting), \(literal: attempt), \(sessions[database.name] ?? 0), \(usesConfiguration))"
                as SQL
        }
        try connection.execute(
            """
            INSERT INTO rehome.fence AS old (database, previous, attempt, sessions, uses_configuration) VALUES \(list: rows)
            ON CONFLICT (database) DO UPDATE
            SET attempt = excluded.attempt, uses_configuration = old.uses_configuration OR excluded.uses_configuration
            """)
    }

    /// What is known of a fenced database.
    struct FenceRecord {
        /// `default_transaction_read_only` before the fence; `nil` if it was not set.
        var previous: ByteText?
        /// RFC 3339, the target server's clock.
        var raised: String
        var sessions: Int
        /// Whether the server's configuration was changed besides, or was about to be.
        var usesConfiguration: Bool
    }

    func fenceRecords() throws(PostgresError) -> [DatabaseName: FenceRecord] { try Self.fenceRecords(at: connection) }

    /// - Parameter control: a connection to a control database.
    static func fenceRecords(at control: Connection) throws(PostgresError) -> [DatabaseName: FenceRecord] {
        var records: [DatabaseName: FenceRecord] = [:]
        for row in try control.query(
            // Tables of earlier versions lack the last column.
            """
            SELECT database, previous, \(SQL.timestamp("raised")), sessions,
                   coalesce((pg_catalog.to_jsonb(f) ->> 'uses_configuration')::boolean, false) FROM rehome.fence f
            """
        ).rows {
            records[row.name(0)] = FenceRecord(
                previous: row[1], raised: row.text(2), sessions: row.integer(3) ?? 0, usesConfiguration: row.isTrue(4))
        }
        return records
    }

    /// What to put back when the fence is lifted.
    ///
    /// - Parameter control: a connection to a control database.
    static func settingsBeforeFence(at control: Connection) throws(PostgresError) -> SettingsBeforeFence {
        let records = try fenceRecords(at: control)
        return SettingsBeforeFence(
            databases: records.mapValues(\.previous),
            usesConfiguration: records.values.contains { $0.usesConfiguration })
    }
}

/// Another attempt of the same migration holds its lock.
struct OtherAttempt: Error {
    var place: String
    var holder: String

    var failure: MigrationFailure {
        MigrationFailure(
            .retry, "\(place): another attempt of this migration is alive (\(holder))",
            advice: "Wait until it ends; the next attempt finds what it left.")
    }
}
