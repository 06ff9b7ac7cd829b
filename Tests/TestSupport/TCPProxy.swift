import SystemPackage

/// Stands between a client and a server and does to their connections what networks do.
///
/// It lives as long as its owner, like ``PostgresServer``.
public final class TCPProxy: Sendable {
    /// The port of 127.0.0.1 that clients connect to.
    public let port: Int
    private let helper: SupervisedProcess

    /// Forwards to a port of 127.0.0.1.
    public static func start(to serverPort: Int) async throws -> TCPProxy {
        let helper = try SupervisedProcess(
            "/usr/bin/env",
            ["python3", Checkout.here.appending("scripts/tcp-proxy.py").string, "127.0.0.1", "\(serverPort)"],
            environment: ["PATH": "/usr/bin:/bin"])
        let answer = try await helper.request("start")
        guard let port = Int(answer) else { throw HelperError(request: "start", answer: answer) }
        return TCPProxy(port: port, helper: helper)
    }

    private init(port: Int, helper: SupervisedProcess) {
        self.port = port
        self.helper = helper
    }

    /// Delivers everything that much later, in both directions, from now on.
    public func delay(seconds: Double) async throws { try await helper.request("latency \(seconds)") }
    /// Delivers nothing until ``resume()``; connections stay open.
    public func stall() async throws { try await helper.request("stall") }
    public func resume() async throws { try await helper.request("resume") }
    /// Closes all connections in good order.
    public func cut() async throws { try await helper.request("cut") }
    /// Resets all connections.
    public func reset() async throws { try await helper.request("reset") }
    /// Resets the first connection on which a client sends `text`, once the server has it: the answer is lost.
    public func reset(after text: String) async throws { try await helper.request("reset-after \(text)") }
    /// Which side of a statement a connection is stopped at.
    public enum Instant: String, CaseIterable, Sendable {
        /// The server has not got it.
        case before
        /// The server has got it, and its answer does not arrive.
        case after
    }

    /// Stops the first connection on which a client sends `text`, for good; ``untilHeld()`` and ``isHeld()`` tell when.
    public func hold(_ instant: Instant, _ text: String) async throws {
        try await helper.request("hold-\(instant.rawValue) \(text)")
    }
    /// Keeps back `text` on the first connection on which a client sends it, and all that follows there, until
    /// ``goOn()``; ``untilHeld()`` and ``isHeld()`` tell when.
    public func pause(before text: String) async throws { try await helper.request("pause-before \(text)") }
    public func goOn() async throws { try await helper.request("go-on") }
    public func isHeld() async throws -> Bool { try await helper.request("held") == "yes" }
    /// Returns once a connection is held.
    /// - Throws: ``HelperError`` if none is after five minutes, or `CancellationError`.
    public func untilHeld() async throws {
        guard try await eventually(within: .seconds(300), isHeld) else {
            throw HelperError(request: "held", answer: "no")
        }
    }
    /// Flips the case of the first occurrence of `text` in what a client sends, once.
    public func corrupt(_ text: String) async throws { try await helper.request("corrupt \(text)") }
    public func stop() async { await helper.end() }
}
