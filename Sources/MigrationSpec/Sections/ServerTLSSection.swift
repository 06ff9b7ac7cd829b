public struct ServerTLSSection: Section {
    enum Keys {
        static let mode = Field<ServerTLS>(
            "mode", .defaultsTo(.verifyFull), meaning: "verify-full, or disabled.",
            consequence: "With disabled, passwords and data cross the cluster's network in plain text.")
        static let serverSecret = Field<ObjectName>(
            "serverSecret", .optional(nil),
            meaning:
                "A Secret in the cluster with tls.crt and tls.key, whose certificate names <name>.<namespace>.svc.")
        static let certManager = Field<CertManagerSection>(
            "certManager", .optional(nil), meaning: "cert-manager issues the certificate.")
        static let serviceCA = Field<ServiceCASection>(
            "serviceCA", .optional(nil), meaning: "OpenShift's service CA issues the certificate; write serviceCA: {}.")
        static let caFile = Field<FileName>(
            "caFile", .optional("with certManager ca.crt of the issued Secret, with serviceCA OpenShift's own bundle"),
            meaning: "PEM file with the certificate authorities that vouch for the server's certificate.",
            consequence:
                "serverSecret needs it, and so does an issuer that leaves ca.crt out, as public ones do.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.mode, Keys.serverSecret, Keys.certManager, Keys.serviceCA, Keys.caFile]
    }

    public static var rules: SectionRules {
        let sources = [Keys.serverSecret.name, Keys.certManager.name, Keys.serviceCA.name]
        return SectionRules(requirements: [
            SectionRules.Requirement(oneOf: sources, other: Keys.mode.name, value: ServerTLS.verifyFull.rawValue)
        ])
    }

    var mode: Located<ServerTLS>
    var serverSecret: Located<ObjectName>?
    var certManager: CertManagerSection?
    var serviceCA: Located<ServiceCASection>?
    var caFile: Located<FileName>?

    public init?(_ reader: inout SectionReader) {
        let mode = reader.read(Keys.mode)
        serverSecret = reader.read(Keys.serverSecret)
        certManager = reader.read(Keys.certManager)?.value
        serviceCA = reader.read(Keys.serviceCA)
        caFile = reader.read(Keys.caFile)
        guard let mode else { return nil }
        self.mode = mode
    }
}

public struct CertManagerSection: Section {
    enum Keys {
        static let issuer = Field<ObjectName>("issuer", meaning: "The name of the ClusterIssuer or Issuer.")
        static let issuerKind = Field<IssuerKind>(
            "issuerKind", .defaultsTo(.clusterIssuer), meaning: "The issuer's kind.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.issuer, Keys.issuerKind] }

    var issuer: ObjectName
    var issuerKind: IssuerKind

    public init?(_ reader: inout SectionReader) {
        let issuer = reader.read(Keys.issuer)?.value
        let issuerKind = reader.read(Keys.issuerKind)?.value
        guard let issuer, let issuerKind else { return nil }
        self.issuer = issuer
        self.issuerKind = issuerKind
    }
}

/// There is nothing to say about it: being there is all.
public struct ServiceCASection: Section {
    public static var fields: [any FieldDeclaration] { [] }
    public init?(_ reader: inout SectionReader) {}
}
