import Synchronization

/// A Backstage that lives: sessions that write to all databases of ``BackstageDatabases`` what its plugins write all
/// day, from pools that connect again when a session is ended, and that note what became of each write.
///
///     let backstage = try await LiveBackstage.start(on: source)
///     backstage.moveWhenPublished(at: target)
///     // … the databases are moved …
///     let record = await backstage.stop()
///     print(record.refusedSeconds())
public final class LiveBackstage: Sendable {
    /// In every database: each transaction adds its writer and its number.
    static let ledger = "live_ledger"

    private let stage: LiveStage
    private let activities: [LiveActivity]
    private let databases: [String]
    private let pods: Mutex<Pods>

    /// The writers, those of earlier pods among them, and what they will have seen.
    private struct Pods {
        var generator: SeededGenerator
        var writers: [LiveWriter] = []
        var records: [Task<LiveRecord, Never>] = []
    }

    /// Begins to write.
    /// - Parameters:
    ///   - rate: How many times as busy as usual.
    ///   - seed: Of all that is random.
    public static func start(on server: PostgresServer, rate: Double = 1, seed: UInt64 = 1) async throws
        -> LiveBackstage
    {
        let databases = BackstageDatabases.names
        for database in databases {
            try await server.psql(
                "CREATE TABLE IF NOT EXISTS \(ledger) (writer integer, serial bigint, PRIMARY KEY (writer, serial)); TRUNCATE \(ledger)",
                database: database)
        }
        let entities =
            Int(try await server.value(of: "SELECT count(*) FROM refresh_state", database: "backstage_plugin_catalog"))
            ?? 0
        return LiveBackstage(server: server, databases: databases, entities: entities, rate: rate, seed: seed)
    }

    private init(server: PostgresServer, databases: [String], entities: Int, rate: Double, seed: UInt64) {
        self.databases = databases
        // Every entity comes round in some two minutes, but one pod cannot process more than so many.
        let rowsPerSecond = min(max(Double(entities) / 125, 4), 240)
        stage = LiveStage(server: server, roundSeconds: max(1, Double(entities) / rowsPerSecond / rate))
        var activities =
            [.refresh(entities: entities, rowsPerSecond: rowsPerSecond), .change(entities: entities)]
            + LiveActivity.plugins
        for database in databases where !["rhdh-ls", "backstage_plugin_healthcheck"].contains(database) {
            activities.append(.schedule(in: database, period: database == "backstage_plugin_catalog" ? 2.5 : 5))
        }
        self.activities = activities.map { activity in
            var activity = activity
            activity.period /= rate
            return activity
        }
        pods = Mutex(Pods(generator: SeededGenerator(seed: seed)))
        startPods()
    }

    /// Lets all activities begin where the stage is now.
    private func startPods() {
        pods.withLock { pods in
            let earlier = pods.writers.count
            let writers = activities.enumerated().map { number, activity in
                LiveWriter(activity, number: earlier + number, stage: stage, seed: pods.generator.next())
            }
            pods.writers += writers
            pods.records.append(
                Task {
                    await withTaskGroup { group in
                        for writer in writers {
                            group.addTask { await onOwnThread("live writer") { writer.run() } }
                        }
                        var all = LiveRecord()
                        for await record in group { all.add(record) }
                        return all
                    }
                })
        }
    }

    /// New pods write to another server from now on, as in a cut-over, and those from before end. The new ones do not wait
    /// for what the old ones still wait for.
    public func move(to server: PostgresServer) {
        stage.move(to: server)
        for writer in pods.withLock(\.writers) { writer.bell.ring() }
        startPods()
    }

    /// Whether every database has been written to where the writers have moved to.
    public var hasMoved: Bool { databases.allSatisfy(stage.hasFollowed) }

    /// Moves to another server at the instant at which all databases bear Rehome's stamp there: as pods do that have
    /// waited for it. Nobody looks before the first write is refused.
    public func moveWhenPublished(at server: PostgresServer) {
        let stamped = """
            SELECT count(*) FROM pg_database WHERE datname = ANY ('{\(databases.map { "\"\($0)\"" }.joined(separator: ","))}')
            AND shobj_description(oid, 'pg_database') LIKE '%"rehome":"published"%'
            """
        Task { [stage, databases] in
            await onOwnThread("live watch") {
                let pause = Bell()
                var session: PlainSession?
                while !stage.isClosed {
                    pause.wait(seconds: 0.005)
                    guard stage.isRefused else { continue }
                    do throws(PlainSession.Failure) {
                        let open = if let session { session } else { try PlainSession(to: server, application: "door") }
                        session = open
                        guard try open.run(stamped).first?.first == "\(databases.count)" else { continue }
                        self.move(to: server)
                        return
                    } catch {
                        session = nil
                    }
                }
            }
        }
    }

    /// Ends all writers and returns what they have seen.
    public func stop() async -> LiveRecord {
        stage.close()
        let pods = pods.withLock { $0 }
        for writer in pods.writers { writer.bell.ring() }
        var all = LiveRecord()
        for record in pods.records { all.add(await record.value) }
        return all
    }
}
