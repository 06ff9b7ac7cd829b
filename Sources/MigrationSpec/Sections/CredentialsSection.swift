/// Where the Secret of one role at the target comes from.
struct CredentialsSection: Section {
    @Key(.choice, meaning: "The Secret is in the cluster already, or something else puts it there.")
    var existing: Located<ExistingSecretSection>?

    @Key(
        .choice,
        meaning:
            "The operator of a crunchyPGO or zalando target keeps the role's Secret; the External Secrets Operator makes "
            + "one from it with the keys that Backstage wants.")
    var operatorSecret: Located<OperatorSecretSection>?

    @Key(.choice, meaning: "The External Secrets Operator makes the Secret from a store such as Vault.")
    var externalSecret: ExternalSecretSection?

    @Key(
        .choice,
        meaning: "A SealedSecret is rendered, which only the sealed-secrets controller of the cluster can open.")
    var sealedSecret: SealedSecretSection?

    @Key(
        .choice,
        meaning: "The Secret is rendered as SOPS encrypts it with age; Flux opens it, Argo CD needs a plugin.")
    var sops: Located<SOPSSection>?

    @Key(
        .choice, meaning: "The Secret is rendered with its password in plain text.",
        consequence: "Whoever can read the repository can read the password, and git never forgets it.")
    var plain: Located<PlainSecretSection>?

    /// Never `nil` in practice: a section without a choice is refused.
    var choice: Choice? {
        if let existing { return .existing(existing) }
        if let operatorSecret { return .operatorSecret(operatorSecret) }
        if let externalSecret { return .externalSecret(externalSecret) }
        if let sealedSecret { return .sealedSecret(sealedSecret) }
        if let sops { return .sops(sops) }
        return plain.map(Choice.plain)
    }

    enum Choice: Sendable {
        case existing(Located<ExistingSecretSection>)
        case operatorSecret(Located<OperatorSecretSection>)
        case externalSecret(ExternalSecretSection)
        case sealedSecret(SealedSecretSection)
        case sops(Located<SOPSSection>)
        case plain(Located<PlainSecretSection>)

        /// The key that was chosen. Each case has the name of its key.
        var key: String { Mirror(reflecting: self).children.first?.label ?? "" }

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

        /// The version of the External Secrets Operator's API, if one is needed.
        var storeVersion: ExternalSecretsVersion {
            switch self {
            case .operatorSecret(let section): section.value.apiVersion
            case .externalSecret(let section): section.apiVersion
            case .existing, .sealedSecret, .sops, .plain: .v1
            }
        }

        /// The Secret's name, if the config has it.
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
struct AdminCredentialsSection: Section {
    let secret = CredentialsSection()

    @Key(
        .defaultsTo(true),
        meaning: "Whether Backstage's own role may create databases.",
        consequence:
            "Without it, a plugin that is added later finds no database, and Backstage does not start until an "
            + "administrator has created backstage_plugin_<plugin> for its role.")
    var createDatabases: Bool

    var choice: CredentialsSection.Choice? { secret.choice }
}
