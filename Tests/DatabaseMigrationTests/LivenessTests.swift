import Dispatch
import Glibc
import JobContract
import TestSupport
import Testing

@testable import PostgresClient

/// Connections through a proxy that acknowledges everything and delivers nothing, as load balancers do.
@Suite struct LivenessTests {
    private func connection(
        to server: PostgresServer, port: Int? = nil, timeout: Double = 30, interrupt: Interrupt = Interrupt()
    ) throws -> Connection {
        var settings = try JobSettings(environment: Job(from: server, to: server).environment).target
        settings.port = port ?? server.port
        var parameters = ConnectionParameters(
            server: settings, database: DatabaseName("postgres"), applicationName: "rehome/test", authority: .reader)
        parameters.connectTimeout = timeout
        let connection = try Connection.open(parameters, interrupt: interrupt)
        connection.patience = 0.25
        return connection
    }

    @Test func `a statement that takes long is waited for, and one that is lost is given up`() async throws {
        let server = try await PostgresServer.start()
        let proxy = try await TCPProxy.start(to: server.port)
        // However long it takes to ask the server on a busy machine, an answer is an answer.
        let patient = try connection(to: server, port: proxy.port)
        #expect(try patient.query("SELECT 'done' FROM pg_sleep(3)").value == "done")

        // A second is enough for a statement that waits in vain, not for every connection that a busy machine makes.
        var hasty = try? connection(to: server, port: proxy.port, timeout: 1)
        for _ in 1...50 where hasty == nil { hasty = try? connection(to: server, port: proxy.port, timeout: 1) }
        let connection = try #require(hasty)
        try await proxy.stall()
        let error = #expect(throws: PostgresError.self) { try connection.query("SELECT 1") }
        #expect(error?.kind == .stalled)
        #expect(error?.isTransient == true)
        try await server.psql("SELECT 1")
    }

    @Test func `an answer that was lost alone is missed while the server answers others`() async throws {
        let server = try await PostgresServer.start()
        let proxy = try await TCPProxy.start(to: server.port)
        let connection = try connection(to: server, port: proxy.port)
        // The backend has done its part and waits for the next statement.
        try connection.send("SELECT pg_sleep(0)")
        _ = try connection.nextStep()
        _ = try connection.nextStep()
        var liveness = Liveness()
        for turn in 1...4 { #expect(liveness.isLost(askingAbout: connection) == (turn == 4)) }
        _ = server
    }

    @Test func `a connection whose statement was interrupted can be used again`() async throws {
        let server = try await PostgresServer.start()
        let interrupt = Interrupt()
        let connection = try connection(to: server, interrupt: interrupt)
        try connection.execute("BEGIN")
        interrupt.raise()
        let error = #expect(throws: PostgresError.self) { try connection.query("SELECT pg_sleep(60)") }
        #expect(error?.kind == .interrupted)
        try connection.takeOver(with: Interrupt())
        #expect(try connection.query("SELECT 'usable'").value == "usable")
    }

    @Test func `a request to cancel that came too early is repeated`() async throws {
        let server = try await PostgresServer.start()
        let interrupt = Interrupt()
        let connection = try connection(to: server, interrupt: interrupt)
        try connection.execute("BEGIN")
        let backend = pid_t(connection.backendPID)
        // The request finds a backend that has not read its statement yet, and is forgotten.
        kill(backend, SIGSTOP)
        interrupt.raise()
        #expect(throws: PostgresError.self) { try connection.query("SELECT pg_sleep(60)") }
        // On a thread of its own: this one is about to block.
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) { kill(backend, SIGCONT) }
        try connection.takeOver(with: Interrupt())
        #expect(try connection.query("SELECT 'usable'").value == "usable")
        _ = server
    }
}
