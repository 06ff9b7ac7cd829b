public import SystemPackage

/// What `kubectl` takes for a cluster: an API server that keeps objects, and the controllers that a runbook waits for.
///
/// It lives as long as its owner, like ``PostgresServer``.
public final class KubectlCluster: Sendable {
    /// The file that `KUBECONFIG` is to name.
    public let kubeconfig: FilePath
    private let helper: SupervisedProcess

    /// - Parameters:
    ///   - folder: where the kubeconfig goes.
    ///   - release: the operator of Backstage.
    public static func start(
        in folder: FilePath, namespace: String, release: OperatorStandIn.Release
    ) async throws -> KubectlCluster {
        let helper = try SupervisedProcess(
            "/usr/bin/env",
            [
                "python3", "-B", Checkout.here.appending("scripts/kubernetes-cluster.py").string, namespace,
                release == .upTo1_9 ? "deletes" : "keeps",
            ],
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
        let port = try await helper.request("start")
        let kubeconfig = folder.appending("kubeconfig")
        try kubeconfig.write(
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(port)"}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            users: [{name: u, user: {token: t}}]
            current-context: c

            """)
        return KubectlCluster(kubeconfig: kubeconfig, helper: helper)
    }

    private init(kubeconfig: FilePath, helper: SupervisedProcess) {
        self.kubeconfig = kubeconfig
        self.helper = helper
    }

    /// Every object there is, as `secrets/name`.
    public func names() async throws -> Set<String> {
        Set(try await helper.request("names").split(separator: " ").map(String.init))
    }

    /// How a Job may fail for good: one that moves databases, where nothing else is said.
    public enum Failure: String, Sendable {
        /// Its pod ended with an exit code that is not tried again.
        case exit
        /// It came to its deadline, and Kubernetes has taken its pods away.
        case deadline
        /// The same of a one-shot Job of `tools/`.
        case toolDeadline
    }

    /// Lets the next Job fail.
    public func failNextJob(_ failure: Failure) async throws { try await helper.request("fail \(failure.rawValue)") }
}
