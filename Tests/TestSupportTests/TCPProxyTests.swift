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
        for _ in 0..<100 where try await server.value(of: "SELECT to_regclass('made') IS NULL") == "t" {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await server.value(of: "SELECT to_regclass('made')") == "made")
    }

    @Test func `a stalled connection waits until it is resumed`() async throws {
        let server = try await PostgresServer.start()
        let proxy = try await TCPProxy.start(to: server.port)
        try await proxy.stall()
        let clock = ContinuousClock()
        let start = clock.now
        async let end = { (try await query("SELECT 1", server, proxy), clock.now) }()
        try await Task.sleep(for: .milliseconds(300))
        try await proxy.resume()
        let (complaint, time) = try await end
        #expect(complaint == nil)
        #expect(time - start >= .milliseconds(300))
    }

    @Test func `a reset connection fails`() async throws {
        let server = try await PostgresServer.start()
        let proxy = try await TCPProxy.start(to: server.port)
        async let result = query("SELECT pg_sleep(100)", server, proxy)
        while try await server.value(of: "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(100)'") == "0" {}
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
