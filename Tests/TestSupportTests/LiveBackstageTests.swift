import TestSupport
import Testing

@Suite struct LiveBackstageTests {
    private static let fence = #"""
        SELECT format('ALTER DATABASE %I SET default_transaction_read_only = on', datname) FROM pg_database WHERE datname NOT LIKE 'template_' AND datname <> 'postgres' \gexec
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'backstage' \g /dev/null
        """#
    private static let opening = #"""
        SELECT format('ALTER DATABASE %I RESET default_transaction_read_only', datname) FROM pg_database WHERE datname NOT LIKE 'template_' AND datname <> 'postgres' \gexec
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'backstage' \g /dev/null
        """#

    /// How many have been committed in each database.
    private func transactions(at server: PostgresServer) async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for database in BackstageDatabases.names {
            counts[database] = Int(try await server.value(of: "SELECT count(*) FROM live_ledger", database: database))
        }
        return counts
    }

    @Test func `every database is written to, and a fence is felt in all of them for as long as it stands`()
        async throws
    {
        let server = try await PostgresServer.start(.major(15))
        try await BackstageDatabases.create(on: server, scale: 0.01)
        let backstage = try await LiveBackstage.start(on: server, rate: 10, seed: 1)
        let writesEverywhere = try await eventually { try await transactions(at: server).values.allSatisfy { $0 > 5 } }
        try await server.psql(Self.fence)
        // For as long the fence stands.
        try await Task.sleep(for: .seconds(2))
        let falls = WallClock.now()
        let before = try await transactions(at: server)
        try await server.psql(Self.opening)
        let writesAgain = try await eventually {
            try await transactions(at: server).allSatisfy { $0.value > before[$0.key, default: 0] + 5 }
        }
        let record = await backstage.stop()

        #expect(writesEverywhere && writesAgain)
        #expect(record.failures.isEmpty)
        #expect(Set(record.refusals().keys) == Set(BackstageDatabases.names))
        for (database, refusals) in record.refusals() {
            // A transaction that began before the fence and was refused at its first write counts from its beginning.
            let isFelt = refusals.contains { $0.start <= falls && ($0.end ?? 0) >= falls }
            #expect(isFelt, "\(database): \(refusals)")
        }
        let catalog = try #require(record.committedRows["backstage_plugin_catalog"])
        for table in ["refresh_state", "final_entities", "search", "relations", "stitch_queue"] {
            #expect(catalog[table, default: 0] > 0, "\(table)")
        }
        #expect(try await record.contradictions(at: server).isEmpty)
        let latency = try #require(record.latency(from: 0, to: .infinity))
        #expect(latency.median > 0 && latency.percentile95 >= latency.median && latency.count > 500)
    }

    @Test func `what was committed and is gone is found, and pods that move write at the other server`() async throws {
        let (source, target) = (try await PostgresServer.start(.major(15)), try await PostgresServer.start(.major(15)))
        for server in [source, target] { try await BackstageDatabases.create(on: server, scale: 0.01) }
        let backstage = try await LiveBackstage.start(on: source, rate: 5)
        for database in BackstageDatabases.names {
            try await target.psql("CREATE TABLE live_ledger (writer integer, serial bigint)", database: database)
        }
        let writesMuch = try await eventually { try await transactions(at: source).values.reduce(0, +) > 50 }
        #expect(writesMuch)
        backstage.move(to: target)
        let writesThere = try await eventually {
            try await target.value(of: "SELECT count(*) > 5 FROM live_ledger", database: "backstage_plugin_catalog")
                == "t"
        }
        let record = await backstage.stop()
        #expect(writesThere)
        let lost = try await record.contradictions(at: target)
        #expect(lost.count > 20 && lost.count < record.committed)
    }
}
