import ManifestTemplates
import MigrationSpec
import SecretSealing
import YAMLTree

extension TemplateValues {
    /// Adds what the templates of a Secret need.
    ///
    /// - Parameter isBackstages: whether Backstage reads the Secret, and so its operator. An administrator's Secret is
    ///   only read by the Job and the server.
    func adding(_ credentials: Migration.Credentials, of migration: Migration, isBackstages: Bool) -> TemplateValues {
        let absent = Self.absent
        let hasTLS = migration.target.trust != nil
        let watched = isBackstages ? YAMLValue.string("true") : absent
        var values: [String: YAMLValue?] = [
            "credentials.secret": .string(credentials.secretName),
            // The operator reads, watches and labels what the CR names. If its cache is filtered by label, it sees
            // nothing else.
            "credentials.watched": watched,
            "credentials.watcher": isBackstages ? .string(migration.instance) : absent,
            "credentials.pgsslmode": isBackstages ? .string(hasTLS ? "require" : "disable") : absent,
            "credentials.certificatePath": isBackstages
                ? migration.certificatePath.map { .string($0) } : absent,
            "credentials.user": credentials.user.map { .string($0) },
        ]
        // CloudNativePG reads the role's name and password from the same Secret, under its own keys.
        let makesRole = isBackstages && migration.cluster?.roleSecret == credentials.secretName
        values["credentials.type"] = .string(makesRole ? "kubernetes.io/basic-auth" : "Opaque")
        values["credentials.roleName"] = makesRole ? values["credentials.user"] ?? absent : absent
        values["credentials.rolePassword"] = absent
        let isNewest = credentials.storeVersion == .v1
        values["store.apiVersion"] = .string("external-secrets.io/\(credentials.storeVersion.rawValue)")
        // Older releases have no policy; this interval means the same to them.
        values["store.refreshPolicy"] = isNewest ? "OnChange" : absent
        values["store.refreshInterval"] = isNewest ? absent : "0s"
        values["store.userProperty"] = absent
        values["store.hasUser"] = .bool(false)
        switch credentials.source {
        case .existing, .renamed: break
        case .operated(let secret):
            values["credentials.user"] = "{{ .user }}"
            values["store.kind"] = .string(SecretStoreKind.secretStore.rawValue)
            values["store.name"] = .string(migration.operatorStore)
            values["store.key"] = .string(secret.name)
            values["store.property"] = .string(secret.passwordKey)
            values["store.userProperty"] = .string(secret.userKey)
            values["store.hasUser"] = .bool(true)
        case .plain(_, let password):
            values["credentials.password"] = .string(password)
            if makesRole { values["credentials.rolePassword"] = .string(password) }
        case .externalSecret(let secret):
            values["credentials.user"] = .string(GoTemplateText.escaped(secret.user))
            values["credentials.roleName"] = makesRole ? values["credentials.user"] ?? absent : absent
            if makesRole { values["credentials.rolePassword"] = "{{ .password }}" }
            values["store.kind"] = .string(secret.storeKind.rawValue)
            values["store.name"] = .string(secret.storeName)
            values["store.key"] = .string(secret.key)
            values["store.property"] = .some(secret.property.map { .string($0) })
        case .sealedSecret(let user, _, let seal):
            values["credentials.password"] = .string(SecretInput.pending)
            values["credentials.user"] = .string(GoTemplateText.escaped(user))
            // The sealed-secrets controller replaces it by the value that it has decrypted.
            if makesRole { values["credentials.rolePassword"] = "{{ .POSTGRES_PASSWORD }}" }
            values["credentials.roleName"] = makesRole ? values["credentials.user"] ?? absent : absent
            values["seal.namespaceWide"] = seal.scope == .namespaceWide ? "true" : absent
            values["seal.clusterWide"] = seal.scope == .clusterWide ? "true" : absent
        case .sops:
            values["credentials.password"] = .string(SecretInput.pending)
            if makesRole { values["credentials.rolePassword"] = .string(SecretInput.pending) }
        }
        return adding(values)
    }
}

extension Migration.Credentials {
    /// The template that makes the Secret; `nil` where nothing is rendered.
    var template: ManifestTemplate? {
        switch source {
        case .existing, .renamed: nil
        case .plain, .sops: .credentialsSecret
        case .externalSecret, .operated: .externalSecret
        case .sealedSecret: .sealedSecret
        }
    }

    /// Whether the rendered object needs ``Sealer`` to be complete.
    var isSealed: Bool {
        switch source {
        case .sealedSecret, .sops: true
        case .existing, .renamed, .plain, .externalSecret, .operated: false
        }
    }
}
