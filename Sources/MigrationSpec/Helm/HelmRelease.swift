public import YAMLTree

/// A release of a chart that installs Backstage, as its values files describe it.
///
/// The facts are those of `redhat-developer/rhdh-chart` (`charts/backstage`, 7.0) and `backstage/charts` (2.8), with
/// Bitnami's PostgreSQL 12.10 as their subchart.
public struct HelmRelease: Sendable {
    public let chart: HelmChart
    public let name: String
    /// The release's namespace, as far as it is known.
    let namespace: String?
    /// The files, in the order in which Helm gets them.
    public let files: [HelmValues]
    /// The same files' names in the config.
    public let fileNames: [String]
    /// The Secret with which Backstage connects after the cut-over.
    let credentialsSecret: String?
    /// A copy of the Secret that the chart made for its own database.
    let savedSecret: String?
    /// The host of the source, if the config names it.
    private let sourceHost: String?
    /// All files merged, each over those before it.
    public let root: YAMLNode

    init?(
        chart: HelmChart?, name: String, namespace: String? = nil, files: [HelmValues], fileNames: [String],
        credentialsSecret: String?,
        savedSecret: String? = nil, sourceHost: String? = nil
    ) {
        guard let root = YAMLNode.layered(files.flatMap(\.layers)) else { return nil }
        self.chart = chart ?? HelmChartSigns(root: root, object: files.last?.object).chart ?? .backstage
        self.name = name
        self.namespace = namespace
        self.files = files
        self.fileNames = fileNames
        self.credentialsSecret = credentialsSecret
        self.savedSecret = savedSecret
        self.sourceHost = sourceHost
        self.root = root
    }

    /// The path of the values of Backstage's own chart.
    public var prefix: YAMLPath { chart == .rhdh ? ["upstream"] : [] }

    /// A value of Backstage's own chart; `nil` where no file sets it, so that the chart's default holds.
    public func node(_ path: YAMLPath) -> YAMLNode? {
        root[at: prefix + path].flatMap { $0.isNull ? nil : $0 }
    }

    /// A value of the files before the last, by its path from the root; `nil` if none of them sets it.
    public func earlier(_ path: YAMLPath) -> YAMLValue? {
        YAMLNode.layered(files.dropLast().flatMap(\.layers))?[at: path]?.value()
    }

    func text(_ path: YAMLPath) -> String? { node(path)?.scalar?.text.nonEmpty }

    /// The engine's object with values, which comes last; `nil` if the last file holds only values.
    public var object: HelmObject? { files.last?.object }

    // MARK: Names

    /// The longest name of a release that Helm accepts.
    static let longestName = 53

    public var deployment: String {
        text(["fullnameOverride"]).map(Self.cut)
            ?? fullName(text(["nameOverride"]) ?? (chart == .rhdh ? "developer-hub" : "backstage"))
    }

    /// The name of the subchart's StatefulSet and Secret and, unless it replicates, of its Service.
    public var databaseName: String {
        text(["postgresql", "fullnameOverride"]).map(Self.cut)
            ?? fullName(text(["postgresql", "nameOverride"]) ?? "postgresql")
    }

    var isReplicated: Bool { text(["postgresql", "architecture"]) == "replication" }
    public var databaseHost: String { isReplicated ? serverName(of: "primary") : databaseName }

    /// The StatefulSet and Service of one of the servers that replicate: `primary` or `readReplicas`.
    func serverName(of server: YAMLPath.Component) -> String {
        let part = text(["postgresql", server, "name"]) ?? (server == "primary" ? "primary" : "read")
        return Self.cut("\(databaseName)-\(part)")
    }

    /// As Bitnami's `common.names.fullname` has it.
    private func fullName(_ part: String) -> String { Self.cut(name.contains(part) ? name : "\(name)-\(part)") }

    /// A name cut to 63 characters, as Bitnami's templates cut it.
    static func cut(_ name: String) -> String {
        let cut = String(name.prefix(63))
        return cut.hasSuffix("-") ? String(cut.dropLast()) : cut
    }

    /// The ending, after the release's name, of the name of the Job that makes the orchestrator's database, as a part of a
    /// regular expression.
    ///
    /// The name ends in the chart's version. The part before it is cut so that the whole has 63 characters
    /// (`rhdh.orchestrator.dbJobName`). Charts before 6.2 cut nothing.
    public var databaseJobEnding: String {
        let (middle, version) = ("-create-sf-db", "-[0-9]+-[0-9]+-[0-9]+")
        let room = 63 - "-10-10-10".count - name.count
        guard room < middle.count else { return "-create-s(f-db-|onataflow-database)" }
        var cuts: [Substring] = []
        for count in max(room, 0)...middle.count {
            let cut = middle.prefix(count)
            let trimmed = cut.hasSuffix("-") ? cut.dropLast() : cut
            if cuts.last != trimmed { cuts.append(trimmed) }
        }
        return "((\(cuts.joined(separator: "|")))\(version)|-create-sonataflow-database)"
    }

    // MARK: The subchart's database

    /// The folder that Backstage runs in.
    public var installFolder: String {
        text(["backstage", "installDir"]) ?? (chart == .rhdh ? "/opt/app-root/src" : "/app")
    }

    public static let enabled: YAMLPath = ["postgresql", "enabled"]
    public static let existingSecret: YAMLPath = ["postgresql", "auth", "existingSecret"]
    public static let adminKey: YAMLPath = ["postgresql", "auth", "secretKeys", "adminPasswordKey"]
    public static let userKey: YAMLPath = ["postgresql", "auth", "secretKeys", "userPasswordKey"]

    /// Whether the config names the source's server, which may still be the chart's own.
    public var hasNamedSource: Bool { sourceHost != nil }

    /// Whether the config names a source other than the chart's own server.
    ///
    /// The config must name the chart's own server only if the superuser has no password. In any other case a host of that
    /// name belongs to another release.
    var hasOtherSource: Bool {
        guard let sourceHost else { return false }
        let hasNoAdministrator = node(Self.enablesAdministrator).map { !$0.isTrueToHelm } ?? false
        let isOwn = sourceHost == databaseHost || sourceHost.hasPrefix(databaseHost + ".")
        return !isOwn || !hasNoAdministrator
    }

    /// Whether the chart runs Backstage's database, or did until the cut-over.
    public var runsDatabase: Bool {
        !hasOtherSource && ((node(Self.enabled)?.isTrueToHelm ?? (chart == .rhdh)) || readsTarget)
    }

    /// Whether the values contain the cut-over already.
    var readsTarget: Bool {
        guard let credentialsSecret else { return false }
        let secrets = node(["backstage", "extraEnvVarsSecrets"])?.items ?? []
        return secrets.contains { $0.string == credentialsSecret }
    }

    /// The Secret that the chart makes for its own database; `nil` where the values name another.
    public var madeSecret: String? { ownSecret == nil || ownSecret == databaseName ? databaseName : nil }

    /// The Secret that the values name for the subchart's database, which Helm never deletes.
    public var ownSecret: String? {
        return key(Self.existingSecret).flatMap { $0 == credentialsSecret ? nil : $0 }
    }

    /// The key with the password of `postgres`, the superuser.
    public var administratorKey: String {
        guard ownSecret != nil else { return "postgres-password" }
        return key(Self.adminKey) ?? (chart == .rhdh ? "postgres-password" : "admin-password")
    }

    /// The key with the password of the role that the subchart makes.
    public var userKey: String {
        guard ownSecret != nil else { return "password" }
        return key(Self.userKey) ?? (chart == .rhdh ? "password" : "user-password")
    }

    private func key(_ path: YAMLPath) -> String? { globally(path) ?? text(path) }

    /// A value below `global`, which overrides the subchart's own.
    func globally(_ path: YAMLPath) -> String? { root[at: ["global"] + path]?.scalar?.text.nonEmpty }

    /// Whether the subchart gives `postgres`, the superuser, a password.
    static let enablesAdministrator: YAMLPath = ["postgresql", "auth", "enablePostgresUser"]

    /// The port of the subchart's Service.
    private var databasePort: Int {
        let port: YAMLPath = ["service", "ports", "postgresql"]
        return (globally(["postgresql"] + port) ?? text(["postgresql", "primary"] + port)).flatMap { Int($0) } ?? 5432
    }

    /// The source, as long as the chart runs the databases' server.
    ///
    /// - Parameter hasReturned: whether the database may have been made anew from the saved Secret.
    func source(hasReturned: Bool) -> Migration.Source {
        let saved = hasReturned ? savedSecret : nil
        // After an earlier way back, the values name the chart's own Secret. The chart may have lost it since, so the
        // saved one is used.
        let own = ownSecret == databaseName ? saved ?? ownSecret : ownSecret
        var source = Migration.Source(
            address: Migration.Address(host: databaseHost, port: databasePort),
            secretName: own ?? saved ?? databaseName,
            userKey: "", passwordKey: administratorKey, trust: nil)
        source.user = Self.administrator
        return source
    }

    // MARK: Backstage at the chart's own database

    /// The superuser of the chart's own server.
    public static let administrator = "postgres"
    public static let connectionUser: YAMLPath = [
        "backstage", "appConfig", "backend", "database", "connection", "user",
    ]

    /// The role that the subchart makes. The chart passes its name and password to Backstage.
    var databaseUser: String { key(["postgresql", "auth", "username"]) ?? "bn_backstage" }

    /// The role in the values' app-config, if it is written out and not a variable.
    var literalUser: String? { text(Self.connectionUser).flatMap { $0.contains("$") ? nil : $0 } }

    /// A role at the chart's own database.
    public struct Role: Sendable {
        public var name: String
        public var passwordKey: String
    }

    /// The role by which Backstage uses the chart's own database; `nil` if it is the administrator, which is the
    /// default of RHDH's chart.
    public var localRole: Role? {
        let name = literalUser ?? (chart == .rhdh ? Self.administrator : databaseUser)
        return name == Self.administrator ? nil : Role(name: name, passwordKey: userKey)
    }

    // MARK: The orchestrator

    /// Whether the chart installs the orchestrator, whose services have a database beside Backstage's. It does not if another
    /// chart brings the operator of the services.
    public var hasOrchestrator: Bool {
        chart == .rhdh && root[at: ["orchestrator", "enabled"]]?.isTrueToHelm == true
            && root[at: ["orchestrator", "serverlessLogicOperator", "enabled"]]?.isTrueToHelm != false
    }

    public static let orchestratorDatabase = "sonataflow"

    /// The schemas of the orchestrator's services: as their operator calls them at the chart's own database, and as the
    /// chart's templates do at another server.
    public static let orchestratorSchemas = [
        (own: "sonataflow-platform-data-index-service", elsewhere: "data-index-service"),
        (own: "sonataflow-platform-jobs-service", elsewhere: "jobs-service"),
    ]

    /// Whether the services use other schemas once they have moved.
    public var renamesSchemas: Bool { hasOrchestrator && runsDatabase }
}

extension String {
    var nonEmpty: String? { isEmpty ? nil : self }
}
