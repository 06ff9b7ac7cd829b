import SecretSealing

/// The keys of every Secret that is rendered with a value of its own.
struct LoginKeys: KeyGroup {
    @Key(
        .optional("metadata.name with -credentials after it, or -admin for an administrator"),
        meaning: "The rendered Secret's name.")
    var secretName: Located<ObjectName>?

    @Key(
        .defaultsTo(RoleName(checked: "postgres")), meaning: "The role that connects with it.",
        consequence: "Without adminCredentials it must be able to create databases, since each plugin has its own.")
    var user: Located<RoleName>

    @Key(
        .choice,
        meaning: "A file that holds the password, or - for standard input; a line break at its end is dropped.")
    var passwordFile: Located<FileName>?

    @Key(.choice, meaning: "The environment variable that holds the password while rendering.")
    var passwordVariable: Located<VariableName>?

    enum Password: Sendable {
        case file(Located<FileName>)
        case variable(Located<VariableName>)
    }

    /// Never `nil` in practice: a section without a choice is refused.
    var password: Password? { passwordFile.map(Password.file) ?? passwordVariable.map(Password.variable) }
}

struct PlainSecretSection: Section {
    let login = LoginKeys()
}

struct SealedSecretSection: Section {
    let login = LoginKeys()

    @Key(
        meaning: "The controller's certificate, as kubeseal --fetch-cert prints it.",
        consequence: "Another certificate seals the password anew, which must be at hand then.")
    var certificateFile: Located<FileName>

    @Key(
        .defaultsTo(.strict),
        meaning: "Where the value may be opened: as this Secret only, in its namespace, or in the whole cluster.")
    var scope: SealingScope
}

struct SOPSSection: Section {
    let login = LoginKeys()

    @Key(
        meaning: "The age recipients (age1…) who can open the Secret: Flux's, and those of people.",
        consequence: "Other recipients encrypt the Secret anew, and the password must be at hand then.")
    var recipients: Located<[AgeRecipientText]>
}
