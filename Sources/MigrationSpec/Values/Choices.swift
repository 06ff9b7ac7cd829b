import JobContract
public import SecretSealing

/// The kind of cluster, where Kubernetes and OpenShift need different things.
public enum Platform: String, ChoiceValue {
    /// The namespace's security constraint assigns user and group. A manifest that sets others is refused.
    case openshift
    /// The manifest must set the image's group, or PostgreSQL cannot read its volume and its key.
    case kubernetes
}

/// Where the certificate of a PostgreSQL that is rendered comes from.
public enum ServerTLS: String, ChoiceValue {
    /// From a Secret that is in the cluster already; clients check chain and host name.
    case verifyFull = "verify-full"
    /// There is no TLS: everything, passwords included, crosses the network unencrypted.
    case disabled
}

/// How many Applications Argo CD has.
public enum ArgoCDLayout: String, ChoiceValue {
    /// One Application over all stages, which waits for one before it goes on to the next.
    case waves
    /// One Application for each stage, to be synced in order by a person or another program.
    case perStage
}

/// The families of PostgreSQL images whose conventions are known.
public enum ImageFamily: String, ChoiceValue {
    /// https://github.com/sclorg/postgresql-container, and Red Hat's images.
    case sclorg
    /// https://github.com/docker-library/postgres.
    case official

    /// Finds the family by the image's name, without registry, tag and digest.
    init(image: String) {
        let name = image.split(separator: "/").last ?? ""
        self = name.prefix { $0 != ":" && $0 != "@" } == "postgres" ? .official : .sclorg
    }
}

/// How many servers a cluster has.
public struct InstanceCount: IntegerValue {
    public static let range = 1...100
    public let rawValue: Int
    public init(checked: Int) { rawValue = checked }
}

/// How many pods copy at once.
public struct PodCount: IntegerValue {
    public static let range = 1...64
    public let rawValue: Int
    public init(checked: Int) { rawValue = checked }
}

/// A size in MiB.
public struct MebibyteCount: IntegerValue {
    public static let range = 1...1_000_000
    public let rawValue: Int
    public init(checked: Int) { rawValue = checked }
}

/// The provider of a managed server.
public enum Provider: String, ChoiceValue {
    case generic, amazonRDS, azureFlexibleServer, googleCloudSQL

    /// Finds the provider by the form of its servers' names.
    init(host: String) {
        let name = host.lowercased()
        self =
            if name.hasSuffix(".rds.amazonaws.com") || name.hasSuffix(".rds.amazonaws.com.cn") {
                .amazonRDS
            } else if name.hasSuffix(".postgres.database.azure.com") {
                .azureFlexibleServer
            } else if name.hasSuffix(".sql.goog") || name.hasSuffix(".sql.goog.") {
                .googleCloudSQL
            } else {
                .generic
            }
    }
}

/// The kinds of issuer that cert-manager has.
public enum IssuerKind: String, ChoiceValue {
    case clusterIssuer = "ClusterIssuer"
    case issuer = "Issuer"
}

/// Where the Backstage CR lives, and so who changes it.
public enum CutoverMode: String, ChoiceValue {
    /// Rehome renders its own CR from the file. For a CR that no engine applies yet.
    case copy
    /// Rehome edits the team's own file, and whatever applies it now goes on doing so.
    case inPlace
    /// Rehome renders a kustomize Component that changes the CR which Helm or kustomize renders.
    case patch
    /// Only a person changes it; the runbook lists the fields.
    case none
}

/// The part of a migration's life that is rendered.
public enum Phase: String, ChoiceValue {
    /// The new database, and a copy that publishes nothing; the CR is not touched.
    case prepare
    /// Everything that moves Backstage.
    case migrate
    /// The steady state after the move: no Job, no gate, no local database.
    case done
    /// Everything that moves Backstage back, with what was written since.
    case rollback

    /// Whether the phase prepares or does the move away from the old database.
    var leadsAway: Bool { self == .prepare || self == .migrate }
}

/// How far a rollback goes. The local database must be up before Backstage leaves the target.
public enum RollbackStep: String, ChoiceValue {
    /// The local database is started, and the Job copies back. Backstage stays where it is.
    case copyBack
    /// Backstage goes back, once the Job has left its receipt.
    case cutoverBack
}

/// The kinds of store that the External Secrets Operator knows.
public enum SecretStoreKind: String, ChoiceValue {
    case clusterSecretStore = "ClusterSecretStore"
    case secretStore = "SecretStore"
}

/// The version of the External Secrets Operator's API.
public enum ExternalSecretsVersion: String, ChoiceValue {
    /// From release 0.16 on.
    case v1
    /// Up to release 0.16.
    case v1beta1
}

/// What happens to the operator's own database when Backstage moves.
public enum LocalDatabase: String, ChoiceValue {
    /// `enableLocalDb` is not changed: the fenced database is kept.
    case keep
    /// `enableLocalDb: false`.
    case retire
}

extension SealingScope: ChoiceValue {}
extension Gate: ChoiceValue {}
extension ExistingDatabasePolicy: ChoiceValue {}
extension AdministratorObject: ChoiceValue {}
extension PrivilegePolicy: ChoiceValue {}
extension CutoverPolicy: ChoiceValue {}
extension Pace: ChoiceValue {}
extension LogFormat: ChoiceValue {}
extension SourceFunctions: ChoiceValue {}

/// A TCP port.
public struct Port: IntegerValue {
    public static let range = 1...65535
    public let rawValue: Int
    public init(checked: Int) { rawValue = checked }
    static let postgres = Port(checked: 5432)
}

/// A count of at least one.
public struct Count: IntegerValue {
    public static let range = 1...1_000_000
    public let rawValue: Int
    public init(checked: Int) { rawValue = checked }
}

/// The number of an attempt of the same Job. Three digits fit into the Job's name.
public struct AttemptNumber: IntegerValue {
    public static let range = 1...999
    public let rawValue: Int
    public init(checked: Int) { rawValue = checked }
}

/// How many tables are worked on at once.
public struct WorkerCount: IntegerValue {
    public static let range = 1...64
    public let rawValue: Int
    public init(checked: Int) { rawValue = checked }
}

/// How many pods of a Job may fail before the Job fails.
public struct RetryCount: IntegerValue {
    public static let range = 0...100
    public let rawValue: Int
    public init(checked: Int) { rawValue = checked }
}
