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
    ///   - instance: the name of the Backstage CR.
    public static func start(in folder: FilePath, namespace: String, instance: String) async throws -> KubectlCluster {
        let helper = try SupervisedProcess(
            "/usr/bin/env",
            ["python3", Checkout.here.appending("scripts/kubernetes-cluster.py").string, namespace, instance],
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

    public func stop() async { await helper.end() }
}
