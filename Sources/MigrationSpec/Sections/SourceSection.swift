struct SourceSection: Section {
    @Key(meaning: "The PostgreSQL that the databases leave, where it is not the operator's own.")
    var server: SourceServerSection

    @Key(
        .optional("backstage- and the CR's name after it; without a CR, backstage"),
        meaning: "The Deployment that runs Backstage.",
        consequence: "Without a CR the instance is known by this name: another one makes it another migration.")
    var deployment: Located<InstanceName>?
}

struct SourceServerSection: Section {
    @Key(meaning: "The server's name, as pods of the namespace resolve it.")
    var host: Located<HostName>

    @Key(.defaultsTo(.postgres), meaning: "The server's port.")
    var port: Port

    @Key(meaning: "A Secret in the instance's namespace with the role and password that read the source.")
    var secretName: Located<ObjectName>

    @Key(
        .defaultsTo(SecretKey(checked: "POSTGRES_USER")),
        meaning: "The Secret's key with the role.",
        consequence: "With the fence, the role must own the databases or be a superuser.")
    var userKey: SecretKey

    @Key(.defaultsTo(SecretKey(checked: "POSTGRES_PASSWORD")), meaning: "The Secret's key with the password.")
    var passwordKey: SecretKey

    @Key(meaning: "How connections to the source are protected.")
    var tls: ExternalTLSSection
}
