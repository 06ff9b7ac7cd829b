import JobContract

struct MigrationSection: Section {
    @Key(meaning: "The image of rehome-job, as your registry has it.")
    var image: ImageReference

    @Key(
        .defaultsTo(Count(checked: 1)),
        meaning: "Counts deliberate new migrations of the same instance.",
        consequence: "A new number makes a new Job and a new receipt; an old receipt opens nothing.")
    var generation: Count

    @Key(
        .defaultsTo(AttemptNumber(checked: 1)),
        meaning: "Counts the tries of the same migration; raise it to run a Job again that has failed.",
        consequence: "It is part of the Job's name, since no engine runs a failed Job again by itself.")
    var attempt: AttemptNumber

    @Key(
        .optional("at once"),
        meaning: "When the maintenance window opens: the instant at which the fence falls.",
        consequence:
            "The copy begins early enough before it, without a fence, and keeps up with the source; with precopy: false "
            + "nothing is copied until then.")
    var notBefore: Instant?

    @Key(
        .defaultsTo(TimeSpan(checked: "168h")),
        meaning: "How long before notBefore, or before a person's word, the Job may be created.",
        consequence:
            "Kubernetes counts activeDeadlineSeconds from the Job's creation, so with notBefore, or with cutover: onCommand, "
            + "this is added to deadline.")
    var longestWait: TimeSpan

    @Key(
        .optional("the runbook points at the rehearsal's log"),
        meaning: "How long the rehearsal took; the runbook says how long the copy takes.",
        consequence: "With precopy: false, that is how long users cannot write.")
    var expectedDuration: TimeSpan?

    @Key(.defaultsTo([DatabasePattern(checked: "*")]), meaning: "Patterns of the databases to move.")
    var include: [DatabasePattern]

    @Key(
        .defaultsTo([]),
        meaning: "Patterns of the databases to leave; they win over the included.",
        consequence: "What is left out is lost when the local database's volume goes.")
    var exclude: [DatabasePattern]

    @Key(
        .defaultsTo(.refuse),
        meaning: "What to do with a non-empty database of a wanted name at the target: refuse, or setAside (rename it)."
    )
    var existingDatabases: ExistingDatabasePolicy

    @Key(
        .optional("backstage_plugin_orchestrator with the orchestrator, Lightspeed's with Lightspeed"),
        meaning: "Databases that must exist at the target although the source has none of that name.")
    var emptyDatabases: [DatabaseName]?

    @Key(
        .defaultsTo(true),
        meaning:
            "Whether writes at the source are refused before the databases are published: for the last changes alone, or "
            + "with precopy: false for the whole copy.",
        consequence: "Without it, somebody else must have stopped the writers, or the Job ends without publishing.")
    var fence: Located<Bool>

    @Key(
        .defaultsTo(true),
        meaning:
            "Whether everything is copied while Backstage works on, so that the fence stands for the last changes alone.",
        consequence: "With false the fence stands around the whole copy, minutes or hours.")
    var precopy: Located<Bool>

    @Key(
        .defaultsTo(.auto),
        meaning:
            "When the fence falls: auto (as soon as the copy keeps up, and not before notBefore), or onCommand (when a "
            + "person runs tools/cutover-now.yaml).",
        consequence: "With onCommand the copy keeps up until then, or until longestWait and deadline are over.")
    var cutover: Located<CutoverPolicy>

    @Key(
        .optional("60s"),
        meaning: "How long writes may be refused, up to 24h; 0s for no limit.",
        consequence:
            "When the last changes would take longer, the fence is lifted, nothing is published, and it is tried again "
            + "later.")
    var maxFence: Located<FenceLimit>?

    @Key(
        .defaultsTo(.gentle),
        meaning:
            "How the source is read while Backstage writes to it: gentle (slower as soon as its answers take longer) or full.",
        consequence: "With full, Backstage's own queries wait for the copy's.")
    var pace: Pace

    @Key(
        .defaultsTo(.auto),
        meaning:
            "Whether a superuser's rights may be used at the source: auto or never. Functions of PostgreSQL's own extensions "
            + "pg_walinspect and pageinspect are made in transactions that are rolled back, and read the write-ahead log and "
            + "tables' blocks. While the fence stands, the server's configuration makes open sessions read-only.",
        consequence:
            "With never, every database is looked into, large tables are read whole to find what has changed, and the fence "
            + "ends sessions at once.")
    var sourceFunctions: SourceFunctions

    @Key(
        .defaultsTo(WorkerCount(checked: 4)), meaning: "How many tables are copied or indexes built at once.",
        consequence: "While a server that is far away or slow lets others wait, half as many tables again are copied.")
    var workers: WorkerCount

    @Key(
        .optional("1024"),
        meaning: "Size in MiB, indexes left out, from which on a table is copied in parts, by several workers at once.",
        consequence: "What is copied in parts is frozen later, by autovacuum at the target.")
    var splitTablesAtMiB: MebibyteCount?

    @Key(
        .defaultsTo(false),
        meaning: "Whether scheduled tasks are released at the target from the pods that ran them at the source.",
        consequence: "Without it, a task that ran when the fence came waits until its ticket expires.")
    var clearTaskTickets: Bool

    @Key(
        .defaultsTo(false),
        meaning: "Whether generated columns may differ where the columns that they are computed from are equal, as "
            + "another version or collation may compute them.",
        consequence: "Without it, such a difference ends the Job before anything is published.")
    var acceptGeneratedDifferences: Bool

    @Key(
        .defaultsTo([]),
        meaning:
            "Kinds of objects to be made at the target although only an administrator of the server can make them.",
        consequence: "Others are left out and named. What Backstage keeps needs none of them.")
    var administratorObjects: [AdministratorObject]

    @Key(
        .defaultsTo(.ownerOnly),
        meaning:
            "Whose privileges on the databases' objects come over: ownerOnly, or keep (of every role that the target has).",
        consequence: "What does not come over is named. What was revoked from everybody stays revoked either way.")
    var privileges: PrivilegePolicy

    @Key(
        .defaultsTo(false),
        meaning: "Whether the Job leaves a report of the move as a ConfigMap, beside the receipt.",
        consequence:
            "Its Role names one ConfigMap more. 'rehome-job report' writes the same from what the target holds.")
    var report: Bool

    @Key(
        .defaultsTo(PodCount(checked: 1)),
        meaning: "How many pods copy at once: one leads, the others help.",
        consequence: "More than one needs the fence: each takes a snapshot of its own.")
    var parallelism: Located<PodCount>

    @Key(
        .defaultsTo(TimeSpan(checked: "6h")),
        meaning: "How long the Job may take, all attempts together.",
        consequence: "When it is over, Kubernetes ends the Job as failed.")
    var deadline: TimeSpan

    @Key(.defaultsTo(RetryCount(checked: 6)), meaning: "How many pods may fail with a cause that may pass.")
    var retries: RetryCount

    @Key(
        .defaultsTo(.text),
        meaning: "How the Job writes its log: text (for people), or json (one object a line, docs/job-log.schema.json)."
    )
    var logFormat: LogFormat

    @Key(
        .defaultsTo(false),
        meaning:
            "Whether a PrometheusRule is rendered beside the Job: it has failed, a pod of it has, its time runs out, and, where "
            + "pod.env has REHOME_PUSHGATEWAY, its fence stands for too long.",
        consequence:
            "The cluster must have the Prometheus operator, which on OpenShift looks into user namespaces only if told to, and "
            + "kube-state-metrics, and Prometheus' ruleSelector must take the rule: kube-prometheus-stack wants a label release, "
            + "which a prometheusrule.yaml of your own can add (--templates).")
    var alerts: Bool

    @Key(.defaultsOfKeys, meaning: "What the Job's container asks for and may use.")
    var resources: ResourcesSection

    @Key(.defaultsOfKeys, meaning: "Where and how the Job's pod runs.")
    var pod: PodSection
}
