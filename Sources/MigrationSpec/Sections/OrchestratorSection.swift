public struct OrchestratorSection: Section {
    enum Keys {
        static let enabled = Field<Bool>(
            "enabled",
            .optional(
                "true if the CR switches on the flavour 'orchestrator', or its file holds a "
                    + "SonataFlowPlatform or plugins with 'ref: sonataflow'"),
            meaning:
                "Whether the instance runs the orchestrator, whose services have database connections of their own.",
            consequence: "If it does and this says no, its services stay on the old database.")
        static let platform = Field<ObjectName>(
            "platform", .defaultsTo(ObjectName(checked: "sonataflow-platform")),
            meaning: "The SonataFlowPlatform's name.",
            consequence: "The schemas of its services are named after it.")
        static let networkPolicies = Field<Bool>(
            "networkPolicies", .defaultsTo(true),
            meaning: "Whether the four NetworkPolicies are rendered that the operator's plugin dependency brings.",
            consequence: "Without them and without the dependency, knative and monitoring may not reach the services.")
        static let workflows = Field<[WorkflowSection]>(
            "workflows", .defaultsTo([]), meaning: "Workflows that keep their state in the database.",
            consequence: "Each gets values for its Helm chart and a patch for its SonataFlow object, in out/values.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.enabled, Keys.platform, Keys.networkPolicies, Keys.workflows]
    }

    var enabled: Located<Bool>?
    var platform: ObjectName
    var networkPolicies: Bool
    var workflows: [WorkflowSection]

    public init?(_ reader: inout SectionReader) {
        enabled = reader.read(Keys.enabled)
        let platform = reader.read(Keys.platform)?.value
        let networkPolicies = reader.read(Keys.networkPolicies)?.value
        let workflows = reader.read(Keys.workflows)?.value
        guard let platform, let networkPolicies, let workflows else { return nil }
        self.platform = platform
        self.networkPolicies = networkPolicies
        self.workflows = workflows
    }
}

public struct WorkflowSection: Section {
    enum Keys {
        static let name = Field<LabelName>("name", meaning: "The name of the SonataFlow object, greeting say.")
        static let namespace = Field<LabelName>(
            "namespace", .optional("the instance's"), meaning: "The workflow's namespace.",
            consequence: "In another one it needs a copy of the credentials' Secret.")
        static let schema = Field<DatabaseName>(
            "schema", .optional("the workflow's name"), meaning: "The workflow's schema in the orchestrator's database."
        )
        static let release = Field<LabelName>(
            "release", .optional("the workflow's name"), meaning: "The Helm release that installed it, for the runbook."
        )
        static let chart = Field<ChartReference>(
            "chart", .optional("the runbook leaves it open"), meaning: "The release's chart, as helm is told it.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.name, Keys.namespace, Keys.schema, Keys.release, Keys.chart]
    }

    var name: LabelName
    var namespace: LabelName?
    var schema: DatabaseName?
    var release: LabelName?
    var chart: ChartReference?

    public init?(_ reader: inout SectionReader) {
        let name = reader.read(Keys.name)?.value
        namespace = reader.read(Keys.namespace)?.value
        schema = reader.read(Keys.schema)?.value
        release = reader.read(Keys.release)?.value
        chart = reader.read(Keys.chart)?.value
        guard let name else { return nil }
        self.name = name
    }
}

/// Lightspeed's chat history, if it is kept in PostgreSQL.
public struct LightspeedSection: Section {
    enum Keys {
        static let enabled = Field<Bool>(
            "enabled",
            .optional("true if the CR's file holds a Lightspeed stack whose conversation_cache is of type postgres"),
            meaning: "Whether Lightspeed keeps conversations in a database of its own on the same server.",
            consequence: "Its database is then made if the source has none, since Lightspeed makes none by itself.")
        static let database = Field<DatabaseName>(
            "database", .optional("conversation_cache.postgres.db of the stack's settings, else rhdh-ls"),
            meaning: "That database's name.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.enabled, Keys.database] }

    var enabled: Bool?
    var database: DatabaseName?

    public init?(_ reader: inout SectionReader) {
        enabled = reader.read(Keys.enabled)?.value
        database = reader.read(Keys.database)?.value
    }
}
