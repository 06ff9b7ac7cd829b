import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite struct TCPProxyTests {
    @Test func `connections pass, late when told so, and break when told so`() async throws {
        let server = try await PostgresServer.start()
        let proxy = try await TCPProxy.start(to: server.port)
        #expect(try await query("SELECT 1", server, proxy) == nil)

        let clock = ContinuousClock()
        try await proxy.delay(seconds: 0.2)
        #expect(try await clock.measure { _ = try await query("SELECT 1", server, proxy) } > .milliseconds(400))
        try await proxy.delay(seconds: 0)

        try await proxy.reset(after: "COMMIT")
        #expect(try await query("BEGIN; CREATE TABLE made (); COMMIT", server, proxy)?.isEmpty == false)
        #expect(try await eventually { try await server.value(of: "SELECT to_regclass('made')") == "made" })
    }

    @Test func `a stalled connection waits until it is resumed`() async throws {
        let server = try await PostgresServer.start()
        let proxy = try await TCPProxy.start(to: server.port)
        try await proxy.stall()
        let clock = ContinuousClock()
        async let end = { (try await query("SELECT 1", server, proxy), clock.now) }()
        // Long enough for a query to come through that nothing holds up.
        for _ in 0..<5 { try await server.psql("SELECT 1") }
        let resumption = clock.now
        try await proxy.resume()
        let (complaint, time) = try await end
        #expect(complaint == nil)
        #expect(time >= resumption)
    }

    @Test func `a reset connection fails`() async throws {
        let server = try await PostgresServer.start()
        let proxy = try await TCPProxy.start(to: server.port)
        async let result = query("SELECT pg_sleep(100)", server, proxy)
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(100)' AND state = 'active'"
        #expect(try await eventually { try await server.value(of: sessions) == "1" })
        try await proxy.reset()
        #expect(try await result?.isEmpty == false)
    }

    /// What `psql` complains of; `nil` when the query succeeds.
    private func query(_ sql: String, _ server: PostgresServer, _ proxy: TCPProxy) async throws -> String? {
        let result = try await run(
            .path(server.installation.program("psql")),
            arguments: ["-X", "-c", sql, "host=127.0.0.1 port=\(proxy.port) user=\(server.superuser) dbname=postgres"],
            environment: .inherit.updating(["PGPASSWORD": server.password]), output: .discarded,
            error: .string(limit: 10_000))
        return result.terminationStatus.isSuccess ? nil : result.standardError
    }
}
