import JobContract
import SystemPackage

/// What stands in for a cluster: the two database servers, the API server, and the namespace with the rendered
/// manifests applied.
public struct LocalCluster: Sendable {
    public let source: PostgresServer
    public let target: PostgresServer
    public let api: KubernetesAPIStandIn
    public var namespace: ClusterNamespace
    /// The name of the rendered Job.
    public let job: String
    /// What the cluster's DNS would know.
    let hosts: [String: String]
    /// The host name in the rendered credentials.
    public let targetHost: String
    /// The Secret that the operator keeps its database's credentials in.
    public let sourceSecret: String

    /// - Parameters:
    ///   - manifests: The folder that `rehome render` wrote.
    ///   - certificate: The folder with `tls.crt` and `tls.key` of the target's server, which the rendered StatefulSet
    ///     takes from a Secret that is in the cluster already.
    public static func start(manifests: FilePath, certificate folder: FilePath) async throws -> LocalCluster {
        let stages = ["1-database", "2-copy"].map { manifests.appending($0) }
        var namespace = ClusterNamespace(try ClusterNamespace.name(in: stages[0]))
        for stage in stages { try namespace.apply(stage) }
        guard let job = namespace.jobs.keys.first, namespace.jobs.count == 1 else {
            throw PodError("\(stages[1]): expected one Job, found \(namespace.jobs.count)")
        }
        // Only what the Job's own environment gives away is used below.
        let names = try PodContainer(job: job, in: namespace).environment
        guard let instance = names[JobSetting.instance.rawValue],
            let sourceSecret = names[JobSetting.sourceSecret.rawValue],
            let targetHost = names[JobSetting.targetHost.rawValue], let user = names[JobSetting.targetUser.rawValue],
            let password = names[JobSetting.targetPassword.rawValue]
        else { throw PodError("Job '\(job)' does not name its source's Secret and its target") }

        let debian = try PostgresInstallation.ofDistribution()
        let source = try await PostgresServer.start(debian)
        let target = try await PostgresServer.start(
            debian,
            certificate: ServerCertificate(
                chain: folder.appending("tls.crt").text(), privateKey: folder.appending("tls.key").text()),
            superuser: user, password: password)
        // PostgreSQL's own port may be taken on this machine.
        for (name, secret) in namespace.secrets where secret["POSTGRES_HOST"] == targetHost {
            namespace.secrets[name]?["POSTGRES_PORT"] = "\(target.port)"
        }

        // What the operator would have made.
        let sourceHost = "backstage-psql-\(instance)"
        namespace.secrets[sourceSecret] = [
            "POSTGRES_HOST": sourceHost, "POSTGRES_PORT": "\(source.port)", "POSTGRES_USER": source.superuser,
            "POSTGRES_PASSWORD": source.password, "POSTGRESQL_ADMIN_PASSWORD": source.password,
        ]
        return LocalCluster(
            source: source, target: target, api: try await KubernetesAPIStandIn.start(namespace: namespace.name),
            namespace: namespace, job: job, hosts: [sourceHost: source.host, targetHost: target.host],
            targetHost: targetHost, sourceSecret: sourceSecret)
    }

    /// Starts the Job's pod, once more each time, as its controller would.
    ///
    /// - Parameter arguments: others than the Job's own, as a one-shot Job of the tools has them.
    public func startJob(_ program: FilePath, arguments: [String]? = nil) async throws -> Pod {
        var container = try PodContainer(job: job, in: namespace, api: api)
        container.arguments = arguments ?? container.arguments
        return try await Pod.start(container, program: program, hosts: hosts)
    }

    public func stop() async {
        await source.stop()
        await target.stop()
        await api.stop()
    }
}
