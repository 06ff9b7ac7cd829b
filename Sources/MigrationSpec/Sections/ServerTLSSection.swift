struct ServerTLSSection: Section {
    @Key(
        .defaultsTo(.verifyFull),
        meaning: "verify-full, or disabled.",
        consequence: "With disabled, passwords and data cross the cluster's network in plain text.")
    var mode: Located<ServerTLS>

    @Key(
        .choiceWhen("mode", is: ServerTLS.verifyFull.rawValue),
        meaning: "A Secret in the cluster with tls.crt and tls.key, whose certificate names <name>.<namespace>.svc.")
    var serverSecret: Located<ObjectName>?

    @Key(.choiceWhen("mode", is: ServerTLS.verifyFull.rawValue), meaning: "cert-manager issues the certificate.")
    var certManager: CertManagerSection?

    @Key(
        .choiceWhen("mode", is: ServerTLS.verifyFull.rawValue),
        meaning: "OpenShift's service CA issues the certificate; write serviceCA: {}.")
    var serviceCA: Located<ServiceCASection>?

    @Key(
        .optional("with certManager ca.crt of the issued Secret, with serviceCA OpenShift's own bundle"),
        meaning: "PEM file with the certificate authorities that vouch for the server's certificate.",
        consequence: "serverSecret needs it, and so does an issuer that leaves ca.crt out, as public ones do.")
    var caFile: Located<FileName>?
}

struct CertManagerSection: Section {
    @Key(meaning: "The name of the ClusterIssuer or Issuer.")
    var issuer: ObjectName

    @Key(.defaultsTo(.clusterIssuer), meaning: "The issuer's kind.")
    var issuerKind: IssuerKind
}

/// It has no keys: its presence says everything.
struct ServiceCASection: Section {}
