struct ExistingSecretSection: Section {
    @Key(
        meaning: "A Secret in the instance's namespace with the keys POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, "
            + "POSTGRES_PASSWORD, PGSSLMODE and NODE_EXTRA_CA_CERTS; an administrator's needs user and password only.")
    var secretName: Located<ObjectName>

    @Key(
        .optional("the Secret has the keys that Backstage wants"),
        meaning: "What the Secret calls user and password, where it has other keys.",
        consequence:
            "The Job reads the Secret as it is. Backstage cannot: it takes all keys of a Secret as variables, under "
            + "their own names; the runbook has the ExternalSecret that renames them.")
    var keys: Located<SecretKeysSection>?
}

struct SecretKeysSection: Section {
    @Key(meaning: "The key that holds the role's name.")
    var user: SecretKey

    @Key(meaning: "The key that holds its password.")
    var password: SecretKey

    @Key(
        .optional("metadata.name with -credentials after it"),
        meaning: "The Secret with the keys that Backstage wants, which you have made from this one.")
    var renamedSecretName: Located<ObjectName>?
}

struct ExternalSecretSection: Section {
    @Key(like: LoginKeys().$secretName)
    var secretName: Located<ObjectName>?

    @Key(like: LoginKeys().$user)
    var user: Located<RoleName>

    @Key(.defaultsTo(.clusterSecretStore), meaning: "The kind of the store.")
    var storeKind: SecretStoreKind

    @Key(meaning: "The name of the ClusterSecretStore or SecretStore.")
    var store: ObjectName

    @Key(meaning: "The entry in the store that holds the password.")
    var key: StoreKey

    @Key(.optional("the entry is the password"), meaning: "The part of the entry that is the password.")
    var property: StoreKey?

    @Key(
        .defaultsTo(.v1), meaning: "The version of external-secrets.io that the cluster serves.",
        consequence: "Releases before 0.16 know v1beta1 only, and those from 0.17 on serve v1 only.")
    var apiVersion: ExternalSecretsVersion
}
