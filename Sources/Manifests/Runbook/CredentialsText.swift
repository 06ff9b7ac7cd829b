import MigrationSpec
import YAMLTree

/// Who makes the Secrets with which Backstage and the Job connect to the new database, and what a person has to do for
/// it.
struct CredentialsText {
    let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    /// Paragraphs, each ending in a line break.
    var paragraphs: [String] {
        var result = [backstages, administrators].filter { !$0.isEmpty }
        if migration.administrator != nil { result.append(roles) }
        return result
    }

    private var backstages: String {
        let secret = "The Secret `\(migration.credentials.secretName)` must exist in `\(migration.namespace)`"
        switch migration.credentials.source {
        case .plain, .externalSecret, .operated: return ""
        case .existing: return "\(secret) with these keys:\n\n\(Markdown.list(keys))"
        case .renamed(let login): return renamed(login, secret)
        case .sealedSecret, .sops: return sealed(migration.credentials)
        }
    }

    private var administrators: String {
        guard let credentials = migration.administrator?.credentials else { return "" }
        switch credentials.source {
        case .plain, .externalSecret, .operated: return ""
        case .existing, .renamed:
            let login = credentials.login
            return
                "The Secret `\(login.secretName)` must exist in `\(migration.namespace)` with the administrator's name in "
                + "`\(login.userKey)` and password in `\(login.passwordKey)`. Only the Job and the server read it.\n"
        case .sealedSecret, .sops: return sealed(credentials)
        }
    }

    private var keys: [String] {
        var keys = [
            "`POSTGRES_HOST`: `\(facts.target)`", "`POSTGRES_PORT`: `\(migration.target.port)`", userKey,
            "`POSTGRES_PASSWORD`", "`PGSSLMODE`: `\(migration.target.trust == nil ? "disable" : "require")`",
        ]
        if let path = migration.certificatePath { keys.append("`NODE_EXTRA_CA_CERTS`: `\(path)`") }
        return keys
    }

    /// The images of the sclorg family set up `postgres` and no other role that may create databases.
    private var userKey: String {
        if migration.administrator != nil { return "`POSTGRES_USER`: Backstage's own role, which the Job makes" }
        if migration.statefulSet?.imageFamily == .sclorg { return "`POSTGRES_USER`: `postgres`" }
        if let cluster = migration.cluster { return "`POSTGRES_USER`: \(Markdown.code(cluster.role))" }
        return "`POSTGRES_USER`: a role that may create databases"
    }

    private var roles: String {
        let more =
            migration.administrator?.createDatabases == true
            ? "owns its databases and may create more"
            : "owns its databases and may create no others: before a plugin is added, an administrator must create "
                + "`backstage_plugin_<plugin>` for it"
        return
            "The Job makes Backstage's role with the password in `\(migration.credentials.login.secretName)`. It may log "
            + "in, \(more), and nothing else. A role of that name that is there already is left as it is, and refused if it "
            + "may do more.\n"
    }

    // MARK: A Secret with other keys

    private func renamed(_ login: Migration.Login, _ secret: String) -> String {
        """
        The Job reads `\(login.userKey)` and `\(login.passwordKey)` from the Secret `\(login.secretName)`. Backstage takes \
        all keys of a Secret as variables, under their own names, so it needs one with other names. \(secret); with the \
        External Secrets Operator and a SecretStore of its provider `kubernetes` for this namespace (here called \
        `\(migration.namespace)-secrets`), this makes it. (Releases before 0.16: `external-secrets.io/v1beta1`, and \
        `refreshInterval: 0s` in the place of `refreshPolicy`.)

        ```yaml
        \(externalSecret(login).yaml())```

        """
    }

    private func externalSecret(_ login: Migration.Login) -> YAMLValue {
        var data: YAMLValue = [
            "POSTGRES_HOST": .string(migration.target.host), "POSTGRES_PORT": .string("\(migration.target.port)"),
            "POSTGRES_USER": "{{ .user }}", "POSTGRES_PASSWORD": "{{ .password }}",
            "PGSSLMODE": .string(migration.target.trust == nil ? "disable" : "require"),
        ]
        data["NODE_EXTRA_CA_CERTS"] = migration.certificatePath.map { .string($0) }
        func value(_ name: String, _ key: String) -> YAMLValue {
            [
                "secretKey": .string(name),
                "remoteRef": ["key": .string(login.secretName), "property": .string(key)],
            ]
        }
        return [
            "apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret",
            "metadata": [
                "name": .string(migration.credentials.secretName), "namespace": .string(migration.namespace),
            ],
            "spec": [
                "refreshPolicy": "OnChange",
                "secretStoreRef": ["kind": "SecretStore", "name": .string("\(migration.namespace)-secrets")],
                "target": [
                    "name": .string(migration.credentials.secretName), "creationPolicy": "Orphan",
                    "template": [
                        "engineVersion": "v2",
                        "metadata": [
                            "labels": [
                                "rhdh.redhat.com/ext-config-sync": "true", "rhdh.redhat.com/external-config": "true",
                            ],
                            "annotations": ["rhdh.redhat.com/backstage-name": .string(migration.instance)],
                        ],
                        "data": data,
                    ],
                ],
                "data": [value("user", login.userKey), value("password", login.passwordKey)],
            ],
        ]
    }

    // MARK: A sealed Secret

    /// What to look at once the first stage is applied; empty if it has nothing for the sealed-secrets controller.
    var controllersWords: String {
        let commands = [migration.administrator?.credentials, migration.credentials].compactMap(\.self).compactMap {
            credentials -> ShellLine? in
            guard case .sealedSecret = credentials.source else { return nil }
            let name = credentials.secretName
            return "\(facts.kubectl) get sealedsecret \(name) -o jsonpath='{.status.conditions}'"
        }
        guard !commands.isEmpty else { return "" }
        return "If the sealed-secrets controller makes no Secret, it says why:\n\n\(Markdown.shell(commands.joined()))"
    }

    private func sealed(_ credentials: Migration.Credentials) -> String {
        let name = credentials.secretName
        let again = "A new password in its file is taken up by `rehome render --reseal`."
        guard case .sops = credentials.source else {
            return "The sealed-secrets controller makes the Secret `\(name)` from what stage 1 brings. \(again)\n"
        }
        let file = facts.encryptedFile(of: credentials)
        if case .flux(let flux)? = migration.engine, flux.decryptionSecret != nil {
            return "Flux decrypts `\(file)`. \(again)\n"
        }
        return
            "`\(file)` is encrypted, which the API server refuses: stage 1 is applied file by file, with the `sops` that "
            + "has the key. \(again)\n"
    }
}
