import SecretSealing

/// What every Secret has that is rendered with a value of its own.
struct LoginKeys: Sendable {
    static let secretName = Field<ObjectName>(
        "secretName", .optional("metadata.name with -credentials after it, or -admin for an administrator"),
        meaning: "The rendered Secret's name.")
    static let user = Field<RoleName>(
        "user", .defaultsTo(RoleName(checked: "postgres")), meaning: "The role that connects with it.",
        consequence: "Without adminCredentials it must be able to create databases, since each plugin has its own.")
    static let passwordFile = Field<FileName>(
        "passwordFile", .optional(nil),
        meaning: "A file that holds the password, or - for standard input; a line break at its end is dropped.")
    static let passwordVariable = Field<VariableName>(
        "passwordVariable", .optional(nil), meaning: "The environment variable that holds the password while rendering."
    )

    static var fields: [any FieldDeclaration] { [secretName, user, passwordFile, passwordVariable] }
    static var rules: SectionRules { SectionRules(exactlyOne: [passwordFile.name, passwordVariable.name]) }

    enum Password: Sendable {
        case file(Located<FileName>)
        case variable(Located<VariableName>)
    }

    var secretName: Located<ObjectName>?
    var user: Located<RoleName>
    var password: Password

    init?(_ reader: inout SectionReader) {
        secretName = reader.read(Self.secretName)
        let user = reader.read(Self.user)
        let file = reader.read(Self.passwordFile).map(Password.file)
        let variable = reader.read(Self.passwordVariable).map(Password.variable)
        guard let user, let password = file ?? variable else { return nil }
        self.user = user
        self.password = password
    }
}

public struct PlainSecretSection: Section {
    public static var fields: [any FieldDeclaration] { LoginKeys.fields }
    public static var rules: SectionRules { LoginKeys.rules }

    var login: LoginKeys

    public init?(_ reader: inout SectionReader) {
        guard let login = LoginKeys(&reader) else { return nil }
        self.login = login
    }
}

public struct SealedSecretSection: Section {
    enum Keys {
        static let certificateFile = Field<FileName>(
            "certificateFile", meaning: "The controller's certificate, as kubeseal --fetch-cert prints it.",
            consequence: "Another certificate seals the password anew, which must be at hand then.")
        static let scope = Field<SealingScope>(
            "scope", .defaultsTo(.strict),
            meaning: "Where the value may be opened: as this Secret only, in its namespace, or in the whole cluster.")
    }

    public static var fields: [any FieldDeclaration] { LoginKeys.fields + [Keys.certificateFile, Keys.scope] }
    public static var rules: SectionRules { LoginKeys.rules }

    var login: LoginKeys
    var certificateFile: Located<FileName>
    var scope: SealingScope

    public init?(_ reader: inout SectionReader) {
        let certificateFile = reader.read(Keys.certificateFile)
        let scope = reader.read(Keys.scope)?.value
        guard let login = LoginKeys(&reader), let certificateFile, let scope else { return nil }
        self.login = login
        self.certificateFile = certificateFile
        self.scope = scope
    }
}

public struct SOPSSection: Section {
    enum Keys {
        static let recipients = Field<[AgeRecipientText]>(
            "recipients", meaning: "The age recipients (age1…) who can open the Secret: Flux's, and those of people.",
            consequence: "Other recipients encrypt the Secret anew, and the password must be at hand then.")
    }

    public static var fields: [any FieldDeclaration] { LoginKeys.fields + [Keys.recipients] }
    public static var rules: SectionRules { LoginKeys.rules }

    var login: LoginKeys
    var recipients: Located<[AgeRecipientText]>

    public init?(_ reader: inout SectionReader) {
        let recipients = reader.read(Keys.recipients)
        guard let login = LoginKeys(&reader), let recipients else { return nil }
        self.login = login
        self.recipients = recipients
    }
}
