public struct CredentialsSection: Section {
    enum Keys {
        static let existing = Field<ExistingSecretSection>(
            "existing", .optional(nil),
            meaning: "The Secret is in the cluster already, or something else puts it there.")
        static let plain = Field<PlainSecretSection>(
            "plain", .optional(nil), meaning: "The Secret is rendered with its password in plain text.",
            consequence: "Whoever can read the repository can read the password, and git never forgets it.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.existing, Keys.plain] }
    public static var rules: SectionRules { SectionRules(exactlyOne: fields.map(\.name)) }

    enum Choice: Sendable {
        case existing(ExistingSecretSection)
        case plain(Located<PlainSecretSection>)
    }

    var choice: Choice

    public init?(_ reader: inout SectionReader) {
        if let section = reader.read(Keys.existing)?.value {
            choice = .existing(section)
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
