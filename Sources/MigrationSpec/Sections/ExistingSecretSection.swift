public struct ExistingSecretSection: Section {
    enum Keys {
        static let secretName = Field<ObjectName>(
            "secretName",
            meaning: "A Secret in the instance's namespace with the keys POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, "
                + "POSTGRES_PASSWORD, PGSSLMODE and NODE_EXTRA_CA_CERTS; an administrator's needs user and password only."
        )
        static let keys = Field<SecretKeysSection>(
            "keys", .optional("the Secret has the keys that Backstage wants"),
            meaning: "What the Secret calls user and password, where it has other keys.",
            consequence:
                "The Job reads the Secret as it is. Backstage cannot: it takes all keys of a Secret as variables, under "
                + "their own names; the runbook has the ExternalSecret that renames them.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.secretName, Keys.keys] }

    var secretName: Located<ObjectName>
    var keys: Located<SecretKeysSection>?

    public init?(_ reader: inout SectionReader) {
        let secretName = reader.read(Keys.secretName)
        keys = reader.read(Keys.keys)
        guard let secretName else { return nil }
        self.secretName = secretName
    }
}

public struct SecretKeysSection: Section {
    enum Keys {
        static let user = Field<SecretKey>("user", meaning: "The key that holds the role's name.")
        static let password = Field<SecretKey>("password", meaning: "The key that holds its password.")
        static let renamedSecretName = Field<ObjectName>(
            "renamedSecretName", .optional("metadata.name with -credentials after it"),
            meaning: "The Secret with the keys that Backstage wants, which you have made from this one.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.user, Keys.password, Keys.renamedSecretName] }

    var user: SecretKey
    var password: SecretKey
    var renamedSecretName: Located<ObjectName>?

    public init?(_ reader: inout SectionReader) {
        let user = reader.read(Keys.user)?.value
        let password = reader.read(Keys.password)?.value
        renamedSecretName = reader.read(Keys.renamedSecretName)
        guard let user, let password else { return nil }
        self.user = user
        self.password = password
    }
}

public struct ExternalSecretSection: Section {
    enum Keys {
        static let secretName = LoginKeys.secretName
        static let user = LoginKeys.user
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
