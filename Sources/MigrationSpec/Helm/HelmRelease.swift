public import YAMLTree

/// A release of a chart that installs Backstage, as its values files have it.
///
/// The facts are those of `redhat-developer/rhdh-chart` (`charts/backstage`, 7.0) and `backstage/charts` (2.8), with
/// Bitnami's PostgreSQL 12.10 as their subchart.
public struct HelmRelease: Sendable {
    public let chart: HelmChart
    public let name: String
    /// In the order in which Helm is given them.
    public let files: [HelmValues]
    /// The same as the config names them.
    public let fileNames: [String]
    /// The Secret with which Backstage connects after the cut-over.
    let credentialsSecret: String?
    /// All files, each laid over those before it.
    public let root: YAMLNode

    init?(chart: HelmChart?, name: String, files: [HelmValues], fileNames: [String], credentialsSecret: String?) {
        guard let root = YAMLNode.layered(files.flatMap(\.layers)) else { return nil }
        let isRHDH = root["upstream"] != nil || (files.last?.object?.chart?.contains("developer-hub") ?? false)
        self.chart = chart ?? (isRHDH ? .rhdh : .backstage)
        self.name = name
        self.files = files
        self.fileNames = fileNames
        self.credentialsSecret = credentialsSecret
        self.root = root
    }

    /// Where Backstage's own chart begins.
    public var prefix: YAMLPath { chart == .rhdh ? ["upstream"] : [] }

    /// A value of Backstage's own chart; `nil` where no file has it, and the chart's default holds.
    public func node(_ path: YAMLPath) -> YAMLNode? {
        root[at: prefix + path].flatMap { $0.isNull ? nil : $0 }
    }

    func text(_ path: YAMLPath) -> String? { node(path)?.scalar?.text.nonEmpty }

    /// The engine's object whose values count last; `nil` where a file's do.
    public var object: HelmObject? { files.last?.object }

    // MARK: Names

    public var deployment: String {
        text(["fullnameOverride"])
            ?? fullName(text(["nameOverride"]) ?? (chart == .rhdh ? "developer-hub" : "backstage"))
    }

    /// The subchart's StatefulSet, Secret and, unless it replicates, Service.
    public var databaseName: String {
        text(["postgresql", "fullnameOverride"]) ?? fullName(text(["postgresql", "nameOverride"]) ?? "postgresql")
    }

    private var isReplicated: Bool { text(["postgresql", "architecture"]) == "replication" }
    public var databaseStatefulSets: [String] {
        isReplicated ? ["\(databaseName)-primary", "\(databaseName)-read"] : [databaseName]
    }
    public var databaseHost: String { isReplicated ? "\(databaseName)-primary" : databaseName }

    /// What the subchart makes that Backstage's database needs, as `kubectl` names it. The claim is nobody's but the
    /// StatefulSet's, and Helm does not know it.
    public var databaseObjects: [String] {
        databaseStatefulSets.flatMap { ["statefulset/\($0)", "service/\($0)", "service/\($0)-hl"] }
            + (ownSecret == nil ? ["secret/\(databaseName)"] : [])
    }

    /// As Bitnami's `common.names.fullname` has it.
    private func fullName(_ part: String) -> String {
        let whole = name.contains(part) ? name : "\(name)-\(part)"
        let cut = String(whole.prefix(63))
        return cut.hasSuffix("-") ? String(cut.dropLast()) : cut
    }

    // MARK: The subchart's database

    /// The folder that Backstage runs in.
    public var installFolder: String {
        text(["backstage", "installDir"]) ?? (chart == .rhdh ? "/opt/app-root/src" : "/app")
    }

    static let enabled: YAMLPath = ["postgresql", "enabled"]
    static let existingSecret: YAMLPath = ["postgresql", "auth", "existingSecret"]
    static let adminKey: YAMLPath = ["postgresql", "auth", "secretKeys", "adminPasswordKey"]

    /// Whether the chart runs Backstage's database, or did until the cut-over.
    public var runsDatabase: Bool { (node(Self.enabled)?.bool ?? (chart == .rhdh)) || readsTarget }

    /// Whether the values have been through a cut-over.
    var readsTarget: Bool {
        guard let credentialsSecret else { return false }
        let secrets = node(["backstage", "extraEnvVarsSecrets"])?.items ?? []
        return secrets.contains { $0.string == credentialsSecret }
    }

    /// The user's own Secret for the subchart's database, which Helm never deletes.
    public var ownSecret: String? {
        let global = root[at: ["global"] + Self.existingSecret]?.scalar?.text.nonEmpty
        return (global ?? text(Self.existingSecret)).flatMap { $0 == credentialsSecret ? nil : $0 }
    }

    /// The key with the password of `postgres`, the superuser.
    var administratorKey: String {
        guard ownSecret != nil else { return "postgres-password" }
        return root[at: ["global"] + Self.adminKey]?.scalar?.text.nonEmpty ?? text(Self.adminKey)
            ?? (chart == .rhdh ? "postgres-password" : "admin-password")
    }

    /// Where the databases are as long as the chart runs their server.
    var source: Migration.Source {
        var source = Migration.Source(
            address: Migration.Address(host: databaseHost, port: 5432), secretName: ownSecret ?? databaseName,
            userKey: "",
            passwordKey: administratorKey, trust: nil)
        source.user = "postgres"
        return source
    }

    // MARK: The orchestrator

    /// Whether the chart installs the orchestrator, whose services have a database beside Backstage's.
    public var hasOrchestrator: Bool { chart == .rhdh && root[at: ["orchestrator", "enabled"]]?.bool == true }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
