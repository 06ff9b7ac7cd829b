struct ExternalSection: Section {
    @Key(
        .optional(
            "amazonRDS for *.rds.amazonaws.com, azureFlexibleServer for *.postgres.database.azure.com, "
                + "googleCloudSQL for *.sql.goog, else generic"),
        meaning: "Who runs the server.",
        consequence: "Decides what the runbook says about privileges, TLS and the network.")
    var provider: Provider?

    @Key(
        meaning: "The server's name, as its certificate spells it.",
        consequence: "An address instead of a name fails the certificate's check unless the certificate names it.")
    var host: Located<HostName>

    @Key(.defaultsTo(.postgres), meaning: "The server's port.")
    var port: Port

    @Key(meaning: "How connections to the server are protected.")
    var tls: ExternalTLSSection
}

struct ExternalTLSSection: Section {
    @Key(like: ServerTLSSection().$mode)
    var mode: Located<ServerTLS>

    @Key(
        .choiceWhen("mode", is: ServerTLS.verifyFull.rawValue),
        meaning: "PEM file with the certificate authorities that vouch for the server.")
    var caFile: Located<FileName>?
}
