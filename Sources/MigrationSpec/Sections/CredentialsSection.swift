/// The Secret of one role at the target: where it comes from.
public struct CredentialsSection: Section {
    enum Keys {
        static let existing = Field<ExistingSecretSection>(
            "existing", .optional(nil),
            meaning: "The Secret is in the cluster already, or something else puts it there.")
        static let operatorSecret = Field<OperatorSecretSection>(
            "operatorSecret", .optional(nil),
            meaning:
                "The operator of a crunchyPGO or zalando target keeps the role's Secret; the External Secrets Operator makes "
                + "one from it with the keys that Backstage wants.")
        static let externalSecret = Field<ExternalSecretSection>(
            "externalSecret", .optional(nil),
            meaning: "The External Secrets Operator makes the Secret from a store such as Vault.")
        static let sealedSecret = Field<SealedSecretSection>(
            "sealedSecret", .optional(nil),
            meaning: "A SealedSecret is rendered, which only the sealed-secrets controller of the cluster can open.")
        static let sops = Field<SOPSSection>(
            "sops", .optional(nil),
            meaning: "The Secret is rendered as SOPS encrypts it with age; Flux opens it, Argo CD needs a plugin.")
        static let plain = Field<PlainSecretSection>(
            "plain", .optional(nil), meaning: "The Secret is rendered with its password in plain text.",
            consequence: "Whoever can read the repository can read the password, and git never forgets it.")
    }

    static var choices: [any FieldDeclaration] {
        [Keys.existing, Keys.operatorSecret, Keys.externalSecret, Keys.sealedSecret, Keys.sops, Keys.plain]
    }
    public static var fields: [any FieldDeclaration] { choices }
    public static var rules: SectionRules { SectionRules(exactlyOne: choices.map(\.name)) }

    var choice: Choice

    public init?(_ reader: inout SectionReader) {
        guard let choice = Choice(&reader) else { return nil }
        self.choice = choice
    }

    enum Choice: Sendable {
        case existing(Located<ExistingSecretSection>)
        case operatorSecret(Located<OperatorSecretSection>)
        case externalSecret(ExternalSecretSection)
        case sealedSecret(SealedSecretSection)
        case sops(Located<SOPSSection>)
        case plain(Located<PlainSecretSection>)

        init?(_ reader: inout SectionReader) {
            if let section = reader.read(Keys.existing) {
                self = .existing(section)
            } else if let section = reader.read(Keys.operatorSecret) {
                self = .operatorSecret(section)
            } else if let section = reader.read(Keys.externalSecret)?.value {
                self = .externalSecret(section)
            } else if let section = reader.read(Keys.sealedSecret)?.value {
                self = .sealedSecret(section)
            } else if let section = reader.read(Keys.sops) {
                self = .sops(section)
            } else if let section = reader.read(Keys.plain) {
                self = .plain(section)
            } else {
                return nil
            }
        }

        /// The key that was chosen.
        var key: String {
            switch self {
            case .existing: Keys.existing.name
            case .operatorSecret: Keys.operatorSecret.name
            case .externalSecret: Keys.externalSecret.name
            case .sealedSecret: Keys.sealedSecret.name
            case .sops: Keys.sops.name
            case .plain: Keys.plain.name
            }
        }

        /// The role's name, where the config knows it.
        var user: Located<RoleName>? {
            switch self {
            case .existing: nil
            case .operatorSecret(let section): section.value.user
            case .externalSecret(let section): section.user
            case .sealedSecret(let section): section.login.user
            case .sops(let section): section.value.login.user
            case .plain(let section): section.value.login.user
            }
        }

        /// The Secret's name, where the config has one.
        var secretName: Located<ObjectName>? {
            switch self {
            case .existing(let section): section.value.secretName
            case .operatorSecret(let section): section.value.secretName
            case .externalSecret(let section): section.secretName
            case .sealedSecret(let section): section.login.secretName
            case .sops(let section): section.value.login.secretName
            case .plain(let section): section.value.login.secretName
            }
        }
    }
}

/// The Secret of the role with which the Job makes Backstage's.
public struct AdminCredentialsSection: Section {
    enum Keys {
        static let createDatabases = Field<Bool>(
            "createDatabases", .defaultsTo(true), meaning: "Whether Backstage's own role may create databases.",
            consequence:
                "Without it, a plugin that is added later finds no database, and Backstage does not start until an "
                + "administrator has created backstage_plugin_<plugin> for its role.")
    }

    public static var fields: [any FieldDeclaration] { CredentialsSection.choices + [Keys.createDatabases] }
    public static var rules: SectionRules { CredentialsSection.rules }

    var choice: CredentialsSection.Choice
    var createDatabases: Bool

    public init?(_ reader: inout SectionReader) {
        let createDatabases = reader.read(Keys.createDatabases)?.value
        guard let choice = CredentialsSection.Choice(&reader), let createDatabases else { return nil }
        self.choice = choice
        self.createDatabases = createDatabases
    }
}
