struct OrchestratorSection: Section {
    @Key(
        .optional(
            "true if the CR switches on the flavour 'orchestrator', or its file holds a "
                + "SonataFlowPlatform or plugins with 'ref: sonataflow'"),
        meaning: "Whether the instance runs the orchestrator, whose services have database connections of their own.",
        consequence: "If it does and this says no, its services stay on the old database.")
    var enabled: Located<Bool>?

    @Key(
        .defaultsTo(ObjectName(checked: "sonataflow-platform")),
        meaning: "The SonataFlowPlatform's name.",
        consequence: "The schemas of its services are named after it.")
    var platform: ObjectName

    @Key(
        .defaultsTo(true),
        meaning: "Whether the four NetworkPolicies are rendered that the operator's plugin dependency brings.",
        consequence: "Without them and without the dependency, knative and monitoring may not reach the services.")
    var networkPolicies: Bool

    @Key(
        .defaultsTo([]),
        meaning: "Workflows that keep their state in the database.",
        consequence: "Each gets values for its Helm chart and a patch for its SonataFlow object, in out/values.")
    var workflows: [WorkflowSection]
}

struct WorkflowSection: Section {
    @Key(meaning: "The name of the SonataFlow object, greeting say.")
    var name: LabelName

    @Key(
        .optional("the instance's"),
        meaning: "The workflow's namespace.",
        consequence: "In another one it needs a copy of the credentials' Secret.")
    var namespace: LabelName?

    @Key(.optional("the workflow's name"), meaning: "The workflow's schema in the orchestrator's database.")
    var schema: DatabaseName?

    @Key(.optional("the workflow's name"), meaning: "The Helm release that installed it, for the runbook.")
    var release: LabelName?

    @Key(.optional("the runbook leaves it open"), meaning: "The release's chart, as helm is told it.")
    var chart: ChartReference?
}

/// Lightspeed's chat history, if it is kept in PostgreSQL.
struct LightspeedSection: Section {
    @Key(
        .optional("true if the CR's file holds a Lightspeed stack whose conversation_cache is of type postgres"),
        meaning: "Whether Lightspeed keeps conversations in a database of its own on the same server.",
        consequence: "Its database is then made if the source has none, since Lightspeed makes none by itself.")
    var enabled: Bool?

    @Key(
        .optional("conversation_cache.postgres.db of the stack's settings, else rhdh-ls"),
        meaning: "That database's name.")
    var database: DatabaseName?
}
