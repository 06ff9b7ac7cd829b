import JobContract

public struct MigrationSection: Section {
    enum Keys {
        static let image = Field<ImageReference>("image", meaning: "The image of rehome-job, as your registry has it.")
        static let generation = Field<Count>(
            "generation", .defaultsTo(Count(checked: 1)),
            meaning: "Counts deliberate new migrations of the same instance.",
            consequence: "A new number makes a new Job and a new receipt; an old receipt opens nothing.")
        static let attempt = Field<AttemptNumber>(
            "attempt", .defaultsTo(AttemptNumber(checked: 1)),
            meaning: "Counts the tries of the same migration; raise it to run a Job again that has failed.",
            consequence: "It is part of the Job's name, since no engine runs a failed Job again by itself.")
        static let notBefore = Field<Instant>(
            "notBefore", .optional("at once"),
            meaning: "When the maintenance window opens: the instant at which the fence falls.",
            consequence:
                "The copy begins early enough before it, without a fence, and keeps up with the source; with precopy: false "
                + "nothing is copied until then.")
        static let longestWait = Field<TimeSpan>(
            "longestWait", .defaultsTo(TimeSpan(checked: "168h")),
            meaning: "How long before notBefore, or before a person's word, the Job may be created.",
            consequence:
                "Kubernetes counts activeDeadlineSeconds from the Job's creation, so with notBefore, or with cutover: onCommand, "
                + "this is added to deadline.")
        static let expectedDuration = Field<TimeSpan>(
            "expectedDuration", .optional("the runbook points at the rehearsal's log"),
            meaning: "How long the rehearsal took; the runbook says how long the copy takes.",
            consequence: "With precopy: false, that is how long users cannot write.")
        static let include = Field<[DatabasePattern]>(
            "include", .defaultsTo([DatabasePattern(checked: "*")]), meaning: "Patterns of the databases to move.")
        static let exclude = Field<[DatabasePattern]>(
            "exclude", .defaultsTo([]), meaning: "Patterns of the databases to leave; they win over the included.",
            consequence: "What is left out is lost when the local database's volume goes.")
        static let existingDatabases = Field<ExistingDatabasePolicy>(
            "existingDatabases", .defaultsTo(.refuse),
            meaning:
                "What to do with a non-empty database of a wanted name at the target: refuse, or setAside (rename it).")
        static let fence = Field<Bool>(
            "fence", .defaultsTo(true),
            meaning:
                "Whether writes at the source are refused before the databases are published: for the last changes alone, or "
                + "with precopy: false for the whole copy.",
            consequence: "Without it, somebody else must have stopped the writers, or the Job ends without publishing.")
        static let precopy = Field<Bool>(
            "precopy", .defaultsTo(true),
            meaning:
                "Whether everything is copied while Backstage works on, so that the fence stands for the last changes alone.",
            consequence: "With false the fence stands around the whole copy, minutes or hours.")
        static let cutover = Field<CutoverPolicy>(
            "cutover", .defaultsTo(.auto),
            meaning:
                "When the fence falls: auto (as soon as the copy keeps up, and not before notBefore), or onCommand (when a "
                + "person runs tools/cutover-now.yaml).",
            consequence: "With onCommand the copy keeps up until then, or until longestWait and deadline are over.")
        static let maxFence = Field<FenceLimit>(
            "maxFence", .optional("60s"),
            meaning: "How long writes may be refused, up to 24h; 0s for no limit.",
            consequence:
                "When the last changes would take longer, the fence is lifted, nothing is published, and it is tried again "
                + "later.")
        static let pace = Field<Pace>(
            "pace", .defaultsTo(.gentle),
            meaning:
                "How the source is read while Backstage writes to it: gentle (slower as soon as its answers take longer) or full.",
            consequence: "With full, Backstage's own queries wait for the copy's.")
        static let sourceFunctions = Field<SourceFunctions>(
            "sourceFunctions", .defaultsTo(.auto),
            meaning:
                "Whether functions of PostgreSQL's own extension pageinspect may be made at the source, in transactions that are "
                + "rolled back: auto or never.",
            consequence: "Without them, large tables are read whole to find what has changed.")
        static let workers = Field<WorkerCount>(
            "workers", .defaultsTo(WorkerCount(checked: 4)),
            meaning: "How many tables are copied or indexes built at once.")
        static let splitTablesAtMiB = Field<MebibyteCount>(
            "splitTablesAtMiB", .optional("1024"),
            meaning:
                "Size in MiB, indexes left out, from which on a table is copied in parts, by several workers at once.",
            consequence: "What is copied in parts is frozen later, by autovacuum at the target.")
        static let clearTaskTickets = Field<Bool>(
            "clearTaskTickets", .defaultsTo(false),
            meaning: "Whether scheduled tasks are released at the target from the pods that ran them at the source.",
            consequence: "Without it, a task that ran when the fence came waits until its ticket expires.")
        static let acceptGeneratedDifferences = Field<Bool>(
            "acceptGeneratedDifferences", .defaultsTo(false),
            meaning:
                "Whether generated columns may differ where the columns that they are computed from are equal, as "
                + "another version or collation may compute them.",
            consequence: "Without it, such a difference ends the Job before anything is published.")
        static let administratorObjects = Field<[AdministratorObject]>(
            "administratorObjects", .defaultsTo([]),
            meaning:
                "Kinds of objects to be made at the target although only an administrator of the server can make them.",
            consequence: "Others are left out and named. What Backstage keeps needs none of them.")
        static let privileges = Field<PrivilegePolicy>(
            "privileges", .defaultsTo(.ownerOnly),
            meaning:
                "Whose privileges on the databases' objects come over: ownerOnly, or keep (of every role that the target has).",
            consequence: "What does not come over is named. What was revoked from everybody stays revoked either way.")
        static let report = Field<Bool>(
            "report", .defaultsTo(false),
            meaning: "Whether the Job leaves a report of the move as a ConfigMap, beside the receipt.",
            consequence:
                "Its Role names one ConfigMap more. 'rehome-job report' writes the same from what the target holds.")
        static let parallelism = Field<PodCount>(
            "parallelism", .defaultsTo(PodCount(checked: 1)),
            meaning: "How many pods copy at once: one leads, the others help.",
            consequence: "More than one needs the fence: each takes a snapshot of its own.")
        static let emptyDatabases = Field<[DatabaseName]>(
            "emptyDatabases",
            .optional("backstage_plugin_orchestrator with the orchestrator, Lightspeed's with Lightspeed"),
            meaning: "Databases that must exist at the target although the source has none of that name.")
        static let deadline = Field<TimeSpan>(
            "deadline", .defaultsTo(TimeSpan(checked: "6h")),
            meaning: "How long the Job may take, all attempts together.",
            consequence: "When it is over, Kubernetes ends the Job as failed.")
        static let retries = Field<RetryCount>(
            "retries", .defaultsTo(RetryCount(checked: 6)),
            meaning: "How many pods may fail with a cause that may pass.")
        static let logFormat = Field<LogFormat>(
            "logFormat", .defaultsTo(.text),
            meaning:
                "How the Job writes its log: text (for people), or json (one object a line, docs/job-log.schema.json).")
        static let alerts = Field<Bool>(
            "alerts", .defaultsTo(false),
            meaning:
                "Whether a PrometheusRule is rendered beside the Job: it has failed, a pod of it has, its time runs out.",
            consequence:
                "The cluster must have the Prometheus operator, which on OpenShift looks into user namespaces only if told to, and "
                + "kube-state-metrics, and Prometheus' ruleSelector must take the rule: kube-prometheus-stack wants a label release, "
                + "which a prometheusrule.yaml of your own can add (--templates).")
        static let resources = Field<ResourcesSection>(
            "resources", .defaultsOfKeys, meaning: "What the Job's container asks for and may use.")
        static let pod = Field<PodSection>("pod", .defaultsOfKeys, meaning: "Where and how the Job's pod runs.")
    }

    public static var fields: [any FieldDeclaration] {
        [
            Keys.image, Keys.generation, Keys.attempt, Keys.notBefore, Keys.longestWait, Keys.expectedDuration,
            Keys.include, Keys.exclude, Keys.existingDatabases, Keys.emptyDatabases, Keys.fence, Keys.precopy,
            Keys.cutover,
            Keys.maxFence, Keys.pace, Keys.sourceFunctions, Keys.workers,
            Keys.splitTablesAtMiB, Keys.clearTaskTickets, Keys.acceptGeneratedDifferences, Keys.administratorObjects,
            Keys.privileges, Keys.report, Keys.parallelism, Keys.deadline, Keys.retries,
            Keys.logFormat, Keys.alerts,
            Keys.resources, Keys.pod,
        ]
    }

    var image: ImageReference
    var generation: Count
    var attempt: AttemptNumber
    var notBefore: Instant?
    var longestWait: TimeSpan
    var expectedDuration: TimeSpan?
    var include: [DatabasePattern]
    var exclude: [DatabasePattern]
    var existingDatabases: ExistingDatabasePolicy
    var fence: Located<Bool>
    var precopy: Located<Bool>
    var cutover: Located<CutoverPolicy>
    var maxFence: Located<FenceLimit>?
    var pace: Pace
    var sourceFunctions: SourceFunctions
    var workers: WorkerCount
    var splitTablesAtMiB: MebibyteCount?
    var clearTaskTickets: Bool
    var acceptGeneratedDifferences: Bool
    var administratorObjects: [AdministratorObject]
    var privileges: PrivilegePolicy
    var report: Bool
    var parallelism: Located<PodCount>
    var emptyDatabases: [DatabaseName]
    var deadline: TimeSpan
    var retries: RetryCount
    var logFormat: LogFormat
    var alerts: Bool
    var resources: Resources
    var pod: PodSettings

    public init?(_ reader: inout SectionReader) {
        let image = reader.read(Keys.image)?.value
        let generation = reader.read(Keys.generation)?.value
        let attempt = reader.read(Keys.attempt)?.value
        notBefore = reader.read(Keys.notBefore)?.value
        let longestWait = reader.read(Keys.longestWait)?.value
        expectedDuration = reader.read(Keys.expectedDuration)?.value
        let include = reader.read(Keys.include)?.value
        let exclude = reader.read(Keys.exclude)?.value
        let existingDatabases = reader.read(Keys.existingDatabases)?.value
        let fence = reader.read(Keys.fence)
        let precopy = reader.read(Keys.precopy)
        let cutover = reader.read(Keys.cutover)
        maxFence = reader.read(Keys.maxFence)
        pace = reader.read(Keys.pace)?.value ?? .gentle
        sourceFunctions = reader.read(Keys.sourceFunctions)?.value ?? .auto
        let workers = reader.read(Keys.workers)?.value
        splitTablesAtMiB = reader.read(Keys.splitTablesAtMiB)?.value
        let clearTaskTickets = reader.read(Keys.clearTaskTickets)?.value
        let acceptGeneratedDifferences = reader.read(Keys.acceptGeneratedDifferences)?.value
        administratorObjects = reader.read(Keys.administratorObjects)?.value ?? []
        privileges = reader.read(Keys.privileges)?.value ?? .ownerOnly
        report = reader.read(Keys.report)?.value ?? false
        let parallelism = reader.read(Keys.parallelism)
        emptyDatabases = reader.read(Keys.emptyDatabases)?.value ?? []
        let deadline = reader.read(Keys.deadline)?.value
        let retries = reader.read(Keys.retries)?.value
        logFormat = reader.read(Keys.logFormat)?.value ?? .text
        alerts = reader.read(Keys.alerts)?.value ?? false
        let resources = reader.read(Keys.resources)?.value
        let pod = reader.read(Keys.pod)?.value.settings
        guard let image, let generation, let attempt, let longestWait, let include, let exclude, let existingDatabases,
            let fence, let precopy, let cutover, let workers, let clearTaskTickets, let acceptGeneratedDifferences,
            let parallelism, let deadline,
            let retries, let resources, let pod
        else { return nil }
        self.image = image
        self.generation = generation
        self.attempt = attempt
        self.longestWait = longestWait
        self.include = include
        self.exclude = exclude
        self.existingDatabases = existingDatabases
        self.fence = fence
        self.precopy = precopy
        self.cutover = cutover
        self.workers = workers
        self.clearTaskTickets = clearTaskTickets
        self.acceptGeneratedDifferences = acceptGeneratedDifferences
        self.parallelism = parallelism
        self.deadline = deadline
        self.retries = retries
        self.resources = resources.over(.job)
        self.pod = pod
    }
}
