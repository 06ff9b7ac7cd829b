import YAMLTree

/// Looks through an app-config for a `backend.database` that would win over the new database's Secret, or that says
/// something about the databases which a person should know.
///
/// The image's own app-config takes host, port, user and password from `POSTGRES_*` and says nothing of TLS; every
/// file after it wins (Backstage, `packages/backend-defaults/src/entrypoints/database`).
struct AppConfigAudit {
    let root: YAMLNode
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?
    /// Turns a place in the app-config into one in the file that holds it.
    let place: (YAMLPosition) -> YAMLPosition

    private static let path: YAMLPath = ["backend", "database"]
    private static let variables = [
        "host": "POSTGRES_HOST", "port": "POSTGRES_PORT", "user": "POSTGRES_USER", "password": "POSTGRES_PASSWORD",
    ]

    func run(_ report: inout Report) {
        guard let database = root[at: Self.path], !database.isNull else { return }
        guard database.entries != nil else {
            report.error("\(Self.path): found \(database.kind), expected a mapping", at: place(database.start))
            return
        }
        checkServer(database, at: Self.path, &report)
        if let prefix = database.entry("prefix") {
            report.warn(
                "\(Self.path).prefix gives the databases names of their own", at: place(prefix.key.start),
                advice: "They keep them. See that spec.migration.include and exclude, if set, mean those names.")
        }
        if let mode = database.entry("pluginDivisionMode"), mode.value.string != "database" {
            report.warn(
                "\(Self.path).pluginDivisionMode puts all plugins into one database", at: place(mode.key.start),
                advice: "It is moved whole, schemas and all, under its own name; see that spec.migration.include, if "
                    + "set, means it.")
        }
        for plugin in database["plugin"]?.mergedEntries ?? [] where plugin.value.mergedEntries != nil {
            checkServer(plugin.value, at: Self.path + ["plugin", .key(plugin.name)], &report)
        }
    }

    /// What says where to connect: of all plugins, or of one.
    private func checkServer(_ section: YAMLNode, at path: YAMLPath, _ report: inout Report) {
        if let client = section["client"], let name = client.string, name != "pg" {
            report.error(
                "\(path).client is not pg", at: place(client.start),
                advice: "What is kept in another kind of database is not moved, and stays there: use pg, or take the "
                    + "key out.")
        }
        checkTLS(section["ssl"], at: path.appending("ssl"), &report)
        guard let connection = section["connection"], !connection.isNull else { return }
        let path = path.appending("connection")
        guard let entries = connection.mergedEntries else {
            report.error(
                "\(path) names a server, which would win over the new database's Secret", at: place(connection.start),
                advice: "Take it out: the image's own app-config takes the connection from POSTGRES_*.")
            return
        }
        for entry in entries {
            if let variable = Self.variables[entry.name], !refers(entry.value, to: variable) {
                report.error(
                    "\(path).\(entry.name) would win over the new database's Secret", at: place(entry.key.start),
                    advice: "Take it out, or write ${\(variable)}.")
            } else if entry.name == "type", entry.value.string != "default" {
                report.error(
                    "\(path).type makes Backstage log in without the Secret's password", at: place(entry.key.start),
                    advice: "Take it out: the Job and Backstage log in with POSTGRES_USER and POSTGRES_PASSWORD.")
            }
        }
        checkTLS(connection["ssl"], at: path.appending("ssl"), &report)
    }

    /// node-postgres takes `ssl` over PGSSLMODE, and its `ca` over NODE_EXTRA_CA_CERTS.
    private func checkTLS(_ ssl: YAMLNode?, at path: YAMLPath, _ report: inout Report) {
        guard let ssl, !ssl.isNull else { return }
        let isOn = ssl.bool ?? (ssl.entries != nil)
        guard isOn == (certificatePath != nil) else {
            report.error(
                "\(path) switches TLS \(isOn ? "on" : "off"), and tls.mode of the target says otherwise",
                at: place(ssl.start), advice: "Take it out: PGSSLMODE in the new database's Secret decides.")
            return
        }
        if let check = ssl["rejectUnauthorized"], check.bool == false {
            report.warn(
                "\(path).rejectUnauthorized: false accepts any certificate", at: place(check.start),
                advice: "Take it out: the new database's certificate can be checked.")
        }
        if let certificatePath, let authorities = ssl["ca"], authorities["$file"]?.string != certificatePath {
            report.error(
                "\(path).ca would win over the new database's certificate authorities", at: place(authorities.start),
                advice: "Take it out, or let it be {$file: \(certificatePath)}.")
        }
    }

    /// `${NAME}`, `${NAME:-default}` or `{$env: NAME}`.
    private func refers(_ node: YAMLNode, to variable: String) -> Bool {
        if let name = node["$env"]?.string { return name == variable }
        guard let text = node.scalar?.text else { return false }
        return text == "${\(variable)}" || text.hasPrefix("${\(variable):-") && text.hasSuffix("}")
    }
}
