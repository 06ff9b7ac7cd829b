public import YAMLTree

/// The Backstage CR, in the file that the team keeps.
public struct BackstageResource: Sendable {
    public let object: ManifestObject
    public let name: String
    /// The namespace in the file, if there is one.
    public let namespace: String?
    public let version: BackstageVersion
    /// The copy of the operator's database Secret, if the config names one.
    var savedSecret: String?

    public var file: YAMLFile { object.file }
    public var root: YAMLNode { object.root }

    /// The directory of extra files by default (CRD default of `extraFiles.mountPath`).
    public static let defaultMountPath = "/opt/app-root/src"
    /// The container that `extraEnvs` and `extraFiles` reach by default.
    public static let mainContainer = "backstage-backend"

    /// The init container that holds new pods until the databases are published.
    public static let doorContainer = "rehome-door"

    /// The CRD field that switches the operator's own database on, which it is by default.
    public static let enableLocalDb: YAMLPath = ["spec", "database", "enableLocalDb"]

    /// Whether the CR switches the operator's own database off. kubectl reads YAML 1.1, to which `no` and `off` are booleans.
    public var hasSwitchedOffDatabase: Bool { root[at: Self.enableLocalDb]?.resolved(.yaml11)?.bool == false }

    /// The operator's own StatefulSet and Service (rhdh-operator, `pkg/utils/utils.go`).
    public var localDatabaseName: String { "backstage-psql-\(name)" }
    /// The Secret that the operator makes for its own database.
    public var generatedSecretName: String { "backstage-psql-secret-\(name)" }
    /// The Secret that the CR names for the local database (CRD field `spec.database.authSecretName`). The operator makes one
    /// only if none is named.
    public var namedSecret: String? {
        root[at: ["spec", "database", "authSecretName"]]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The Secret of the user's own that the CR names for the local database, which the operator never deletes.
    public var ownSecretName: String? {
        namedSecret.flatMap { $0 == generatedSecretName || $0 == savedSecret ? nil : $0 }
    }

    /// The Secret that opens the local database. The saved copy comes before the operator's own, since the operator may
    /// have deleted or replaced that, and makes none after a rollback.
    public var localSecretName: String { ownSecretName ?? savedSecret ?? generatedSecretName }

    /// Every Secret from which something may have read the local database's credentials.
    public var localSecretNames: Set<String> {
        Set([namedSecret, savedSecret, generatedSecretName].compactMap { $0 })
    }

    /// Whether the CR enables the operator's flavour `orchestrator`, which exists from operator 1.10 on.
    public var hasOrchestratorFlavour: Bool {
        let flavours = root[at: ["spec", "flavours"]]?.items ?? []
        return flavours.contains { $0["name"]?.string == "orchestrator" && $0["enabled"]?.resolved(.yaml11) != false }
    }

    /// What in the CR or beside it shows that the instance runs the orchestrator; `nil` if nothing does.
    public var orchestratorEvidence: String? {
        if hasOrchestratorFlavour { return "the CR switches on the flavour 'orchestrator'" }
        // A workflow gets its services from the platform of its namespace.
        let kinds = ["SonataFlowPlatform", "SonataFlow"]
        return kinds.first { kind in file.objects.contains { $0.kind == kind } }.map { "\(file.name) holds a \($0)" }
    }
}
