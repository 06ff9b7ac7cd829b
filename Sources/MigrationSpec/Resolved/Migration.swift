public import YAMLTree
public import JobContract
import SystemPackage

/// A config with every default resolved and every file read: everything that rendering needs.
public struct Migration: Sendable {
    /// The target.
    public struct Target: Sendable {
        public enum Kind: Sendable {
            case statefulSet(StatefulSet)
            case cloudNativePG(Cluster)
            case operated(OperatedCluster)
            case external(Provider)
        }

        public var kind: Kind
        public var host: String
        public var port: Int
        /// The trusted authorities; `nil` where TLS is switched off.
        public var trust: Trust?
    }

    /// What the Job does and may use.
    public struct Copy: Sendable {
        public var image: String
        public var generation: Int
        public var attempt: Int
        /// RFC 3339; `nil` for at once.
        public var notBefore: String?
        public var longestWaitSeconds: Int
        /// How long the rehearsal took, according to the config.
        public var expectedDuration: String?
        public var include: [String]
        public var exclude: [String]
        public var emptyDatabases: [String]
        public var existingDatabases: ExistingDatabasePolicy
        public var fence: Bool
        /// Whether everything is copied before the fence.
        public var precopy: Bool
        public var cutover: CutoverPolicy
        /// Seconds that the fence may stand, 0 for no limit; `nil` for the Job's default.
        public var maxFenceSeconds: Int?
        public var pace: Pace
        public var sourceFunctions: SourceFunctions
        public var workers: Int
        /// Size in MiB from which on a table is copied in parts; `nil` for the Job's default.
        public var splitTablesAtMiB: Int?
        public var clearTaskTickets: Bool
        public var acceptGeneratedDifferences: Bool
        /// Kinds of objects that only an administrator can make, and that are to be made.
        public var administratorObjects: [AdministratorObject]
        public var privileges: PrivilegePolicy
        /// Whether the Job leaves a report as a ConfigMap.
        public var report: Bool
        /// How many pods.
        public var parallelism: Int
        public var deadlineSeconds: Int
        public var retries: Int
        public var logFormat: LogFormat
        /// Whether alert rules are rendered beside the Job.
        public var alerts: Bool
        public var resources: Resources
        public var pod: PodSettings
    }

    /// The init container that holds the new pods of Backstage until everything is published.
    public struct Door: Sendable, Equatable {
        /// How many new pods the roll-out makes before one of them is ready. The fence waits for that many.
        public var pods: Int
        public var patienceSeconds: Int
    }

    /// What applies the manifests from git.
    public enum Engine: Sendable {
        case argocd(ArgoCD)
        case flux(Flux)
    }

    public var name: String
    public var namespace: String
    /// The name of the instance: the CR's, or without a CR that of Backstage's Deployment.
    public var instance: String
    /// The Deployment that runs Backstage.
    public var deployment: String
    /// `nil` where no operator runs Backstage.
    public var backstage: BackstageResource?
    /// The release that installs Backstage; `nil` where Helm does not.
    public var helm: HelmRelease?
    /// The dynamic plugins; `nil` if the CR names no ConfigMap, or it is in no given file.
    public var plugins: DynamicPlugins?
    public var phase: Phase
    public var rollbackStep: RollbackStep
    public var operatorVersion: OperatorVersion?
    public var platform: Platform
    public var source: Source
    public var target: Target
    /// The credentials of Backstage, and of the Job unless there is an administrator.
    public var credentials: Credentials
    /// The credentials by which the Job makes Backstage's role; `nil` if both use the same role.
    public var administrator: Administrator?
    public var copy: Copy
    /// The CR's file as the config names it.
    public var backstageFile: String
    /// The dynamic plugins' file as the config names it, if it does.
    public var pluginsFile: String?
    /// The CR's file, and the others with manifests or app-configs of the instance that the config names.
    public var instanceFiles: [YAMLFile]
    public var cutover: CutoverMode
    public var localDatabase: LocalDatabase
    public var gate: Gate
    /// `nil` without a door.
    public var door: Door?
    /// The copy of the operator's database Secret.
    public var savedSecret: String?
    /// `nil` where a person applies the manifests.
    public var engine: Engine?
    public var hasOrchestrator: Bool
    /// What shows that the instance runs the orchestrator, whatever the config says.
    public var orchestratorEvidence: String?
    /// Whether ``hasOrchestrator`` comes from the instance's files and not from the config.
    public var orchestratorIsDerived: Bool
    public var orchestrator: Orchestrator
    /// Whether NetworkPolicies are rendered for the Job and the database.
    public var networkPolicies: Bool

    /// Whether the CR came on standard input, so that there is no file of it.
    public var readsStandardInput: Bool { backstageFile == InputFiles.standardInput.string }

    /// Whether the CR of this phase has the door. The way back has none: its cut-over is a separate commit, which an
    /// engine may not see before the Job has ended.
    public var hasDoor: Bool { door != nil && phase == .migrate }

    /// Whether this phase sets `enableLocalDb: false`.
    public var retiresLocalDatabase: Bool { phase == .done || (phase == .migrate && localDatabase == .retire) }

    /// The Secret that opens the local database on the way back: the user's own, the saved copy, or the operator's.
    public var localSecretName: String { backstage?.localSecretName ?? source.secretName }

    /// The database that the orchestrator's services share with its plugin.
    public static let orchestratorDatabase = "backstage_plugin_orchestrator"
    /// The database that Lightspeed's documentation names for conversations.
    public static let lightspeedDatabase = "rhdh-ls"
}
