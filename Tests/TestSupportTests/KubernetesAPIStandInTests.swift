import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite struct KubernetesAPIStandInTests {
    private static let receipt =
        #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"receipt"},"data":{"KEY":"1"}}"#

    @Test(arguments: ["127.0.0.1", "[::1]"])
    func `a ConfigMap is created once, read and patched`(address: String) async throws {
        let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
        let all = "/api/v1/namespaces/rhdh/configmaps"
        #expect(try await call(api, address, "POST", all, Self.receipt) == 201)
        #expect(try await call(api, address, "POST", all, Self.receipt) == 409)
        #expect(try await call(api, address, "GET", "\(all)/receipt") == 200)
        #expect(try await call(api, address, "GET", "\(all)/other") == 404)
        let patch = #"{"metadata":{"labels":{"a":"b"}},"data":{"KEY":null,"NEW":"2"}}"#
        #expect(try await call(api, address, "PATCH", "\(all)/receipt", patch) == 200)

        let made = try #require(try api.configMaps()["receipt"])
        #expect(made.metadata.labels == ["a": "b"])
        #expect(made.data == ["NEW": "2"])
        #expect(try api.calls().map(\.status) == [201, 409, 200, 404, 200])
    }

    @Test func `what a real API server refuses is refused`() async throws {
        let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
        let all = "/api/v1/namespaces/rhdh/configmaps"
        #expect(try await call(api, "127.0.0.1", "POST", all, Self.receipt, token: "wrong") == 401)
        #expect(try await call(api, "127.0.0.1", "POST", "/api/v1/namespaces/other/configmaps", Self.receipt) == 403)
        #expect(try await call(api, "127.0.0.1", "POST", all, "{") == 400)
        #expect(try await call(api, "127.0.0.1", "POST", all, #"{"apiVersion":"v1","kind":"Secret"}"#) == 400)
        let oddName = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"Not_A_Name"}}"#
        #expect(try await call(api, "127.0.0.1", "POST", all, oddName) == 422)
        #expect(try api.configMaps().isEmpty)
    }

    @Test func `it fails as often as it is told to`() async throws {
        let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
        try await api.fail(status: 500, times: 2)
        let all = "/api/v1/namespaces/rhdh/configmaps"
        #expect(try await call(api, "127.0.0.1", "POST", all, Self.receipt) == 500)
        #expect(try await call(api, "127.0.0.1", "POST", all, Self.receipt) == 500)
        #expect(try await call(api, "127.0.0.1", "POST", all, Self.receipt) == 201)
        try await api.delete("receipt")
        #expect(try await call(api, "127.0.0.1", "GET", "\(all)/receipt") == 404)
    }

    /// The status of one call that `curl` makes, or 0 when it gets no answer.
    private func call(
        _ api: KubernetesAPIStandIn, _ address: String, _ method: String, _ path: String, _ body: String? = nil,
        token: String? = nil
    ) async throws -> Int? {
        let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
        let result = try await run(
            .name("curl"),
            arguments: Arguments(
                [
                    "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--noproxy", "*", "--cacert",
                    api.serviceAccountFolder.appending("ca.crt").string, "--request", method,
                    "--header", "Authorization: Bearer \(token ?? api.token)", "--header", "Content-Type: \(type)",
                ] + (body.map { ["--data", $0] } ?? []) + ["https://\(address):\(api.port)\(path)"]),
            output: .string(limit: 100))
        return Int(result.standardOutput)
    }
}
