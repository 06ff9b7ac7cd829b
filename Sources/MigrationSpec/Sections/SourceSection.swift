public struct SourceSection: Section {
    enum Keys {
        static let server = Field<SourceServerSection>(
            "server", meaning: "The PostgreSQL that the databases leave, where it is not the operator's own.")
        static let deployment = Field<InstanceName>(
            "deployment", .optional("backstage- and the CR's name after it; without a CR, backstage"),
            meaning: "The Deployment that runs Backstage.",
            consequence: "Without a CR the instance is known by this name: another one makes it another migration.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.server, Keys.deployment] }

    var server: SourceServerSection
    var deployment: Located<InstanceName>?

    public init?(_ reader: inout SectionReader) {
        let server = reader.read(Keys.server)?.value
        deployment = reader.read(Keys.deployment)
        guard let server else { return nil }
        self.server = server
    }
}

public struct SourceServerSection: Section {
    enum Keys {
        static let host = Field<HostName>("host", meaning: "The server's name, as pods of the namespace resolve it.")
        static let port = Field<Port>("port", .defaultsTo(.postgres), meaning: "The server's port.")
        static let secretName = Field<ObjectName>(
            "secretName",
            meaning: "A Secret in the instance's namespace with the role and password that read the source.")
        static let userKey = Field<SecretKey>(
            "userKey", .defaultsTo(SecretKey(checked: "POSTGRES_USER")), meaning: "The Secret's key with the role.",
            consequence: "With the fence, the role must own the databases or be a superuser.")
        static let passwordKey = Field<SecretKey>(
            "passwordKey", .defaultsTo(SecretKey(checked: "POSTGRES_PASSWORD")),
            meaning: "The Secret's key with the password.")
        static let tls = Field<ExternalTLSSection>("tls", meaning: "How connections to the source are protected.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.host, Keys.port, Keys.secretName, Keys.userKey, Keys.passwordKey, Keys.tls]
    }

    var host: Located<HostName>
    var port: Port
    var secretName: Located<ObjectName>
    var userKey: SecretKey
    var passwordKey: SecretKey
    var tls: ExternalTLSSection

    public init?(_ reader: inout SectionReader) {
        let host = reader.read(Keys.host)
        let port = reader.read(Keys.port)?.value
        let secretName = reader.read(Keys.secretName)
        let userKey = reader.read(Keys.userKey)?.value
        let passwordKey = reader.read(Keys.passwordKey)?.value
        let tls = reader.read(Keys.tls)?.value
        guard let host, let port, let secretName, let userKey, let passwordKey, let tls else { return nil }
        self.host = host
        self.port = port
        self.secretName = secretName
        self.userKey = userKey
        self.passwordKey = passwordKey
        self.tls = tls
    }
}
