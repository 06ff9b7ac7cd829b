/// The config as a whole.
public struct RootSection: Section {
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

    enum Keys {
        static let apiVersion = Field<Version>("apiVersion", meaning: "The version of this file's format.")
        static let kind = Field<Kind>("kind", meaning: "What this file describes.")
        static let metadata = Field<MetadataSection>(
            "metadata", meaning: "What the rendered objects are called and where they live.")
        static let spec = Field<SpecSection>("spec", meaning: "The migration.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.apiVersion, Keys.kind, Keys.metadata, Keys.spec] }

    var metadata: MetadataSection?
    var spec: SpecSection?

    // Keeps what could be decoded, so that the files it names are checked in the same run.
    public init?(_ reader: inout SectionReader) {
        _ = reader.read(Keys.apiVersion)
        _ = reader.read(Keys.kind)
        metadata = reader.read(Keys.metadata)?.value
        spec = reader.read(Keys.spec)?.value
    }
}

public struct MetadataSection: Section {
    enum Keys {
        static let name = Field<BaseName>(
            "name", meaning: "The name that the rendered objects bear, alone or with a suffix.",
            consequence:
                "Changing it later makes new objects beside the old ones; a StatefulSet starts on an empty volume.")
        static let namespace = Field<LabelName>(
            "namespace", .optional("the namespace in the Backstage CR"),
            meaning: "The namespace of the Backstage instance; everything is rendered into it.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.name, Keys.namespace] }

    var name: Located<BaseName>?
    var namespace: Located<LabelName>?

    public init?(_ reader: inout SectionReader) {
        name = reader.read(Keys.name)
        namespace = reader.read(Keys.namespace)
    }
}

public struct SpecSection: Section {
    enum Keys {
        static let backstage = Field<BackstageSection>(
            "backstage", .optional("there is no operator, and spec.source names the database that is left"),
            meaning: "The Backstage instance that moves, as its operator knows it.")
        static let source = Field<SourceSection>(
            "source", .optional("the database that the operator runs beside the instance"),
            meaning: "The PostgreSQL that is left.",
            consequence: "Without spec.backstage a person changes Backstage's Deployment; the runbook says how.")
        static let phase = Field<Phase>(
            "phase", .defaultsTo(.migrate),
            meaning:
                "Which part of the migration's life is rendered: prepare rehearses, migrate moves Backstage, done is the "
                + "steady state after it, rollback moves back.",
            consequence:
                "done ends the operator's own database: let rehome-job after pass first.")
        static let platform = Field<Platform>(
            "platform", .defaultsTo(.openshift),
            meaning: "Whether pods get user and group from OpenShift or from the manifest.",
            consequence:
                "On OpenShift a named user or group is refused; elsewhere PostgreSQL cannot read its key without.")
        static let target = Field<TargetSection>("target", meaning: "The PostgreSQL that the databases move to.")
        static let credentials = Field<CredentialsSection>(
            "credentials",
            meaning: "The Secret with which Backstage connects to the target, and the Job unless it has its own.")
        static let adminCredentials = Field<AdminCredentialsSection>(
            "adminCredentials", .optional("the Job connects as Backstage does"),
            meaning: "The Secret with which the Job connects, where Backstage is to have a lesser role.",
            consequence:
                "The Job makes Backstage's role from its Secret: it may log in, owns its databases and creates more, "
                + "and nothing else.")
        static let migration = Field<MigrationSection>("migration", meaning: "What the Job copies, and how.")
        static let cutover = Field<CutoverSection>(
            "cutover", .defaultsOfKeys, meaning: "How Backstage is pointed at the target.")
        static let engine = Field<EngineSection>(
            "engine", .optional("none; the runbook has the commands"), meaning: "What applies the manifests from git.")
        static let lightspeed = Field<LightspeedSection>(
            "lightspeed", .defaultsOfKeys, meaning: "Lightspeed's own database.")
        static let networkPolicies = Field<Bool>(
            "networkPolicies", .defaultsTo(false),
            meaning: "Whether NetworkPolicies are rendered for the Job and for a database in the namespace.",
            consequence: "They let through what the migration needs and nothing else, as far as a policy can say it.")
        static let orchestrator = Field<OrchestratorSection>(
            "orchestrator", .defaultsOfKeys, meaning: "The orchestrator's own database connections.")
        static let rollback = Field<RollbackSection>(
            "rollback", .defaultsOfKeys, meaning: "The way back, while phase is rollback.")
    }

    public static var fields: [any FieldDeclaration] {
        [
            Keys.backstage, Keys.source, Keys.phase, Keys.platform, Keys.target, Keys.credentials,
            Keys.adminCredentials, Keys.migration, Keys.cutover, Keys.engine, Keys.orchestrator,
            Keys.lightspeed, Keys.networkPolicies, Keys.rollback,
        ]
    }

    public static var rules: SectionRules { SectionRules(atLeastOne: [Keys.backstage.name, Keys.source.name]) }

    var backstage: BackstageSection?
    var source: Located<SourceSection>?
    var phase: Located<Phase>?
    var platform: Platform?
    var target: Located<TargetSection>?
    var credentials: CredentialsSection?
    var adminCredentials: AdminCredentialsSection?
    var migration: MigrationSection?
    var cutover: CutoverSection?
    var engine: EngineSection?
    var orchestrator: Located<OrchestratorSection>?
    var lightspeed: LightspeedSection?
    var networkPolicies: Bool?
    var rollback: RollbackSection?

    public init?(_ reader: inout SectionReader) {
        backstage = reader.read(Keys.backstage)?.value
        source = reader.read(Keys.source)
        phase = reader.read(Keys.phase)
        platform = reader.read(Keys.platform)?.value
        target = reader.read(Keys.target)
        credentials = reader.read(Keys.credentials)?.value
        adminCredentials = reader.read(Keys.adminCredentials)?.value
        migration = reader.read(Keys.migration)?.value
        cutover = reader.read(Keys.cutover)?.value
        engine = reader.read(Keys.engine)?.value
        orchestrator = reader.read(Keys.orchestrator)
        lightspeed = reader.read(Keys.lightspeed)?.value
        networkPolicies = reader.read(Keys.networkPolicies)?.value
        rollback = reader.read(Keys.rollback)?.value
    }
}
