import YAMLTree

/// What the subchart makes in the cluster for Backstage's database.
extension HelmRelease {
    private static let primary: YAMLPath = ["postgresql", "primary"]
    private static let replicas: YAMLPath = ["postgresql", "readReplicas"]

    /// The values of each server, and its StatefulSet.
    private var servers: [(values: YAMLPath, statefulSet: String)] {
        isReplicated
            ? [(Self.primary, "\(databaseName)-primary"), (Self.replicas, "\(databaseName)-read")]
            : [(Self.primary, databaseName)]
    }

    public var databaseStatefulSets: [String] { servers.map(\.statefulSet) }

    // MARK: Objects

    /// The labels that Bitnami's chart gives all that it makes.
    public var databaseSelector: String {
        "app.kubernetes.io/instance=\(name),app.kubernetes.io/name=\(text(["postgresql", "nameOverride"]) ?? "postgresql")"
    }

    /// The kinds of what the subchart makes, and a pod of its needs, but for ``databaseKeptKinds``.
    public static let databaseKinds = [
        "statefulset", "service", "configmap", "serviceaccount", "role", "rolebinding", "networkpolicy",
        "poddisruptionbudget", "cronjob",
    ]
    /// The kinds of what holds the data, or opens it.
    public static let databaseKeptKinds = ["secret", "persistentvolumeclaim"]

    // MARK: Data

    /// The volume claims with the data: those that the values name, or that Kubernetes makes for a StatefulSet. Helm knows
    /// none of the latter. Empty where the data is in the pod alone.
    public var volumeClaims: [String] {
        servers.compactMap { server in
            guard persists(server.values) else { return nil }
            return claim(server.values) ?? "data-\(server.statefulSet)-0"
        }
    }

    private func persists(_ server: YAMLPath) -> Bool {
        node(server + ["persistence", "enabled"])?.isTrueToHelm ?? true
    }

    private func claim(_ server: YAMLPath) -> String? { text(server + ["persistence", "existingClaim"]) }

    /// Where the values say that the data is in the pod alone.
    var lackOfPersistence: YAMLNode? { persists(Self.primary) ? nil : node(Self.primary + ["persistence", "enabled"]) }

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
