import FoundationEssentials
import SystemPackage

/// A small HTTP server that takes metrics as a Prometheus Pushgateway does, and refuses what is not in its format.
public final class PushgatewayStandIn: Sendable {
    public struct Push: Decodable, Sendable {
        public var path: String
        public var text: String
        /// What it was answered with.
        public var status: Int
    }

    public let url: String
    private let folder: FilePath
    private let helper: SupervisedProcess

    public static func start() async throws -> PushgatewayStandIn {
        let folder = try makeTemporaryFolder("pushgateway")
        let helper = try SupervisedProcess(
            "/usr/bin/env", ["python3", Checkout.here.appending("scripts/pushgateway.py").string, folder.string],
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
        return PushgatewayStandIn(port: try await helper.request("start"), folder: folder, helper: helper)
    }

    private init(port: String, folder: FilePath, helper: SupervisedProcess) {
        (url, self.folder, self.helper) = ("http://127.0.0.1:\(port)", folder, helper)
    }

    /// Answers every push with an error from now on.
    public func fail() async throws { try await helper.request("fail") }

    /// What was pushed, in order.
    public func pushes() throws -> [Push] {
        let file = folder.appending("state.json")
        guard let text = try? file.text() else { return [] }
        return try JSONDecoder().decode([Push].self, from: Data(text.utf8))
    }
}
