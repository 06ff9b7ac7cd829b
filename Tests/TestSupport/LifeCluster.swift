import JobContract
import SystemPackage
import YAMLTree

/// A cluster in which an instance of Backstage lives through a migration: two database servers, the API server, the
/// operator, and Backstage itself. Whatever is applied comes from rendered manifests.
public actor LifeCluster {
    /// The operator's own database.
    public private(set) var local: PostgresServer
    /// The one that is moved to.
    public nonisolated let remote: PostgresServer
    public nonisolated let api: KubernetesAPIStandIn
    private nonisolated let operatorStandIn: OperatorStandIn
    private nonisolated let remoteHost: String

    public var namespace: ClusterNamespace
    private var resource: YAMLValue?
    public private(set) var isLocalRunning = true
    private var environment: [String: String]?
    private var pod: BackstageStandIn?
    /// The operator's condition `Deployed` as far as it failed: why.
    public private(set) var deployFailed: String?

    /// - Parameters:
    ///   - backstage: The Backstage resource as its owners have it, before any migration.
    ///   - database: The rendered stage with the target's credentials.
    ///   - certificate: The folder with `tls.crt` and `tls.key` of the target's server.
    public static func start(
        release: OperatorStandIn.Release, backstage: FilePath, database: FilePath, certificate: FilePath
    ) async throws -> LifeCluster {
        var namespace = ClusterNamespace(try ClusterNamespace.name(in: database))
        try namespace.apply(database)
        // Backstage reads how to encrypt from its Secret; the administrator's is read by the Job and the server only.
        let logins = namespace.secrets.values.filter { $0["POSTGRES_PASSWORD"] != nil }
        guard let credentials = logins.first(where: { $0["PGSSLMODE"] == nil }) ?? logins.first,
            let host = credentials["POSTGRES_HOST"]
        else {
            throw PodError("\(database): no Secret holds the target's credentials")
        }
        let debian = try PostgresInstallation.ofDistribution()
        let local = try await PostgresServer.start(debian)
        let remote = try await PostgresServer.start(
            debian,
            certificate: ServerCertificate(
                chain: certificate.appending("tls.crt").text(), privateKey: certificate.appending("tls.key").text()),
            superuser: credentials["POSTGRES_USER"] ?? "postgres", password: credentials["POSTGRES_PASSWORD"])
        let resource = try YAMLFile(parsing: backstage.text(), name: backstage.string).onlyDocument.root.value()
        // What the owners have besides.
        let references = OperatorStandIn.references(of: resource)
        for name in references.configMaps { namespace.configMaps[name] = [:] }
        for name in references.secrets { namespace.secrets[name] = [:] }
        // What the operator made when the instance was installed.
        namespace.secrets[OperatorStandIn.secretName(of: resource)] = credentialsOfLocal(
            local, resource, password: local.password)
        let cluster = LifeCluster(
            local: local, remote: remote, api: try await KubernetesAPIStandIn.start(namespace: namespace.name),
            operatorStandIn: OperatorStandIn(release), remoteHost: host, namespace: namespace)
        await cluster.set(resource)
        return cluster
    }

    private init(
        local: PostgresServer, remote: PostgresServer, api: KubernetesAPIStandIn, operatorStandIn: OperatorStandIn,
        remoteHost: String,
        namespace: ClusterNamespace
    ) {
        self.local = local
        self.remote = remote
        self.api = api
        self.operatorStandIn = operatorStandIn
        self.remoteHost = remoteHost
        self.namespace = namespace
    }

    private func set(_ resource: YAMLValue) { self.resource = resource }

    private static func credentialsOfLocal(_ local: PostgresServer, _ resource: YAMLValue, password: String) -> [String:
        String]
    {
        [
            "POSTGRES_HOST": OperatorStandIn.hostName(of: resource), "POSTGRES_PORT": "\(local.port)",
            "POSTGRES_USER": local.superuser,
            "POSTGRES_PASSWORD": password, "POSTGRESQL_ADMIN_PASSWORD": password,
        ]
    }

    /// A quota of all that one may count of a pod.
    public func setQuota() {
        namespace.quota = Set(
            ["requests", "limits"].flatMap { kind in
                ["cpu", "memory", "ephemeral-storage"].map { "\(kind).\($0)" }
            })
    }

    // MARK: What people and engines do

    /// `kubectl apply -k`: the objects of a rendered stage, its Backstage resource included. The operator hears of it.
    public func apply(_ stage: FilePath) async throws {
        try namespace.apply(stage)
        // PostgreSQL's own port may be taken on this machine.
        for (name, secret) in namespace.secrets where secret["POSTGRES_HOST"] == remoteHost {
            namespace.secrets[name]?["POSTGRES_PORT"] = "\(remote.port)"
        }
        if let resource = try Self.backstage(in: stage) { self.resource = resource }
        try await reconcile()
    }

    /// `kubectl apply -f -`: objects from a person's hand.
    public func apply(manifests: String) async throws {
        try namespace.apply(manifests: manifests)
        try await reconcile()
    }

    /// The receipts of all migrations, whoever left them.
    public var receipts: Set<String> {
        get throws {
            Set(try api.configMaps().keys).union(namespace.configMaps.keys.filter { $0.contains("-receipt-") })
        }
    }

    public func delete(receipt: String) async throws {
        if namespace.configMaps.removeValue(forKey: receipt) == nil { try await api.delete(receipt) }
        try await reconcile()
    }

    private static func backstage(in stage: FilePath) throws -> YAMLValue? {
        let file = stage.appending("kustomization.yaml")
        let list =
            try YAMLFile(parsing: file.text(), name: file.string).onlyDocument.root.value()["resources"]?.items ?? []
        for name in list.compactMap(\.string) where name.hasPrefix("backstage-") {
            let path = stage.appending(name)
            return try YAMLFile(parsing: path.text(), name: path.string).onlyDocument.root.value()
        }
        return nil
    }

    /// Copies a Secret under another name, as the runbook says.
    public func save(secret name: String, as copy: String) { namespace.secrets[copy] = namespace.secrets[name] }

    /// Gives the operator another image for its database, and the database an empty volume: its first start takes the
    /// password from the Secret that the resource names.
    public func exchangeLocal(for installation: PostgresInstallation, secret: String) async throws {
        await local.stop()
        local = try await PostgresServer.start(
            installation, superuser: local.superuser, password: namespace.secrets[secret]?["POSTGRES_PASSWORD"])
        // PostgreSQL's own port may be taken on this machine.
        namespace.secrets[secret]?["POSTGRES_PORT"] = "\(local.port)"
        isLocalRunning = true
    }

    /// The Secret that the operator keeps its database's credentials in.
    public var operatorSecret: String { resource.map(OperatorStandIn.secretName) ?? "" }
    public var operatorSecretExists: Bool { namespace.secrets[operatorSecret] != nil }

    /// How a Job's pod ended.
    public struct JobEnd: Sendable {
        public var exit: ExitStatus?
        public var log: String
    }

    /// Runs a Job that was applied, once more each time, and lets the operator see what it left.
    public func run(job name: String) async throws -> JobEnd {
        let hosts = [remoteHost: remote.host, resource.map(OperatorStandIn.hostName) ?? "": local.host]
        var container = try PodContainer(job: name, in: namespace, api: api)
        // The newest pg_dump that can speak to the target, as an image would have it.
        let programs = try PostgresInstallation.withTLS().programs.string
        container.environment["PATH"] = "\(programs):\(container.environment["PATH"] ?? "")"
        let pod = try await Pod.start(container, program: Programs.rehomeJob, hosts: hosts)
        var log = ""
        for await line in pod.lines { log += line + "\n" }
        let end = try await pod.end()
        try await reconcile()
        return JobEnd(exit: ExitStatus(rawValue: end.exitCode), log: log)
    }

    /// `kubectl create -f`: a Job of a person's hand. What it waits for has happened, so it waits no longer than a test may.
    public func run(tool file: FilePath) async throws -> JobEnd {
        let before = Set(namespace.jobs.keys)
        try namespace.apply(manifests: file.text().replacing("- 15m\n", with: "- 30s\n"))
        guard let name = namespace.jobs.keys.first(where: { !before.contains($0) }) else {
            throw PodError("\(file): no Job in it")
        }
        defer { namespace.remove(job: name) }
        return try await run(job: name)
    }

    // MARK: What the operator does

    /// Anything that wakes the operator.
    public func reconcile() async throws {
        guard let resource else { return }
        var configMaps = namespace.configMaps
        for (name, object) in try api.configMaps() { configMaps[name] = object.data ?? [:] }
        // A new password does not open an old volume: that is the point.
        let fresh = Self.credentialsOfLocal(local, resource, password: "new-\(UInt64.random(in: .min ... .max))")
        let plan: OperatorStandIn.Plan
        do {
            plan = try operatorStandIn.plan(
                for: resource, configMaps: configMaps, secrets: namespace.secrets, ownSecret: fresh)
        } catch let error as PodError {
            deployFailed = error.description
            return
        }
        deployFailed = nil
        if let name = plan.ownSecret, namespace.secrets[name] == nil { namespace.secrets[name] = fresh }
        if plan.wantsLocalDatabase, !isLocalRunning {
            try await local.resume()
            isLocalRunning = true
        }
        if plan.deletesLocalDatabase {
            namespace.secrets[operatorSecret] = nil
            if isLocalRunning { try await local.pause() }
            isLocalRunning = false
        }
        guard plan.environment != environment else { return }
        let next = try BackstageStandIn(
            environment: plan.environment, servers: [remoteHost: remote, OperatorStandIn.hostName(of: resource): local])
        // A pod that does not come up never replaces the old one.
        try await next.start()
        await pod?.stop()
        pod = next
        environment = plan.environment
    }

    /// Backstage as its users have it now.
    public var backstage: BackstageStandIn {
        get throws {
            guard let pod else { throw PodError("no pod of Backstage is there") }
            return pod
        }
    }

    public func stop() async {
        await pod?.stop()
        await local.stop()
        await remote.stop()
        await api.stop()
    }
}
