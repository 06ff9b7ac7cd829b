/// A PostgresCluster of Crunchy's PGO (`postgres-operator.crunchydata.com/v1beta1`), which somebody keeps already.
public struct CrunchyPGOSection: Section {
    enum Keys {
        static let cluster = Field<LabelName>("cluster", meaning: "The PostgresCluster's name.")
        static let namespace = Field<LabelName>(
            "namespace", .optional("the instance's own"), meaning: "The namespace of the PostgresCluster.",
            consequence:
                "Pods read no Secret of another namespace: caFile is needed then, and its owners let the credentials be read."
        )
        static let caFile = Field<FileName>(
            "caFile", .optional("ca.crt of the Secret <cluster>-cluster-cert, in the instance's namespace"),
            meaning: "PEM file with the certificate authorities that vouch for the cluster.",
            consequence: "A cluster with a customTLSSecret needs it too.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.cluster, Keys.namespace, Keys.caFile] }

    var cluster: Located<LabelName>
    var namespace: LabelName?
    var caFile: Located<FileName>?

    public init?(_ reader: inout SectionReader) {
        let cluster = reader.read(Keys.cluster)
        namespace = reader.read(Keys.namespace)?.value
        caFile = reader.read(Keys.caFile)
        guard let cluster else { return nil }
        self.cluster = cluster
    }
}

/// A postgresql of Zalando's operator (`acid.zalan.do/v1`), which somebody keeps already.
public struct ZalandoSection: Section {
    enum Keys {
        static let cluster = Field<LabelName>("cluster", meaning: "The name of the postgresql object.")
        static let namespace = Field<LabelName>(
            "namespace", .optional("the instance's own"), meaning: "The namespace of the postgresql object.",
            consequence: "Pods read no Secret of another namespace: its owners let the credentials be read.")
        static let tls = Field<ExternalTLSSection>(
            "tls", meaning: "How connections to the server are protected.",
            consequence:
                "verify-full needs a certificate that spec.tls of the postgresql object names: the one that each pod makes for "
                + "itself has no authority that could be checked.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.cluster, Keys.namespace, Keys.tls] }

    var cluster: Located<LabelName>
    var namespace: LabelName?
    var tls: ExternalTLSSection

    public init?(_ reader: inout SectionReader) {
        let cluster = reader.read(Keys.cluster)
        namespace = reader.read(Keys.namespace)?.value
        let tls = reader.read(Keys.tls)?.value
        guard let cluster, let tls else { return nil }
        self.cluster = cluster
        self.tls = tls
    }
}

/// The Secret that the target's own operator keeps for a role, under the role's name.
public struct OperatorSecretSection: Section {
    enum Keys {
        static let user = Field<RoleName>(
            "user", meaning: "The role, as the cluster's own object names it.",
            consequence:
                "It must be able to create databases: options: CREATEDB with crunchyPGO, createdb with zalando.")
        static let secretName = Field<ObjectName>(
            "secretName", .optional("metadata.name with -credentials, or -admin, after it"),
            meaning: "The Secret with the keys that Backstage wants, which is made from the operator's.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.user, Keys.secretName] }

    var user: Located<RoleName>
    var secretName: Located<ObjectName>?

    public init?(_ reader: inout SectionReader) {
        let user = reader.read(Keys.user)
        secretName = reader.read(Keys.secretName)
        guard let user else { return nil }
        self.user = user
    }
}
