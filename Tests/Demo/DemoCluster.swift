import JobContract
import SystemPackage
import TestSupport

/// What stands in for a cluster: the two database servers, the API server, and the namespace with the rendered
/// manifests applied.
struct DemoCluster {
    let source: PostgresServer
    let target: PostgresServer
    let api: KubernetesAPIStandIn
    let namespace: ClusterNamespace
    let job: String
    /// What the cluster's DNS would know.
    let hosts: [String: String]
    let targetHost: String

    /// - Parameters:
    ///   - manifests: The folder that `rehome render` wrote.
    ///   - certificate: The folder with `tls.crt` and `tls.key` of the target's server, which the rendered StatefulSet
    ///     takes from a Secret that is in the cluster already.
    static func start(manifests: FilePath, certificate folder: FilePath) async throws -> DemoCluster {
        let stages = ["1-database", "2-copy"].map { manifests.appending($0) }
        var namespace = ClusterNamespace(try ClusterNamespace.name(in: stages[0]))
        for stage in stages { try namespace.apply(stage) }
        guard let job = namespace.jobs.keys.first, namespace.jobs.count == 1 else {
            throw DemoError("\(stages[1]): expected one Job, found \(namespace.jobs.count)")
        }
        // Only names that the Job's own environment gives away are used below: the demo knows nothing else of them.
        let names = try PodContainer(job: job, in: namespace).environment
        guard let instance = names[JobSetting.instance.rawValue], let sourceSecret = names[JobSetting.sourceSecret.rawValue],
            let targetHost = names[JobSetting.targetHost.rawValue], let user = names[JobSetting.targetUser.rawValue],
            let credentials = namespace.secrets.first(where: { $0.value["POSTGRES_HOST"] == targetHost })
        else { throw DemoError("Job '\(job)' does not name its source's Secret and its target") }

        let debian = try PostgresInstallation.withTLS()
        let source = try await PostgresServer.start(debian)
        let target = try await PostgresServer.start(
            debian,
            certificate: ServerCertificate(
                chain: folder.appending("tls.crt").text(), privateKey: folder.appending("tls.key").text()),
            superuser: user, password: credentials.value["POSTGRES_PASSWORD"])
        // The demo's servers are not on PostgreSQL's own port, which may be taken on this machine.
        namespace.secrets[credentials.key]?["POSTGRES_PORT"] = "\(target.port)"

        // What the operator would have made.
        let sourceHost = "backstage-psql-\(instance)"
        namespace.secrets[sourceSecret] = [
            "POSTGRES_HOST": sourceHost, "POSTGRES_PORT": "\(source.port)", "POSTGRES_USER": source.superuser,
            "POSTGRES_PASSWORD": source.password, "POSTGRESQL_ADMIN_PASSWORD": source.password,
        ]
        return DemoCluster(
            source: source, target: target, api: try await KubernetesAPIStandIn.start(namespace: namespace.name),
            namespace: namespace, job: job, hosts: [sourceHost: source.host, targetHost: target.host],
            targetHost: targetHost)
    }

    /// Starts the Job's pod, once more each time, as its controller would.
    func startJob(_ program: FilePath) async throws -> Pod {
        try await Pod.start(PodContainer(job: job, in: namespace, api: api), program: program, hosts: hosts)
    }

    func stop() async {
        await source.stop()
        await target.stop()
        await api.stop()
    }
}

/// The demo did not show what it promises.
struct DemoError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
