public import YAMLTree

/// The objects that the subchart makes in the cluster for Backstage's database.
extension HelmRelease {
    private static let primary: YAMLPath = ["postgresql", "primary"]
    private static let replicas: YAMLPath = ["postgresql", "readReplicas"]

    /// The values of each server, and its StatefulSet.
    private var servers: [(values: YAMLPath, statefulSet: String)] {
        guard isReplicated else { return [(Self.primary, databaseName)] }
        return [(Self.primary, databaseHost), (Self.replicas, serverName(of: "readReplicas"))]
    }

    // MARK: Objects

    /// The StatefulSets and Services, by the names that Bitnami's templates give them (`primary/`, `read/`). Labels do not
    /// always find them: Argo CD may replace the release's name in a label by the Application's.
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

    /// The Secret that the chart has made, and the volume claims of its StatefulSets. They open the data, or hold it.
    public var databaseKeptObjects: [String] {
        let secret = madeSecret.map { ["secret/\($0)"] } ?? []
        return secret + servers.filter { claim($0.values) == nil }.flatMap(claims).map { "persistentvolumeclaim/\($0)" }
    }

    /// Endings of the objects' names after the database's name, as parts of a regular expression. They cover only what the
    /// subchart makes, since a name with another ending may belong to another database.
    public static let databaseEndings =
        "configuration|extended-configuration|init-scripts|preinit-scripts|metrics|ingress|egress|pgdumpall"
    public static let secretEndings = "crt|svcbind-.*"

    /// Kinds of other objects that the subchart may make. Its pods need some of them.
    public static let databaseKinds = [
        "configmap", "serviceaccount", "role", "rolebinding", "networkpolicy", "poddisruptionbudget", "cronjob",
    ]

    /// The label that Bitnami's chart gives all its objects, and that no engine changes.
    public var databaseSelector: String {
        "app.kubernetes.io/name=\(Self.cut(text(["postgresql", "nameOverride"]) ?? "postgresql"))"
    }

    /// The beginnings of the names of all objects of the subchart.
    public var databaseNames: [String] {
        let account: YAMLPath = ["postgresql", "serviceAccount"]
        let own = node(account + ["create"])?.isTrueToHelm ?? false ? text(account + ["name"]) : nil
        let names = [databaseName] + (isReplicated ? servers.map(\.statefulSet) : [])
        return names + [own].compactMap(\.self)
    }

    // MARK: Data

    /// The volume claims with the data: those that the values name, or that Kubernetes makes for a StatefulSet and Helm does
    /// not know. Empty if the data is in the pod only.
    public var volumeClaims: [String] {
        servers.flatMap { server in claim(server.values).map { persists(server.values) ? [$0] : [] } ?? claims(server) }
    }

    /// The volume claims that Kubernetes makes for a server's StatefulSet.
    private func claims(_ server: (values: YAMLPath, statefulSet: String)) -> [String] {
        guard persists(server.values) else { return [] }
        let volume = text(server.values + ["persistence", "volumeName"]) ?? "data"
        let replicas = server.values == Self.replicas ? text(Self.replicas + ["replicaCount"]).flatMap { Int($0) } : nil
        // More replicas than anybody has would only make the list long.
        return (0..<min(max(replicas ?? 1, 0), 16)).map { "\(volume)-\(server.statefulSet)-\($0)" }
    }

    private func persists(_ server: YAMLPath) -> Bool {
        node(server + ["persistence", "enabled"])?.isTrueToHelm ?? true
    }

    private func claim(_ server: YAMLPath) -> String? { text(server + ["persistence", "existingClaim"]) }

    /// The place in the values that says that there is no volume claim.
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
