import FoundationEssentials
import SystemPackage

/// A small TLS server that answers the calls with which the Job leaves its receipt, as the Kubernetes API would.
///
/// It lives as long as its owner, like ``PostgresServer``.
public final class KubernetesAPIStandIn: Sendable {
    /// One call as it came in.
    public struct Call: Decodable, Sendable {
        public var method: String
        public var path: String
        public var contentType: String
        public var body: String
        /// Seconds since 1970.
        public var time: Double
        /// What it was answered with.
        public var status: Int
    }

    /// A ConfigMap that the API holds.
    public struct ConfigMap: Decodable, Sendable {
        public struct Metadata: Decodable, Sendable {
            public var name: String
            public var labels: [String: String]?
            public var annotations: [String: String]?
        }
        public var metadata: Metadata
        public var data: [String: String]?
        /// In Base64.
        public var binaryData: [String: String]?
    }

    /// Listens on 127.0.0.1 and, where the machine has it, ::1.
    public let port: Int
    public let namespace: String
    public let token: String
    /// Holds `token`, `ca.crt` and `namespace`, as Kubernetes mounts them into a pod.
    public let serviceAccountFolder: FilePath
    private let folder: FilePath
    private let helper: SupervisedProcess

    /// - Parameter names: The names that its certificate is for.
    public static func start(
        namespace: String, names: [String] = ["kubernetes.default.svc", "localhost", "127.0.0.1", "::1"]
    ) async throws -> KubernetesAPIStandIn {
        let folder = try makeTemporaryFolder("kubernetes-api")
        let helper = try SupervisedProcess(
            "/usr/bin/env",
            ["python3", Checkout.here.appending("scripts/kubernetes-api.py").string, folder.string, namespace],
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
        let authority = try CertificateAuthority(name: "Kubernetes test authority")
        let certificate = try authority.issue(for: names)
        let token = "token-\(UInt64.random(in: .min ... .max))"
        let serviceAccountFolder = folder.appending("serviceaccount")
        try serviceAccountFolder.createFolder()
        try folder.appending("server.crt").write(certificate.chain)
        try folder.appending("server.key").write(certificate.privateKey)
        try folder.appending("token").write(token)
        try serviceAccountFolder.appending("token").write(token)
        try serviceAccountFolder.appending("ca.crt").write(authority.certificate)
        try serviceAccountFolder.appending("namespace").write(namespace)
        let answer = try await helper.request("start")
        guard let port = Int(answer) else { throw HelperError(request: "start", answer: answer) }
        return KubernetesAPIStandIn(
            port: port, namespace: namespace, token: token, serviceAccountFolder: serviceAccountFolder, folder: folder,
            helper: helper)
    }

    private init(
        port: Int, namespace: String, token: String, serviceAccountFolder: FilePath, folder: FilePath,
        helper: SupervisedProcess
    ) {
        self.port = port
        self.namespace = namespace
        self.token = token
        self.serviceAccountFolder = serviceAccountFolder
        self.folder = folder
        self.helper = helper
    }

    /// The calls so far, in order.
    public func calls() throws -> [Call] { try state().calls }

    /// The ConfigMaps that exist now, by name.
    public func configMaps() throws -> [String: ConfigMap] { try state().objects }

    /// Answers the next calls with an error.
    public func fail(status: Int, times: Int = 1) async throws {
        try await helper.request("fail \(status) \(times)")
    }

    /// Takes calls and answers none of them until ``release()``.
    public func hold() async throws { try await helper.request("hold") }

    /// Answers the calls that are held, and those that come.
    public func release() async throws { try await helper.request("release") }

    /// Removes a ConfigMap behind everybody's back.
    public func delete(_ name: String) async throws {
        try await helper.request("delete \(name)")
    }

    public func stop() async { await helper.end() }

    private struct State: Decodable {
        var calls: [Call]
        var objects: [String: ConfigMap]
    }

    private func state() throws -> State {
        try JSONDecoder().decode(State.self, from: Data(folder.appending("state.json").text().utf8))
    }
}
