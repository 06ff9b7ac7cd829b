import JobContract
import PostgresClient

/// How much each database has been written to, as the server's statistics count it.
///
/// It spares work and proves nothing: a copy of a database that has been written to since is dropped unread, where
/// reading the source through would only have shown that it is stale. Where the counts are equal, the rows are hashed.
struct SourceActivity {
    /// The sum of rows inserted, updated and deleted, and of tables truncated or made, in a form to be compared.
    var counts: [DatabaseName: ByteText]

    /// - Parameter lanes: how many databases are asked at once.
    static func read(
        isolation: isolated (any Actor)? = #isolation, _ databases: [DatabaseName], sessions: Sessions, lanes: Int
    ) async throws -> SourceActivity {
        let counts = try await BlockingLanes.map(databases, lanes: lanes) { database in
            let row = try sessions.openSource(database).query(
                """
                SELECT coalesce(sum(n_tup_ins), 0), coalesce(sum(n_tup_upd), 0), coalesce(sum(n_tup_del), 0),
                       count(*), coalesce(max(relid::bigint), 0)
                FROM pg_catalog.pg_stat_user_tables
                """).rows.first
            return (0..<5).compactMap { row?[$0] }.joined(separator: " ")
        }
        return SourceActivity(counts: Dictionary(zip(databases, counts), uniquingKeysWith: { first, _ in first }))
    }
}

extension ControlDatabase {
    /// Remembers what the source's counts were when a rehearsal began.
    func recordActivity(_ activity: SourceActivity) throws(PostgresError) {
        let rows = activity.counts.sorted { $0.key < $1.key }.map { "(\(literal: $0.key.text), \(literal: $0.value))" as SQL }
        guard !rows.isEmpty else { return }
        try connection.execute(
            """
            BEGIN;
            CREATE TABLE IF NOT EXISTS rehome.rehearsal (database text PRIMARY KEY, activity text NOT NULL, ended timestamptz NOT NULL DEFAULT now());
            DELETE FROM rehome.rehearsal;
            INSERT INTO rehome.rehearsal (database, activity) VALUES \(list: rows);
            COMMIT
            """)
    }

    func hasRehearsal() throws(PostgresError) -> Bool {
        try connection.query("SELECT pg_catalog.to_regclass('rehome.rehearsal') IS NOT NULL").isTrue
    }

    /// Drops the rehearsed copies of databases that have been written to since, so that they are not read twice.
    ///
    /// - Returns: the databases that are to be copied anew.
    func dropOutdated(_ activity: SourceActivity, identity: MigrationIdentity, maintenance: Connection) throws -> [DatabaseName] {
        let rehearsed = try connection.query("SELECT database, activity FROM rehome.rehearsal").rows
        var dropped: [DatabaseName] = []
        for row in rehearsed {
            let database: DatabaseName = row.name(0)
            guard let now = activity.counts[database], now != row[1] else { continue }
            let staging = StagingDatabase(identity: identity, database: database)
            guard case .sealed = try staging.state(maintenance: maintenance) else { continue }
            try staging.drop(maintenance: maintenance)
            dropped.append(database)
        }
        // What was copied since is not a rehearsal's any more.
        try connection.execute("DROP TABLE rehome.rehearsal")
        return dropped.sorted()
    }
}
