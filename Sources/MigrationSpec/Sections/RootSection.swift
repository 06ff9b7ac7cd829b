/// The config as a whole.
struct RootSection: Section {
    /// The only version of the config's format.
    public struct Version: TextValue {
        public static let current = "rehome.dev/v1alpha1"
        public static let expectation = "'\(current)'"
        public static let pattern: String? = "^rehome\\.dev/v1alpha1$"
        public let rawValue: String
        public init(checked text: String) { rawValue = text }
        public static func accepts(_ text: String) -> Bool { text == current }
    }

    public enum Kind: String, ChoiceValue {
        case migration = "Migration"
    }

    @Key(meaning: "The version of this file's format.")
    var apiVersion: Version?

    @Key(meaning: "What this file describes.")
    var kind: Kind?

    // Both are required, but optional as properties: whatever could be decoded is kept, so that the files that it names
    // are checked in the same run.
    @Key(meaning: "What the rendered objects are called and where they live.")
    var metadata: MetadataSection?

    @Key(meaning: "The migration.")
    var spec: SpecSection?
}

struct MetadataSection: Section {
    @Key(
        meaning: "The name that the rendered objects bear, alone or with a suffix.",
        consequence: "Changing it later makes new objects beside the old ones; a StatefulSet starts on an empty volume."
    )
    var name: Located<BaseName>?

    @Key(
        .optional("the namespace in the Backstage CR"),
        meaning: "The namespace of the Backstage instance; everything is rendered into it.")
    var namespace: Located<LabelName>?
}

struct SpecSection: Section {
    // All properties are optional, for the same reason as in the root.
    @Key(
        .oneOfSeveral("there is no operator, and spec.source names the database that is left"),
        meaning: "The Backstage instance that moves, as its operator knows it.")
    var backstage: BackstageSection?

    @Key(
        .oneOfSeveral("the database that the operator runs beside the instance"),
        meaning: "The PostgreSQL that is left.",
        consequence: "Without spec.backstage a person changes Backstage's Deployment; the runbook says how.")
    var source: Located<SourceSection>?

    @Key(
        .defaultsTo(.migrate),
        meaning:
            "Which part of the migration's life is rendered: prepare rehearses, migrate moves Backstage, done is the "
            + "steady state after it, rollback moves back.",
        consequence: "done ends the operator's own database: let rehome-job after pass first.")
    var phase: Located<Phase>?

    @Key(
        .defaultsTo(.openshift),
        meaning: "Whether pods get user and group from OpenShift or from the manifest.",
        consequence: "On OpenShift a named user or group is refused; elsewhere PostgreSQL cannot read its key without.")
    var platform: Platform?

    @Key(meaning: "The PostgreSQL that the databases move to.")
    var target: Located<TargetSection>?

    @Key(meaning: "The Secret with which Backstage connects to the target, and the Job unless it has its own.")
    var credentials: CredentialsSection?

    @Key(
        .optional("the Job connects as Backstage does"),
        meaning: "The Secret with which the Job connects, where Backstage is to have a lesser role.",
        consequence:
            "The Job makes Backstage's role from its Secret: it may log in, owns its databases and creates more, "
            + "and nothing else.")
    var adminCredentials: AdminCredentialsSection?

    @Key(meaning: "What the Job copies, and how.")
    var migration: MigrationSection?

    @Key(.defaultsOfKeys, meaning: "How Backstage is pointed at the target.")
    var cutover: CutoverSection?

    @Key(.optional("none; the runbook has the commands"), meaning: "What applies the manifests from git.")
    var engine: EngineSection?

    @Key(.defaultsOfKeys, meaning: "The orchestrator's own database connections.")
    var orchestrator: Located<OrchestratorSection>?

    @Key(.defaultsOfKeys, meaning: "Lightspeed's own database.")
    var lightspeed: LightspeedSection?

    @Key(
        .defaultsTo(false),
        meaning: "Whether NetworkPolicies are rendered for the Job and for a database in the namespace.",
        consequence: "They let through what the migration needs and nothing else, as far as a policy can say it.")
    var networkPolicies: Bool?

    @Key(.defaultsOfKeys, meaning: "The way back, while phase is rollback.")
    var rollback: RollbackSection?
}
