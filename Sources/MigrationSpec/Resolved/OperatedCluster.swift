extension Migration {
    /// A cluster that another operator keeps, and of which this is known: how it names Services, Secrets and their keys.
    ///
    /// The facts are those of PGO 5.8 (`internal/naming/names.go`, `internal/controller/postgrescluster/postgres.go`) and of
    /// Zalando's operator 1.15 (`pkg/cluster/k8sres.go`, `pkg/util/config/config.go`), as of November 2026.
    public struct OperatedCluster: Sendable, Equatable {
        public enum Keeper: String, Sendable {
            case crunchyPGO, zalando
        }

        public var keeper: Keeper
        public var name: String
        public var namespace: String

        /// The Service of the server that takes writes.
        var host: String { "\(keeper == .crunchyPGO ? "\(name)-primary" : name).\(namespace).svc" }

        /// The Secret that its operator keeps for a role.
        func secret(of role: String) -> OperatorSecret {
            switch keeper {
            case .crunchyPGO:
                OperatorSecret(
                    name: "\(name)-pguser-\(role)", namespace: namespace, role: role, userKey: "user",
                    passwordKey: "password")
            case .zalando:
                // Roles may have underscores, and names of Secrets may not.
                OperatorSecret(
                    name: "\(role.replacing("_", with: "-")).\(name).credentials.postgresql.acid.zalan.do",
                    namespace: namespace, role: role, userKey: "username", passwordKey: "password")
            }
        }

        /// The Secret with its certificate authorities, where its operator makes one.
        var certificate: CertificateReference? {
            keeper == .crunchyPGO
                ? CertificateReference(kind: .secret, name: "\(name)-cluster-cert", key: "ca.crt") : nil
        }
    }

    /// A Secret with a role's name and password, under keys that are its operator's own.
    public struct OperatorSecret: Sendable, Equatable {
        public var name: String
        public var namespace: String
        public var role: String
        public var userKey: String
        public var passwordKey: String
    }

    /// The cluster of another operator that is moved to, if it is one.
    public var operatedCluster: OperatedCluster? {
        if case .operated(let cluster) = target.kind { cluster } else { nil }
    }

    /// The Secrets of that operator which are read.
    public var operatorSecrets: [OperatorSecret] {
        allCredentials.compactMap { credentials in
            if case .operated(let secret) = credentials.source { secret } else { nil }
        }
    }

    private var allCredentials: [Credentials] { [credentials, administrator?.credentials].compactMap { $0 } }

    /// Of the API of what reads them.
    public var operatorStoreVersion: ExternalSecretsVersion {
        let operated = allCredentials.first { if case .operated = $0.source { true } else { false } }
        return operated?.storeVersion ?? .v1
    }

    /// What reads them, and the account as which it does.
    public var operatorStore: String { "\(name)-secrets" }
}
