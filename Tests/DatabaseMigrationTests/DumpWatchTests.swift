import JobContract
import PostgresClient
import TestSupport
import Testing

@testable import DatabaseMigration

@Suite struct DumpWatchTests {
    @Test func `a session that is at work is left alone, and one that has stopped is noticed`() async throws {
        let server = try await PostgresServer.start()
        let parameters = ConnectionParameters(
            server: try JobSettings(environment: Job(from: server, to: server).environment).target,
            database: DatabaseName("postgres"), applicationName: "rehome/0/1/pg_dump")
        let name = parameters.applicationName
        async let working: Void = { _ = try await server.psql("SET application_name = '\(name)'; SELECT pg_sleep(4)") }()
        #expect(try await eventually { try await server.value(of: "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)'") == "1" })
        let clock = ContinuousClock()
        let taken = try await clock.measure {
            try await DumpWatch(parameters, interrupt: Interrupt(), interval: .milliseconds(100)).untilLost()
        }
        try await working
        // It ended by itself; nobody called it lost before.
        #expect(taken > .seconds(3))
    }
}
