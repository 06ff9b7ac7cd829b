/// A PostgresCluster of Crunchy's PGO (`postgres-operator.crunchydata.com/v1beta1`) that exists already.
struct CrunchyPGOSection: Section {
    @Key(meaning: "The PostgresCluster's name.")
    var cluster: Located<LabelName>

    @Key(
        .optional("the instance's own"),
        meaning: "The namespace of the PostgresCluster.",
        consequence:
            "Pods read no Secret of another namespace: caFile is needed then, and its owners let the credentials be read."
    )
    var namespace: LabelName?

    @Key(
        .optional("ca.crt of the Secret <cluster>-cluster-cert, in the instance's namespace"),
        meaning: "PEM file with the certificate authorities that vouch for the cluster.",
        consequence: "A cluster with a customTLSSecret needs it too.")
    var caFile: Located<FileName>?
}

/// A postgresql of Zalando's operator (`acid.zalan.do/v1`) that exists already.
struct ZalandoSection: Section {
    @Key(meaning: "The name of the postgresql object.")
    var cluster: Located<LabelName>

    @Key(
        .optional("the instance's own"),
        meaning: "The namespace of the postgresql object.",
        consequence: "Pods read no Secret of another namespace: its owners let the credentials be read.")
    var namespace: LabelName?

    @Key(
        meaning: "How connections to the server are protected.",
        consequence:
            "verify-full needs a certificate that spec.tls of the postgresql object names: the one that each pod makes for "
            + "itself has no authority that could be checked.")
    var tls: ExternalTLSSection
}

/// The Secret that the target's own operator makes for a role, under the role's name.
struct OperatorSecretSection: Section {
    @Key(
        meaning: "The role, as the cluster's own object names it.",
        consequence: "It must be able to create databases: options: CREATEDB with crunchyPGO, createdb with zalando.")
    var user: Located<RoleName>

    @Key(
        .optional("metadata.name with -credentials, or -admin, after it"),
        meaning: "The Secret with the keys that Backstage wants, which is made from the operator's.")
    var secretName: Located<ObjectName>?

    @Key(
        .defaultsTo(.v1), meaning: "The version of external-secrets.io that the cluster serves.",
        consequence: "Releases before 0.16 know v1beta1 only, and those from 0.17 on serve v1 only.")
    var apiVersion: ExternalSecretsVersion
}
