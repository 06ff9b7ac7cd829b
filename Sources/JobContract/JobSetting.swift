/// One environment variable of the Job: the generator writes it, `rehome-job` reads it.
public enum JobSetting: String, CaseIterable, Sendable {
    case namespace = "REHOME_NAMESPACE"
    case instance = "REHOME_INSTANCE"
    case generation = "REHOME_GENERATION"
    case direction = "REHOME_DIRECTION"
    case notBefore = "REHOME_NOT_BEFORE"

    case sourceHost = "REHOME_SOURCE_HOST"
    case sourcePort = "REHOME_SOURCE_PORT"
    case sourceUser = "REHOME_SOURCE_USER"
    case sourcePassword = "REHOME_SOURCE_PASSWORD"
    case sourceSecret = "REHOME_SOURCE_SECRET"
    case sourceTLSMode = "REHOME_SOURCE_SSLMODE"
    case sourceCAFile = "REHOME_SOURCE_CA_FILE"
    case sourceDatabase = "REHOME_SOURCE_DATABASE"

    case targetHost = "REHOME_TARGET_HOST"
    case targetPort = "REHOME_TARGET_PORT"
    case targetUser = "REHOME_TARGET_USER"
    case targetPassword = "REHOME_TARGET_PASSWORD"
    case targetTLSMode = "REHOME_TARGET_SSLMODE"
    case targetCAFile = "REHOME_TARGET_CA_FILE"
    case targetDatabase = "REHOME_TARGET_DATABASE"
    case targetOwner = "REHOME_TARGET_OWNER"
    case targetOwnerPassword = "REHOME_TARGET_OWNER_PASSWORD"
    case targetOwnerCreatesDatabases = "REHOME_TARGET_OWNER_CREATEDB"

    case include = "REHOME_INCLUDE"
    case exclude = "REHOME_EXCLUDE"
    case emptyDatabases = "REHOME_EMPTY_DATABASES"
    case existingDatabases = "REHOME_EXISTING_DATABASES"
    case fence = "REHOME_FENCE"
    case precopy = "REHOME_PRECOPY"
    case cutover = "REHOME_CUTOVER"
    case maxFence = "REHOME_MAX_FENCE"
    case pace = "REHOME_PACE"
    case sourceFunctions = "REHOME_SOURCE_FUNCTIONS"
    case doors = "REHOME_DOORS"
    case doorPatience = "REHOME_DOOR_PATIENCE"
    case workers = "REHOME_WORKERS"
    case pods = "REHOME_PODS"
    case splitTablesAtMiB = "REHOME_SPLIT_TABLES_AT_MIB"
    case clearTaskTickets = "REHOME_CLEAR_TASK_TICKETS"
    case acceptGeneratedDifferences = "REHOME_ACCEPT_GENERATED_DIFFERENCES"
    case administratorObjects = "REHOME_ADMINISTRATOR_OBJECTS"
    case privileges = "REHOME_PRIVILEGES"

    case gate = "REHOME_GATE"
    case receiptName = "REHOME_RECEIPT_NAME"
    case report = "REHOME_REPORT"
    case logFormat = "REHOME_LOG_FORMAT"
    case pushgateway = "REHOME_PUSHGATEWAY"

    /// What the variable means, in one sentence.
    public var meaning: String {
        switch self {
        case .namespace: "Namespace of the Backstage instance."
        case .instance: "Name of the Backstage custom resource."
        case .generation: "Counts deliberate new migrations of the same instance; part of the migration's identity."
        case .direction: "forward, or rollback to the server that an earlier migration of the same generation left."
        case .notBefore:
            "Instant (RFC 3339, with its offset) before which nothing is fenced; until then the copy keeps up with the source."
        case .sourceHost: "Host of the PostgreSQL server that is left."
        case .sourcePort: "Its port."
        case .sourceUser: "The role that reads and fences its databases."
        case .sourcePassword: "That role's password."
        case .sourceSecret: "Name of the Secret that the source's credentials come from, for messages."
        case .sourceTLSMode: "TLS towards the source: disable, or libpq's require, verify-ca, verify-full."
        case .sourceCAFile: "PEM file with the certificate authorities that vouch for the source."
        case .sourceDatabase: "Database that the Job connects to first at the source."
        case .targetHost: "Host of the PostgreSQL server that is moved to."
        case .targetPort: "Its port."
        case .targetUser: "The role that creates and fills its databases."
        case .targetPassword: "That role's password."
        case .targetTLSMode: "TLS towards the target: disable, or libpq's require, verify-ca, verify-full."
        case .targetCAFile: "PEM file with the certificate authorities that vouch for the target."
        case .targetDatabase: "Database that the Job connects to first at the target."
        case .targetOwner: "The role that owns the published databases; the target's user when empty."
        case .targetOwnerPassword:
            "That role's password: the Job logs in as the owner to fill its databases, and makes the role where it is not there yet."
        case .targetOwnerCreatesDatabases: "Whether that role may create databases: on or off."
        case .include: "Patterns of the databases to move, comma-separated; * and ? as in a shell."
        case .exclude: "Patterns of the databases to leave, comma-separated; they win over the included."
        case .emptyDatabases: "Databases that must exist at the target although the source has none, comma-separated."
        case .existingDatabases:
            "What to do with a non-empty database of a wanted name: refuse, or setAside (rename it)."
        case .fence: "Whether writes at the source are refused before the databases are published: on or off."
        case .precopy:
            "Whether everything is copied before the fence, so that it stands for the last changes alone: on, or off for a fence around the whole copy."
        case .cutover:
            "When the fence falls: auto (as soon as the copy keeps up, and not before the start time), or onCommand ('rehome-job go')."
        case .maxFence:
            "Seconds after which a fence is lifted again if nothing is published; it is tried again later. 0 for no limit."
        case .pace:
            "How the source is read while it is written to: gentle (slower as soon as its answers take longer) or full."
        case .sourceFunctions:
            "Whether functions may be made at the source, in transactions that are rolled back, to find changed blocks: auto or never."
        case .doors: "How many new pods the fence waits for ('rehome-job wait' in an init container); 0 for none."
        case .doorPatience: "Seconds after which the fence falls without them."
        case .workers: "How many tables are copied or indexes built at once."
        case .pods:
            "How many pods share the work; the others help the one that holds the migration's lock. More than one need the fence."
        case .splitTablesAtMiB: "Size in MiB from which on a table is copied in parts, by several workers at once."
        case .clearTaskTickets:
            "Whether scheduled tasks are released at the target from the pods that ran them: on or off."
        case .acceptGeneratedDifferences:
            "Whether generated columns may differ where the columns that they are computed from are equal: on or off."
        case .administratorObjects:
            "Kinds of objects to be made at the target although only an administrator can, comma-separated: \(AdministratorObject.allCases.map(\.rawValue).joined(separator: ", ")); others are left out and named."
        case .privileges:
            "Whose privileges come over: keep (of every role that the target has) or ownerOnly. What was revoked from everybody stays so."
        case .logFormat:
            "Form of the log: text, or json (one object a line, docs/job-log.schema.json; with a manual gate the receipt follows as it is)."
        case .gate: "Who leaves the receipt that opens the cut-over: job, manual or none."
        case .receiptName: "Name of the receipt, a ConfigMap in the same namespace."
        case .report:
            "Whether a report is left as a ConfigMap beside the receipt, named like it with -report after it: on or off."
        case .pushgateway:
            "URL of a Prometheus Pushgateway that is told phase, bytes, seconds fenced and result; empty for none."
        }
    }

    /// The value that an absent variable stands for; `nil` where the Job cannot go on without one.
    public var defaultValue: String? {
        switch self {
        case .namespace, .instance, .targetHost, .targetUser, .targetPassword: nil
        // Absent when the operator has deleted its Secret: only a published target lets the Job end well then.
        case .sourceHost, .sourceUser, .sourcePassword: ""
        case .generation: "1"
        case .direction: Direction.forward.rawValue
        case .notBefore: ""
        case .sourcePort, .targetPort: "5432"
        case .sourceSecret, .sourceCAFile, .targetCAFile, .targetOwner, .targetOwnerPassword, .exclude, .emptyDatabases,
            .administratorObjects, .receiptName, .pushgateway:
            ""
        case .sourceTLSMode: "disable"
        case .targetTLSMode: "verify-full"
        case .sourceDatabase, .targetDatabase: "postgres"
        case .include: "*"
        case .existingDatabases: ExistingDatabasePolicy.refuse.rawValue
        case .fence, .precopy, .targetOwnerCreatesDatabases: "on"
        case .cutover: CutoverPolicy.auto.rawValue
        case .maxFence: "60"
        case .pace: Pace.gentle.rawValue
        case .sourceFunctions: SourceFunctions.auto.rawValue
        case .doors: "0"
        case .doorPatience: "900"
        case .workers: "4"
        case .pods: "1"
        case .splitTablesAtMiB: "1024"
        case .clearTaskTickets, .acceptGeneratedDifferences, .report: "off"
        case .privileges: PrivilegePolicy.ownerOnly.rawValue
        case .gate: Gate.job.rawValue
        case .logFormat: LogFormat.text.rawValue
        }
    }

    /// Whether the value must come from a Secret and never be shown.
    public var isSecret: Bool {
        [.sourcePassword, .targetPassword, .targetOwnerPassword].contains(self)
    }
}

/// Who leaves the receipt, the ConfigMap that the cut-over CR waits for.
public enum Gate: String, CaseIterable, Sendable {
    /// `rehome-job`, through the Kubernetes API, once everything is published.
    case job
    /// A person or CI, from the manifest that the Job prints.
    case manual
    /// Nobody: the order of the engine is the only safety.
    case none
}

/// Form of the Job's log.
public enum LogFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// One object a line.
    case json
}

/// When the fence falls.
public enum CutoverPolicy: String, CaseIterable, Sendable {
    /// As soon as the copy keeps up with the source, and not before ``JobSetting/notBefore``.
    case auto
    /// When a person says so, with ``JobCommand/go``.
    case onCommand
}

/// How the source is read while Backstage writes to it.
public enum Pace: String, CaseIterable, Sendable {
    /// Slower as soon as the source takes longer to answer.
    case gentle
    /// As fast as it goes.
    case full
}

/// Whether functions of the server's own extensions may be made at the source, in transactions that are rolled back.
public enum SourceFunctions: String, CaseIterable, Sendable {
    case auto, never
}

/// Whose privileges on the databases' objects come over.
public enum PrivilegePolicy: String, CaseIterable, Sendable {
    /// Those of every role that the target has.
    case keep
    /// The owner's alone.
    case ownerOnly
}

/// What becomes of a target database that has a wanted name and is not Rehome's.
public enum ExistingDatabasePolicy: String, CaseIterable, Sendable {
    /// Stop, unless it holds no user objects.
    case refuse
    /// Rename it aside in the publishing transaction; nothing is dropped.
    case setAside
}

/// How a connection is encrypted and its peer checked; libpq's `sslmode` (PostgreSQL manual, 34.19).
public enum TLSMode: String, CaseIterable, Sendable {
    case disable
    case require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
}
