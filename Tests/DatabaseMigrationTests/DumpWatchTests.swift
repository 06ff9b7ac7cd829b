import JobContract
import PostgresClient
import TestSupport
import Testing

@testable import DatabaseMigration

@Suite struct DumpWatchTests {
    @Test func `a session that is at work is left alone, and one that has stopped is noticed`() async throws {
        let server = try await PostgresServer.start(settings: ["log_connections": "on"])
        let parameters = ConnectionParameters(
            server: try JobSettings(environment: Job(from: server, to: server).environment).target,
            database: DatabaseName("postgres"), applicationName: "rehome/0/1/pg_dump", authority: .reader)
        var gatekeeper = parameters
        gatekeeper.applicationName = "gatekeeper"
        let gate = try Connection.open(gatekeeper, interrupt: Interrupt())
        try gate.execute("SELECT pg_advisory_lock(7)")

        async let working: Void = {
            _ = try await server.psql(
                "SET application_name = '\(parameters.applicationName)'; SELECT pg_advisory_lock(7)")
        }()
        #expect(
            try await eventually {
                try await server.value(of: "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                    == "1"
            })
        async let lost: ContinuousClock.Instant = {
            try await DumpWatch(parameters, interrupt: Interrupt(), interval: .milliseconds(100)).untilLost()
            return .now
        }()
        // More looks than the watch grants a session that does not move.
        let look = "application_name=\(parameters.applicationName) watch"
        #expect(try await eventually { try server.log().ranges(of: look).count > 10 })
        let opened = ContinuousClock.now
        try gate.execute("SELECT pg_advisory_unlock(7)")
        try await working
        #expect(try await lost > opened, "a session at work was called lost")
    }
}
