/// The name of one environment variable of the Job, which the generator writes and `rehome-job` reads. ``JobSettings``
/// declares what it means.
public enum JobSetting: String, CaseIterable, Sendable {
    case namespace = "REHOME_NAMESPACE"
    case instance = "REHOME_INSTANCE"
    case generation = "REHOME_GENERATION"
    case direction = "REHOME_DIRECTION"
    case notBefore = "REHOME_NOT_BEFORE"
    case connectPatience = "REHOME_CONNECT_PATIENCE"

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
    public var meaning: String { declaration?.meaning ?? "" }

    /// The value of an absent variable; `nil` if the Job needs the variable.
    public var defaultValue: String? { declaration?.defaultValue }

    /// Whether the value must come from a Secret and never be shown.
    public var isSecret: Bool { declaration?.isSecret ?? true }

    /// The declaration in ``JobSettings``.
    private var declaration: (any SettingDeclaration)? { JobSettings.declarations[self] }
}
