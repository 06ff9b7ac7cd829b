public struct TargetSection: Section {
    enum Keys {
        static let statefulSet = Field<StatefulSetSection>(
            "statefulSet", .optional(nil), meaning: "A PostgreSQL in the same namespace that Rehome renders.")
        static let external = Field<ExternalSection>(
            "external", .optional(nil), meaning: "A PostgreSQL that somebody else runs.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.statefulSet, Keys.external] }
    public static var rules: SectionRules { SectionRules(exactlyOne: fields.map(\.name)) }

    enum Choice: Sendable {
        case statefulSet(StatefulSetSection)
        case external(ExternalSection)
    }

    var choice: Choice

    public init?(_ reader: inout SectionReader) {
        if let section = reader.read(Keys.statefulSet)?.value {
            choice = .statefulSet(section)
        } else if let section = reader.read(Keys.external)?.value {
            choice = .external(section)
        } else {
            return nil
        }
    }
}

public struct StatefulSetSection: Section {
    enum Keys {
        static let image = Field<ImageReference>(
            "image",
            meaning:
                "A PostgreSQL image of the sclorg family (registry.redhat.io/rhel9/postgresql-16, quay.io/sclorg/…).",
            consequence: "Its major version must be at least the source's, which is 15 for the operator's own database."
        )
        static let storage = Field<Quantity>(
            "storage", .defaultsTo(Quantity(checked: "20Gi")), meaning: "The size of the data volume.",
            consequence:
                "A StatefulSet's claim cannot be changed later, only the claim itself, where the storage class allows it."
        )
        static let storageClass = Field<ObjectName>(
            "storageClass", .optional("the cluster's default class"), meaning: "The storage class of the data volume.")
        static let maxConnections = Field<Count>(
            "maxConnections", .defaultsTo(Count(checked: 400)), meaning: "PostgreSQL's max_connections.",
            consequence: "Each replica of Backstage opens up to ten connections for each plugin's database.")
        static let sharedBuffers = Field<ServerMemory>(
            "sharedBuffers", .defaultsTo(ServerMemory(checked: "256MB")),
            meaning: "PostgreSQL's shared_buffers; a quarter of the memory limit is usual.")
        static let resources = Field<ResourcesSection>(
            "resources", .defaultsOfKeys, meaning: "What the PostgreSQL container asks for and may use.")
        static let pod = Field<PodSection>("pod", .defaultsOfKeys, meaning: "Where and how PostgreSQL's pod runs.")
        static let tls = Field<ServerTLSSection>("tls", meaning: "How connections to this PostgreSQL are protected.")
    }

    public static var fields: [any FieldDeclaration] {
        [
            Keys.image, Keys.storage, Keys.storageClass, Keys.maxConnections, Keys.sharedBuffers, Keys.resources,
            Keys.pod, Keys.tls,
        ]
    }

    var image: ImageReference
    var storage: Quantity
    var storageClass: ObjectName?
    var maxConnections: Count
    var sharedBuffers: ServerMemory
    var resources: Resources
    var pod: PodSettings
    var tls: ServerTLSSection

    public init?(_ reader: inout SectionReader) {
        let image = reader.read(Keys.image)?.value
        let storage = reader.read(Keys.storage)?.value
        storageClass = reader.read(Keys.storageClass)?.value
        let maxConnections = reader.read(Keys.maxConnections)?.value
        let sharedBuffers = reader.read(Keys.sharedBuffers)?.value
        let resources = reader.read(Keys.resources)?.value
        let pod = reader.read(Keys.pod)?.value.settings
        let tls = reader.read(Keys.tls)?.value
        guard let image, let storage, let maxConnections, let sharedBuffers, let resources, let pod, let tls else {
            return nil
        }
        self.image = image
        self.storage = storage
        self.maxConnections = maxConnections
        self.sharedBuffers = sharedBuffers
        self.resources = resources.over(.database)
        self.pod = pod
        self.tls = tls
    }
}

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

public struct ExternalSection: Section {
    enum Keys {
        static let provider = Field<Provider>(
            "provider",
            .optional(
                "amazonRDS for *.rds.amazonaws.com, azureFlexibleServer for *.postgres.database.azure.com, "
                    + "googleCloudSQL for *.sql.goog, else generic"),
            meaning: "Who runs the server.",
            consequence: "Decides what the runbook says about privileges, TLS and the network.")
        static let host = Field<HostName>(
            "host", meaning: "The server's name, as its certificate spells it.",
            consequence: "An address instead of a name fails the certificate's check unless the certificate names it.")
        static let port = Field<Port>("port", .defaultsTo(.postgres), meaning: "The server's port.")
        static let tls = Field<ExternalTLSSection>("tls", meaning: "How connections to the server are protected.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.provider, Keys.host, Keys.port, Keys.tls] }

    var provider: Provider?
    var host: Located<HostName>
    var port: Port
    var tls: ExternalTLSSection

    public init?(_ reader: inout SectionReader) {
        provider = reader.read(Keys.provider)?.value
        let host = reader.read(Keys.host)
        let port = reader.read(Keys.port)?.value
        let tls = reader.read(Keys.tls)?.value
        guard let host, let port, let tls else { return nil }
        self.host = host
        self.port = port
        self.tls = tls
    }
}

public struct ExternalTLSSection: Section {
    enum Keys {
        static let mode = ServerTLSSection.Keys.mode
        static let caFile = Field<FileName>(
            "caFile", .optional(nil), meaning: "PEM file with the certificate authorities that vouch for the server.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.mode, Keys.caFile] }
    public static var rules: SectionRules {
        SectionRules(requirements: [
            SectionRules.Requirement(
                oneOf: [Keys.caFile.name], other: Keys.mode.name, value: ServerTLS.verifyFull.rawValue)
        ])
    }

    var mode: Located<ServerTLS>
    var caFile: Located<FileName>?

    public init?(_ reader: inout SectionReader) {
        let mode = reader.read(Keys.mode)
        caFile = reader.read(Keys.caFile)
        guard let mode else { return nil }
        self.mode = mode
    }
}
