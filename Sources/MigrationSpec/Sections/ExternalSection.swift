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
