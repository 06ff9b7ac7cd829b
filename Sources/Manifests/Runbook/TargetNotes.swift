import MigrationSpec

/// What is particular to a kind of target: how to see that it is ready, and what to know beforehand.
struct TargetNotes {
    let migration: Migration

    private var kubectl: ShellLine { "kubectl -n \(migration.namespace)" }

    /// Commands that end once the database can be used; `nil` where nothing of ours is waited for.
    var wait: ShellLine? {
        switch migration.target.kind {
        case .statefulSet: return "\(kubectl) rollout status statefulset/\(migration.name) --timeout=15m"
        case .cloudNativePG(let cluster):
            // The role is made after the cluster is ready.
            return """
                \(kubectl) wait --for=condition=Ready cluster.postgresql.cnpg.io/\(migration.name) --timeout=15m
                until \(kubectl) get cluster.postgresql.cnpg.io \(migration.name) -o jsonpath='{.status.managedRolesStatus.byStatus.reconciled}' | grep -qwF -e \(cluster.role); do sleep 5; done
                """
        case .operated:
            // The copy cannot begin without these Secrets.
            let names = [migration.administrator?.credentials, migration.credentials].compactMap { $0 }.filter {
                if case .operated = $0.source { true } else { false }
            }.map { "externalsecret.external-secrets.io/\($0.secretName)" }
            return names.isEmpty ? nil : "\(kubectl) wait --for=condition=Ready \(words: names) --timeout=15m"
        case .external: return nil
        }
    }

    /// What to do before the first stage, as items of a list.
    var preparation: [String] {
        switch migration.target.kind {
        case .statefulSet(let server): return statefulSet(server)
        case .cloudNativePG(let cluster): return self.cluster(cluster)
        case .operated(let cluster): return operated(cluster)
        case .external(let provider): return external(provider)
        }
    }

    private func statefulSet(_ server: Migration.StatefulSet) -> [String] {
        certificate(server) + passwords(server)
    }

    /// A Secret that the pod needs to start, and that has to be made by hand.
    private func certificate(_ server: Migration.StatefulSet) -> [String] {
        guard let tls = server.tls, case .provided = tls.source else { return [] }
        return [
            "The Secret `\(tls.secretName)` must be there first, with the server's certificate and key in `tls.crt` and "
                + "`tls.key`, for the name `\(migration.target.host)`."
        ]
    }

    private func passwords(_ server: Migration.StatefulSet) -> [String] {
        switch server.imageFamily {
        case .sclorg:
            [
                "The image sets the password of `postgres` from the Secret at every start: a new password needs a restart."
            ]
        case .official:
            [
                "The image reads user and password at its first start only: for a new password run `ALTER ROLE … PASSWORD` "
                    + "too, and change the Secret with it."
            ]
        }
    }

    private func cluster(_ cluster: Migration.Cluster) -> [String] {
        var notes = [
            "The CloudNativePG operator must be there. It makes the role \(Markdown.code(cluster.role)), which may log in and create "
                + "databases, from the Secret `\(cluster.roleSecret)`.",
            "No `Database` objects for Backstage's databases: the operator would make them under names that the Job "
                + "has renamed.",
        ]
        if case .existing = migration.credentials.source {
            notes.append(
                "That Secret must be of type `kubernetes.io/basic-auth`, with `username`: \(Markdown.code(cluster.role)) and `password`"
                    + (cluster.roleSecret == migration.credentials.secretName ? ", beside the keys below." : "."))
        }
        return notes
    }

    private func operated(_ cluster: Migration.OperatedCluster) -> [String] {
        let name = Markdown.code(cluster.name)
        let own = operatorRole(of: migration.credentials)
        let role = own.map(Markdown.code) ?? "Backstage's role"
        var notes: [String]
        switch cluster.clusterOperator {
        case .crunchyPGO:
            notes = [
                "`spec.users` of the PostgresCluster \(name) must have \(role), with `options: CREATEDB`: PGO makes the role, and "
                    + "its Secret with the keys `user` and `password`.",
                "The Job and Backstage connect to the primary's Service, not to pgBouncer: the Job needs sessions of its "
                    + "own, and refuses a pooler.",
            ]
            if migration.target.trust?.bundle == nil {
                notes.append(
                    "Backstage's operator may see no Secret without its label: label `\(cluster.name)-cluster-cert` with "
                        + "`rhdh.redhat.com/external-config=true`, by kubectl. (`spec.metadata.labels` of the PostgresCluster "
                        + "would label its pods too, and so restart them.)"
                )
            }
        case .zalando:
            notes = [
                "`spec.users` of the postgresql object \(name) must have \(role) with `createdb`: the operator makes the role, and "
                    + "its Secret with the keys `username` and `password`.",
                "Its `pg_hba.conf` turns away what comes without TLS, unless `spec.patroni.pg_hba` says otherwise.",
            ]
        }
        return notes + administrator(cluster, role: own) + (migration.operatorSecrets.isEmpty ? [] : [reading(cluster)])
    }

    private func operatorRole(of credentials: Migration.Credentials?) -> String? {
        if case .operated(let secret)? = credentials?.source { secret.role } else { nil }
    }

    /// The rights that the administrator's role needs. A role in the cluster's object does not have them by default.
    private func administrator(_ cluster: Migration.OperatedCluster, role: String?) -> [String] {
        guard let administrator = migration.administrator?.credentials else { return [] }
        let name = operatorRole(of: administrator)
        let title = name.map { "The administrator's role \(Markdown.code($0))" } ?? "The administrator's role"
        let (superuser, rights, owner) =
            switch cluster.clusterOperator {
            case .crunchyPGO:
                (
                    "be a superuser: `options: SUPERUSER` in `spec.users`, or `postgres`, which is one, and has a Secret once "
                        + "`spec.users` names it", "`options: CREATEDB CREATEROLE`", "PGO"
                )
            case .zalando:
                (
                    "be a superuser: the flag `superuser` in `spec.users`, or `postgres`, which is one and always has a Secret",
                    "the flags `createdb` and `createrole`", "the operator"
                )
            }
        let acting = role.map {
            ", but may not act as \(Markdown.code($0)), which \(owner) has made, before a superuser grants it that role"
        }
        return [
            "\(title) should \(superuser). With \(rights) alone it makes databases\(acting ?? ", and roles of its own"). "
                + "Extensions that are not trusted, and whatever else `migration.administratorObjects` names, take a superuser."
        ]
    }

    /// What allows the External Secrets Operator to read the role's Secret.
    private func reading(_ cluster: Migration.OperatedCluster) -> String {
        let secrets = migration.operatorSecrets.map { Markdown.code($0.name) }.joined(separator: " and ")
        let first =
            "The External Secrets Operator must be there: it reads \(secrets) in `\(cluster.namespace)`, as the account "
            + "`\(migration.operatorStore)`, and makes the Secret that Backstage and the Job read. It reads again when its "
            + "object changes, not when the password does."
        guard cluster.namespace != migration.namespace else { return first }
        let commands: ShellLine = """
            kubectl -n \(cluster.namespace) create role \(migration.operatorStore) --verb=get --resource=secrets\(names) --dry-run=client -o yaml | kubectl apply -f -
            kubectl -n \(cluster.namespace) create rolebinding \(migration.operatorStore) --role=\(migration.operatorStore) --serviceaccount=\(migration.namespace):\(migration.operatorStore) --dry-run=client -o yaml | kubectl apply -f -
            """
        return first + " The owners of `\(cluster.namespace)` let it, once:\n\n\(Markdown.shell(commands))"
    }

    private var names: ShellLine {
        migration.operatorSecrets.reduce("" as ShellLine) { "\($0) --resource-name=\($1.name)" }
    }

    private func external(_ provider: Provider) -> [String] {
        let role = "The role must be able to create databases: `ALTER ROLE … CREATEDB`."
        return switch provider {
        case .generic:
            [
                role,
                "What guards the server must let the cluster in: `pg_hba.conf`, firewall, egress rules of the namespace.",
            ]
        case .amazonRDS:
            [
                role + " The master user may; it is `rds_superuser`, not a superuser. The Job needs no more.",
                "From PostgreSQL 15 on the default parameter group refuses connections without TLS (`rds.force_ssl=1`). "
                    + "`caFile` is the bundle of the region, or the global one, from AWS.",
                "The security group must let the nodes of the cluster in, on port \(migration.target.port).",
                "`rdsadmin` belongs to AWS: the Job leaves it alone.",
            ]
        case .azureFlexibleServer:
            [
                role + " The server admin may; it belongs to `azure_pg_admin`, and is not a superuser.",
                "The server refuses connections without TLS (`require_secure_transport`). `caFile` needs all roots that Azure "
                    + "uses: DigiCert Global Root G2 and Microsoft RSA Root Certificate Authority 2017, one after the other.",
                "The server's firewall, or its private endpoint, must let the cluster in.",
                "`azure_maintenance` and `azure_sys` belong to Azure: the Job leaves them alone.",
            ]
        case .googleCloudSQL:
            [
                role + " `postgres` may; it belongs to `cloudsqlsuperuser`, and is not a superuser.",
                "The host name is checked: the instance needs a DNS name and a server CA whose certificates bear it "
                    + "(server CA mode GOOGLE_MANAGED_CAS_CA or CUSTOMER_MANAGED_CAS_CA). `caFile` is that CA.",
                "The cluster must reach it, by private IP or an authorized network.",
                "`cloudsqladmin` belongs to Google: the Job leaves it alone.",
            ]
        }
    }
}
