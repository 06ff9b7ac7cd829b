extension Migration {
    /// A PostgreSQL cluster that another operator runs, with that operator's names for Services, Secrets and keys.
    ///
    /// The facts are those of PGO 5.8 (`internal/naming/names.go`, `internal/controller/postgrescluster/postgres.go`)
    /// and of Zalando's operator 1.15 (`pkg/cluster/k8sres.go`, `pkg/util/config/config.go`), as of November 2026.
    public struct OperatedCluster: Sendable, Equatable {
        public enum ClusterOperator: String, Sendable {
            case crunchyPGO, zalando
        }

        public var clusterOperator: ClusterOperator
        public var name: String
        public var namespace: String

        /// The Service of the server that takes writes.
        var host: String { "\(clusterOperator == .crunchyPGO ? "\(name)-primary" : name).\(namespace).svc" }

        /// The Secret that its operator makes for a role.
        func secret(of role: String) -> OperatorSecret {
            switch clusterOperator {
            case .crunchyPGO:
                OperatorSecret(
                    name: "\(name)-pguser-\(role)", role: role, userKey: "user", passwordKey: "password")
            case .zalando:
                // Names of roles may have underscores, and names of Secrets may not.
                OperatorSecret(
                    name: "\(role.replacing("_", with: "-")).\(name).credentials.postgresql.acid.zalan.do",
                    role: role, userKey: "username", passwordKey: "password")
            }
        }

        /// The Secret with its certificate authorities, if its operator makes one.
        var certificate: CertificateReference? {
            clusterOperator == .crunchyPGO
                ? CertificateReference(kind: .secret, name: "\(name)-cluster-cert", key: "ca.crt") : nil
        }
    }

    /// A Secret with a role's name and password, under the operator's own keys.
    public struct OperatorSecret: Sendable, Equatable {
        public var name: String
        public var role: String
        public var userKey: String
        public var passwordKey: String
    }

    /// The target, if it is a cluster of another operator.
    public var operatedCluster: OperatedCluster? {
        if case .operated(let cluster) = target.kind { cluster } else { nil }
    }

    /// The Secrets of that operator that the External Secrets Operator reads.
    public var operatorSecrets: [OperatorSecret] {
        allCredentials.compactMap { credentials in
            if case .operated(let secret) = credentials.source { secret } else { nil }
        }
    }

    private var allCredentials: [Credentials] { [credentials, administrator?.credentials].compactMap { $0 } }

    /// The version of that operator's API.
    public var operatorStoreVersion: ExternalSecretsVersion {
        let operated = allCredentials.first { if case .operated = $0.source { true } else { false } }
        return operated?.storeVersion ?? .v1
    }

    /// The name of the SecretStore that reads them, and of its account.
    public var operatorStore: String { "\(name)-secrets" }
}
