import SystemPackage

/// A random history at a server: sessions that write to it in all ways that there are, until it is stopped.
///
///     try await History.prepare(source, for: plan)
///     let history = History.start(HistoryPlan(seed: 7), on: source)
///     // … the databases are moved …
///     let record = await history.stop()
public final class History: Sendable {
    /// Where nearly everything happens.
    public static let database = "backstage_plugin_history"

    private let stage = HistoryStage()
    private let writers: [HistoryWriter]
    private let running: Task<HistoryRecord, Never>

    /// What servers need for a history; some of it takes effect at their start only.
    public static let settings = ["max_prepared_transactions": "20", "max_connections": "60"]

    /// Makes the databases that are written to, and one that is not.
    public static func prepare(_ server: PostgresServer, for plan: HistoryPlan) async throws {
        for name in [database, "backstage_plugin_quiet"] { try await server.psql("CREATE DATABASE \(name)") }
        try await server.psql(Checkout.here.appending("sql/history.sql").text(), database: database)
        try await server.psql(
            "CREATE TABLE notes (id serial PRIMARY KEY, note text); INSERT INTO notes (note) VALUES ('quiet')",
            database: "backstage_plugin_quiet")
        if plan.hasSlowIndex { try await server.psql(slowIndex, database: database) }
    }

    /// An index whose function takes a millisecond for a row, wherever the database has another name: in the staging
    /// database.
    private static let slowIndex = """
        CREATE FUNCTION slowly(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
            $$ BEGIN IF current_database() <> '\(database)' THEN PERFORM pg_sleep(0.001); END IF; RETURN $1; END $$;
        CREATE TABLE indexed_slowly (i int, filler text);
        INSERT INTO indexed_slowly SELECT g, repeat('x', 1900) FROM generate_series(1, 2500) g;
        CREATE INDEX ON indexed_slowly (slowly(i))
        """

    /// Begins to write.
    public static func start(_ plan: HistoryPlan, on server: PostgresServer) -> History { History(plan, server) }

    private init(_ plan: HistoryPlan, _ server: PostgresServer) {
        var roles = [HistoryScript.Role](
            repeating: .writer(hasLongTransactions: plan.hasLongTransactions), count: plan.writers)
        if plan.hasMaintenance { roles.append(.maintenance) }
        if plan.schemaChanges > 0 { roles.append(.schema(changes: plan.schemaChanges)) }
        if plan.preparesTransactions { roles.append(.preparing) }
        if let seconds = plan.liftedSeconds { roles.append(.lifting(seconds)) }
        if plan.databases > 0 { roles.append(.databases(plan.databases)) }
        var generator = SeededGenerator(seed: ~plan.seed)
        writers = roles.enumerated().map { [stage] number, role in
            var settings = generator.chance(50) ? ["track_counts": "off"] : [:]
            if case .lifting = role { settings["default_transaction_read_only"] = "off" }
            return HistoryWriter(
                HistoryScript(role, number: number, seed: generator.next()), on: server, stage: stage,
                settings: settings)
        }
        running = Task { [writers] in
            await withTaskGroup { group in
                for writer in writers { group.addTask { await onOwnThread("history") { writer.run() } } }
                var all = HistoryRecord()
                for await record in group { all.add(record) }
                return all
            }
        }
    }

    /// Lets those come who wait until the Job is at work.
    public func begin() { stage.begin() }

    /// Lets only ordinary writers go on.
    public func calm() {
        stage.calm()
        for writer in writers { writer.bell.ring() }
    }

    /// Ends all sessions, with their transactions, and returns what they have come to.
    public func stop() async -> HistoryRecord {
        stage.close()
        for writer in writers { writer.bell.ring() }
        return await running.value
    }
}
