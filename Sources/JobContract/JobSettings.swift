/// The Job's settings, each declared once with its variable, its form, its default and its meaning.
public struct JobSettings: Sendable {
    @Setting(.namespace, .objectName, meaning: "Namespace of the Backstage instance.")
    public var namespace: String

    @Setting(.instance, .objectName, meaning: "Name of the Backstage custom resource.")
    public var instance: String

    @Setting(
        .generation, .number(1, in: 1...1_000_000),
        meaning: "Counts deliberate new migrations of the same instance; part of the migration's identity.")
    public var generation: Int

    @Setting(
        .direction, .choice(.forward),
        meaning: "forward, or rollback to the server that an earlier migration of the same generation left.")
    public var direction: Direction

    /// `nil`: at once.
    @Setting(
        .notBefore, .instant,
        meaning: "Instant (RFC 3339, with its offset) before which nothing is fenced; until then the copy keeps up "
            + "with the source.")
    public var notBefore: StartTime?

    @Setting(
        .connectPatience, .number(0, in: 0...3600),
        meaning:
            "Seconds for which a server that is not there yet is asked again: its name is not resolved, it refuses "
            + "connections, is starting, or has no slot free.")
    public var connectPatienceSeconds: Int

    // Absent when the operator has deleted its Secret: only a published target lets the Job end well then.
    @Setting(.sourceHost, .text(""), meaning: "Host of the PostgreSQL server that is left.")
    public var sourceHost: String

    @Setting(.sourcePort, .number(5432, in: 1...65535), meaning: "Its port.")
    public var sourcePort: Int

    @Setting(.sourceUser, .name(""), meaning: "The role that reads and fences its databases.")
    public var sourceUser: ByteText

    @Setting(.sourcePassword, .text(""), isSecret: true, meaning: "That role's password.")
    public var sourcePassword: String

    @Setting(
        .sourceSecret, .text(""),
        meaning: "Name of the Secret that the source's credentials come from, for messages.")
    public var sourceSecret: String

    @Setting(
        .sourceTLSMode, .choice(.disable),
        meaning: "TLS towards the source: disable, or libpq's require, verify-ca, verify-full.")
    public var sourceTLSMode: TLSMode

    @Setting(
        .sourceCAFile, .text(""),
        meaning: "PEM file with the certificate authorities that vouch for the source.")
    public var sourceCAFile: String

    @Setting(.sourceDatabase, .name("postgres"), meaning: "Database that the Job connects to first at the source.")
    public var sourceDatabase: ByteText

    @Setting(.targetHost, .required, meaning: "Host of the PostgreSQL server that is moved to.")
    public var targetHost: String

    @Setting(.targetPort, .number(5432, in: 1...65535), meaning: "Its port.")
    public var targetPort: Int

    @Setting(.targetUser, .requiredName, meaning: "The role that creates and fills its databases.")
    public var targetUser: ByteText

    @Setting(.targetPassword, .required, isSecret: true, meaning: "That role's password.")
    public var targetPassword: String

    @Setting(
        .targetTLSMode, .choice(.verifyFull),
        meaning: "TLS towards the target: disable, or libpq's require, verify-ca, verify-full.")
    public var targetTLSMode: TLSMode

    @Setting(
        .targetCAFile, .text(""),
        meaning: "PEM file with the certificate authorities that vouch for the target.")
    public var targetCAFile: String

    @Setting(.targetDatabase, .name("postgres"), meaning: "Database that the Job connects to first at the target.")
    public var targetDatabase: ByteText

    @Setting(
        .targetOwner, .name(""),
        meaning: "The role that owns the published databases; the target's user when empty.")
    public var targetOwner: ByteText

    /// Empty if the role exists.
    @Setting(
        .targetOwnerPassword, .text(""), isSecret: true,
        meaning: "That role's password: the Job logs in as the owner to fill its databases, and makes the role where "
            + "it is not there yet.")
    public var ownerPassword: String

    @Setting(.targetOwnerCreatesDatabases, .flag(true), meaning: "Whether that role may create databases: on or off.")
    public var ownerCreatesDatabases: Bool

    @Setting(
        .include, .names("*"),
        meaning: "Patterns of the databases to move, comma-separated; * and ? as in a shell.")
    public var include: [ByteText]

    @Setting(
        .exclude, .names(""),
        meaning: "Patterns of the databases to leave, comma-separated; they win over the included.")
    public var exclude: [ByteText]

    @Setting(
        .emptyDatabases, .names(""),
        meaning: "Databases that must exist at the target although the source has none, comma-separated.")
    public var emptyDatabases: [ByteText]

    @Setting(
        .existingDatabases, .choice(.refuse),
        meaning: "What to do with a non-empty database of a wanted name: refuse, or setAside (rename it).")
    public var existingDatabases: ExistingDatabasePolicy

    @Setting(
        .fence, .flag(true),
        meaning: "Whether writes at the source are refused before the databases are published: on or off.")
    public var fence: Bool

    @Setting(
        .precopy, .flag(true),
        meaning: "Whether everything is copied before the fence, so that it stands for the last changes alone: on, or "
            + "off for a fence around the whole copy.")
    public var precopy: Bool

    @Setting(
        .cutover, .choice(.auto),
        meaning: "When the fence falls: auto (as soon as the copy keeps up, and not before the start time), or "
            + "onCommand ('rehome-job go').")
    public var cutover: CutoverPolicy

    @Setting(
        .maxFence, .number(60, in: 0...86_400),
        meaning: "Seconds after which a fence is lifted again if nothing is published; it is tried again later. 0 for "
            + "no limit.")
    public var maxFenceSeconds: Int

    @Setting(
        .pace, .choice(.gentle),
        meaning: "How the source is read while it is written to: gentle (slower as soon as its answers take longer) "
            + "or full.")
    public var pace: Pace

    @Setting(
        .sourceFunctions, .choice(.auto),
        meaning:
            "Whether a superuser's rights may be used at the source: auto or never. They serve to read the log and to find "
            + "changed blocks, by functions in transactions that are rolled back, and to make open sessions read-only "
            + "through the configuration under the fence.")
    public var sourceFunctions: SourceFunctions

    @Setting(
        .doors, .number(0, in: 0...100),
        meaning: "How many new pods the fence waits for ('rehome-job wait' in an init container); 0 for none.")
    public var doors: Int

    @Setting(
        .doorPatience, .number(900, in: 0...86_400),
        meaning: "Seconds after which the fence falls without them.")
    public var doorPatience: Int

    @Setting(
        .workers, .number(4, in: 1...64),
        meaning:
            "How many tables are copied or indexes built at once; half as many tables again while a server that is far away or slow lets others wait."
    )
    public var workers: Int

    @Setting(
        .pods, .number(1, in: 1...64),
        meaning: "How many pods share the work; the others help the one that holds the migration's lock. More than "
            + "one need the fence.")
    public var pods: Int

    @Setting(
        .splitTablesAtMiB, .number(1024, in: 1...1_000_000),
        meaning: "Size in MiB from which on a table is copied in parts, by several workers at once.")
    public var splitTablesAtMiB: Int

    @Setting(
        .clearTaskTickets, .flag(false),
        meaning: "Whether scheduled tasks are released at the target from the pods that ran them: on or off.")
    public var clearTaskTickets: Bool

    @Setting(
        .acceptGeneratedDifferences, .flag(false),
        meaning: "Whether generated columns may differ where the columns that they are computed from are equal: on or "
            + "off.")
    public var acceptGeneratedDifferences: Bool

    @Setting(
        .administratorObjects, .choices,
        meaning:
            "Kinds of objects to be made at the target although only an administrator can, comma-separated: "
            + "\(AdministratorObject.allCases.map(\.rawValue).joined(separator: ", ")); others are left out and named.")
    public var administratorObjects: Set<AdministratorObject>

    @Setting(
        .privileges, .choice(.ownerOnly),
        meaning: "Whose privileges come over: keep (of every role that the target has) or ownerOnly. What was revoked "
            + "from everybody stays so.")
    public var privileges: PrivilegePolicy

    @Setting(.gate, .choice(.job), meaning: "Who leaves the receipt that opens the cut-over: job, manual or none.")
    public var gate: Gate

    @Setting(.receiptName, .text(""), meaning: "Name of the receipt, a ConfigMap in the same namespace.")
    public var receiptName: String

    @Setting(
        .report, .flag(false),
        meaning: "Whether a report is left as a ConfigMap beside the receipt, named like it with -report after it: on "
            + "or off.")
    public var report: Bool

    @Setting(
        .logFormat, .choice(.text),
        meaning: "Form of the log: text, or json (one object a line, docs/job-log.schema.json; with a manual gate the "
            + "receipt is one of them).")
    public var logFormat: LogFormat

    @Setting(
        .pushgateway, .url,
        meaning: "URL of a Prometheus Pushgateway that is told phase, bytes, seconds fenced and result; empty for "
            + "none.")
    public var pushgateway: String

    /// Settings that are set and differ from the default, by name; no secrets.
    public let given: [String: String]

    /// The address of a server, the login, and how the connection is protected.
    public struct Server: Sendable {
        public var host: String
        public var port: Int
        public var user: ByteText
        public var password: String
        public var database: ByteText
        public var tls: TLSMode
        /// PEM file of the authorities; empty for the system's own.
        public var caFile: String
    }

    public var source: Server {
        Server(
            host: sourceHost, port: sourcePort, user: sourceUser, password: sourcePassword, database: sourceDatabase,
            tls: sourceTLSMode, caFile: sourceCAFile)
    }

    public var target: Server {
        Server(
            host: targetHost, port: targetPort, user: targetUser, password: targetPassword, database: targetDatabase,
            tls: targetTLSMode, caFile: targetCAFile)
    }

    /// Whether the environment names a source. It does not once the operator has deleted its Secret.
    public var hasSource: Bool { !sourceHost.isEmpty && !sourceUser.isEmpty }
    /// The role that owns what is published.
    public var owner: ByteText { targetOwner.isEmpty ? targetUser : targetOwner }
    /// Seconds after which a fence is lifted again if nothing is published; `nil` for no limit.
    public var maxFence: Double? { maxFenceSeconds == 0 ? nil : Double(maxFenceSeconds) }
    /// A table of at least this many bytes is copied in parts.
    public var splitLimit: Int { splitTablesAtMiB * 1024 * 1024 }

    /// - Throws: ``SettingsError`` with every problem found, not only the first.
    public init(environment: [String: String]) throws(SettingsError) {
        given = Self.given(in: environment)
        var problems: [String] = []
        for declaration in declared { declaration.read(environment, &problems) }
        checkTogether(&problems)
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    private func checkTogether(_ problems: inout [String]) {
        func needs(_ setting: JobSetting, found: String? = nil, _ expected: String) {
            problems.append(SettingMismatch(found: found, expected: expected).problem(with: setting))
        }
        if owner != targetUser && ownerPassword.isEmpty {
            needs(
                .targetOwnerPassword, "the password of \(owner): the Job works in its databases as their owner")
        }
        if pods > 1 && !fence {
            needs(
                .pods, found: "'\(pods)' without a fence",
                "1, or \(JobSetting.fence.rawValue)=on: the pods' snapshots agree only while nobody writes")
        }
        if gate != .none && receiptName.isEmpty {
            needs(.receiptName, "the receipt's name, since the gate is '\(gate.rawValue)'")
        }
        if report && receiptName.isEmpty {
            needs(.receiptName, "the receipt's name, since the report is named after it")
        }
    }

    /// The settings before any variable is read.
    private init() { given = [:] }

    static let declarations = Dictionary(
        JobSettings().declared.map { ($0.setting, $0) }, uniquingKeysWith: { first, _ in first })

    /// The declarations, found by reflection, in the order in which they stand.
    private var declared: [any SettingDeclaration] {
        Mirror(reflecting: self).children.compactMap { $0.value as? any SettingDeclaration }
    }

    /// Variables that are set and differ from the default, except secrets.
    private static func given(in environment: [String: String]) -> [String: String] {
        var given: [String: String] = [:]
        for setting in JobSetting.allCases where !setting.isSecret {
            guard let value = environment[setting.rawValue], !value.isEmpty, value != setting.defaultValue else {
                continue
            }
            given[setting.rawValue] = VisibleText.of(value)
        }
        return given
    }
}

/// Problems of one or more environment variables, by which the Job cannot work.
public struct SettingsError: Error, CustomStringConvertible {
    public var problems: [String]
    public var description: String { problems.joined(separator: "\n") }
}
