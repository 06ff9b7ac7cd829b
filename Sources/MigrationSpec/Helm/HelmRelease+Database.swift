public import YAMLTree

/// What the subchart makes in the cluster for Backstage's database.
extension HelmRelease {
    private static let primary: YAMLPath = ["postgresql", "primary"]
    private static let replicas: YAMLPath = ["postgresql", "readReplicas"]

    /// The values of each server, and its StatefulSet.
    private var servers: [(values: YAMLPath, statefulSet: String)] {
        guard isReplicated else { return [(Self.primary, databaseName)] }
        return [(Self.primary, databaseHost), (Self.replicas, serverName(of: "readReplicas"))]
    }

    // MARK: Objects

    /// The StatefulSets and Services by the names that Bitnami's templates give them (`primary/`, `read/`). Labels do not find
    /// them everywhere: Argo CD may put an Application's name into the one with the release's.
    public var databaseObjects: [String] {
        let hasMetrics = node(["postgresql", "metrics", "enabled"])?.isTrueToHelm ?? false
        return servers.flatMap { server in
            let services = ["", "-hl"] + (hasMetrics ? ["-metrics"] : [])
            return ["statefulset/\(server.statefulSet)"]
                + services.map {
                    "service/\($0 == "-hl" ? Self.cut(server.statefulSet + $0) : server.statefulSet + $0)"
                }
        }
    }

    /// What holds the data, or opens it, and was not there before the chart.
    public var databaseKeptObjects: [String] {
        let secret = madeSecret.map { ["secret/\($0)"] } ?? []
        return secret + servers.filter { claim($0.values) == nil }.flatMap(claims).map { "persistentvolumeclaim/\($0)" }
    }

    /// How the names of its objects go on behind the database's, and those of its Secrets: parts of a regular expression. No
    /// more than what the subchart makes, since a name that goes on otherwise may be another database's.
    public static let databaseEndings =
        "configuration|extended-configuration|init-scripts|preinit-scripts|metrics|ingress|egress|pgdumpall"
    public static let secretEndings = "crt|svcbind-.*"

    /// The kinds of what else the subchart may make. A pod of its needs some of them.
    public static let databaseKinds = [
        "configmap", "serviceaccount", "role", "rolebinding", "networkpolicy", "poddisruptionbudget", "cronjob",
    ]

    /// The label that Bitnami's chart gives all that it makes, and that no engine changes.
    public var databaseSelector: String {
        "app.kubernetes.io/name=\(Self.cut(text(["postgresql", "nameOverride"]) ?? "postgresql"))"
    }

    /// What the names of all that the subchart makes begin with.
    public var databaseNames: [String] {
        let account: YAMLPath = ["postgresql", "serviceAccount"]
        let own = node(account + ["create"])?.isTrueToHelm ?? false ? text(account + ["name"]) : nil
        let names = [databaseName] + (isReplicated ? servers.map(\.statefulSet) : [])
        return names + [own].compactMap(\.self)
    }

    // MARK: Data

    /// The volume claims with the data: those that the values name, or that Kubernetes makes for a StatefulSet. Helm knows
    /// none of the latter. Empty where the data is in the pod alone.
    public var volumeClaims: [String] {
        servers.flatMap { server in claim(server.values).map { persists(server.values) ? [$0] : [] } ?? claims(server) }
    }

    /// Those that Kubernetes makes for a server's StatefulSet.
    private func claims(_ server: (values: YAMLPath, statefulSet: String)) -> [String] {
        guard persists(server.values) else { return [] }
        let volume = text(server.values + ["persistence", "volumeName"]) ?? "data"
        let replicas = server.values == Self.replicas ? text(Self.replicas + ["replicaCount"]).flatMap { Int($0) } : nil
        // More than anybody has, and little enough to be listed.
        return (0..<min(max(replicas ?? 1, 0), 16)).map { "\(volume)-\(server.statefulSet)-\($0)" }
    }

    private func persists(_ server: YAMLPath) -> Bool {
        node(server + ["persistence", "enabled"])?.isTrueToHelm ?? true
    }

    private func claim(_ server: YAMLPath) -> String? { text(server + ["persistence", "existingClaim"]) }

    /// Where the values say that the data is in the pod alone.
    public var lackOfPersistence: YAMLNode? {
        persists(Self.primary) ? nil : node(Self.primary + ["persistence", "enabled"])
    }

    /// Where the values let Kubernetes delete the claim together with the StatefulSet.
    var claimDeletion: YAMLNode? {
        let policy = Self.primary + ["persistentVolumeClaimRetentionPolicy"]
        guard persists(Self.primary), claim(Self.primary) == nil, node(policy + ["enabled"])?.isTrueToHelm ?? false,
            let deletion = node(policy + ["whenDeleted"]), deletion.scalar?.text == "Delete"
        else { return nil }
        return deletion
    }

    /// Whether the data goes with the StatefulSet.
    public var losesDataWithStatefulSet: Bool { lackOfPersistence != nil || claimDeletion != nil }
}
