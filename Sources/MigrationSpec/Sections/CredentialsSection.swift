public struct CredentialsSection: Section {
    enum Keys {
        static let existing = Field<ExistingSecretSection>(
            "existing", .optional(nil),
            meaning: "The Secret is in the cluster already, or something else puts it there.")
        static let externalSecret = Field<ExternalSecretSection>(
            "externalSecret", .optional(nil),
            meaning: "The External Secrets Operator makes the Secret from a store such as Vault.")
        static let plain = Field<PlainSecretSection>(
            "plain", .optional(nil), meaning: "The Secret is rendered with its password in plain text.",
            consequence: "Whoever can read the repository can read the password, and git never forgets it.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.existing, Keys.externalSecret, Keys.plain] }
    public static var rules: SectionRules { SectionRules(exactlyOne: fields.map(\.name)) }

    enum Choice: Sendable {
        case existing(ExistingSecretSection)
        case externalSecret(ExternalSecretSection)
        case plain(Located<PlainSecretSection>)
    }

    var choice: Choice

    public init?(_ reader: inout SectionReader) {
        if let section = reader.read(Keys.existing)?.value {
            choice = .existing(section)
        } else if let section = reader.read(Keys.externalSecret)?.value {
            choice = .externalSecret(section)
        } else if let section = reader.read(Keys.plain) {
            choice = .plain(section)
        } else {
            return nil
        }
    }
}

public struct ExistingSecretSection: Section {
    enum Keys {
        static let secretName = Field<ObjectName>(
            "secretName",
            meaning: "A Secret in the instance's namespace with the keys POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, "
                + "POSTGRES_PASSWORD, PGSSLMODE and NODE_EXTRA_CA_CERTS.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.secretName] }

    var secretName: Located<ObjectName>

    public init?(_ reader: inout SectionReader) {
        guard let secretName = reader.read(Keys.secretName) else { return nil }
        self.secretName = secretName
    }
}

public struct ExternalSecretSection: Section {
    enum Keys {
        static let secretName = PlainSecretSection.Keys.secretName
        static let user = PlainSecretSection.Keys.user
        static let storeKind = Field<SecretStoreKind>(
            "storeKind", .defaultsTo(.clusterSecretStore), meaning: "The kind of the store.")
        static let store = Field<ObjectName>("store", meaning: "The name of the ClusterSecretStore or SecretStore.")
        static let key = Field<StoreKey>("key", meaning: "The entry in the store that holds the password.")
        static let property = Field<StoreKey>(
            "property", .optional("the entry is the password"), meaning: "The part of the entry that is the password.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.secretName, Keys.user, Keys.storeKind, Keys.store, Keys.key, Keys.property]
    }

    var secretName: Located<ObjectName>?
    var user: Located<RoleName>
    var storeKind: SecretStoreKind
    var store: ObjectName
    var key: StoreKey
    var property: StoreKey?

    public init?(_ reader: inout SectionReader) {
        secretName = reader.read(Keys.secretName)
        let user = reader.read(Keys.user)
        let storeKind = reader.read(Keys.storeKind)?.value
        let store = reader.read(Keys.store)?.value
        let key = reader.read(Keys.key)?.value
        property = reader.read(Keys.property)?.value
        guard let user, let storeKind, let store, let key else { return nil }
        self.user = user
        self.storeKind = storeKind
        self.store = store
        self.key = key
    }
}

public struct PlainSecretSection: Section {
    enum Keys {
        static let secretName = Field<ObjectName>(
            "secretName", .optional("metadata.name with -credentials after it"), meaning: "The rendered Secret's name.")
        static let user = Field<RoleName>(
            "user", .defaultsTo(RoleName(checked: "postgres")),
            meaning: "The role that Backstage and the Job connect as.",
            consequence: "It must be able to create databases, since each plugin has its own.")
        static let passwordFile = Field<FileName>(
            "passwordFile", .optional(nil),
            meaning: "A file that holds the password; a line break at its end is dropped.")
        static let passwordVariable = Field<VariableName>(
            "passwordVariable", .optional(nil),
            meaning: "The environment variable that holds the password while rendering.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.secretName, Keys.user, Keys.passwordFile, Keys.passwordVariable]
    }
    public static var rules: SectionRules {
        SectionRules(exactlyOne: [Keys.passwordFile.name, Keys.passwordVariable.name])
    }

    enum Password: Sendable {
        case file(Located<FileName>)
        case variable(Located<VariableName>)
    }

    var secretName: Located<ObjectName>?
    var user: Located<RoleName>
    var password: Password

    public init?(_ reader: inout SectionReader) {
        secretName = reader.read(Keys.secretName)
        let user = reader.read(Keys.user)
        let file = reader.read(Keys.passwordFile).map(Password.file)
        let variable = reader.read(Keys.passwordVariable).map(Password.variable)
        guard let user, let password = file ?? variable else { return nil }
        self.user = user
        self.password = password
    }
}
