import YAMLTree

/// Checks `backend.database` of an app-config: whether it would win over the new database's Secret, and what else a
/// person should know about the databases.
///
/// The image's own app-config takes host, port, user and password from `POSTGRES_*` and says nothing about TLS. Every
/// later file wins over it, and variables win over files (Backstage,
/// `packages/backend-defaults/src/entrypoints/database` and `packages/config-loader`).
struct AppConfigAudit {
    let root: AppConfigNode
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?

    private static let path: YAMLPath = ["backend", "database"]

    func run(_ report: inout Report) {
        guard let backend = part(root, at: [], &report)?["backend"],
            let found = part(backend, at: ["backend"], &report)?["database"],
            let database = part(found, at: Self.path, &report), !database.isNull
        else { return }
        guard database.entries != nil else {
            report.error("\(Self.path): found \(database.kind), expected a mapping", at: database.start)
            return
        }
        // In schema mode either of the two keys creates missing schemas.
        let lacksSchemas =
            database["pluginDivisionMode"]?.text == "schema" && database["ensureSchemaExists"]?.flag != true
        let missing = lacksSchemas ? "a database or a schema that is missing" : "a database that is missing"
        checkServer(database, at: Self.path, isPlugin: false, missing: missing, &report)
        checkNames(database, &report)
        guard let plugins = database["plugin"] else { return }
        let path = Self.path.appending("plugin")
        for plugin in part(plugins, at: path, &report)?.entries ?? [] {
            let path = path.appending(.key(plugin.name))
            guard let section = part(plugin.value, at: path, &report), section.entries != nil else { continue }
            checkServer(section, at: path, isPlugin: true, missing: missing, &report)
        }
    }

    /// The node; `nil`, with a warning, if it includes a file that is not here.
    private func part(_ node: AppConfigNode, at path: YAMLPath, _ report: inout Report) -> AppConfigNode? {
        guard let file = node.include else { return node }
        report.warn(
            "\(path) is what '\(file)' says, which is not here", at: node.start,
            advice: "Put it where $include looks for it, or see for yourself that it names no server of its own.")
        return nil
    }

    /// Checks the keys that decide which databases there are.
    private func checkNames(_ database: AppConfigNode, _ report: inout Report) {
        if let prefix = database.key("prefix") {
            report.warn(
                "\(Self.path).prefix gives the databases names of their own", at: prefix,
                advice: "They keep them. See that spec.migration.include and exclude, if set, mean those names.")
        }
        guard let mode = database["pluginDivisionMode"], mode.text != "database",
            let position = database.key("pluginDivisionMode")
        else { return }
        // node-postgres then takes the user's name as the database's, and the new user has another name.
        guard let name = database["connection"]?["database"], !name.isNull else {
            if database["connection"]?.text != nil || database["connection"]?.include != nil { return }
            report.error(
                "\(Self.path).pluginDivisionMode: schema without connection.database keeps all in the database that is "
                    + "named after the user, and the new user is another",
                at: position,
                advice: "Name the database that it is in now in connection.database, and see that it is moved: "
                    + "'postgres' only is if spec.migration.include names it.")
            return
        }
        report.warn(
            "\(Self.path).pluginDivisionMode puts all plugins into one database", at: position,
            advice: "It is moved whole, schemas and all, under its own name; see that spec.migration.include, if "
                + "set, means it.")
    }

    /// Checks the keys that say where to connect, and as which role; for all plugins, or for one.
    ///
    /// - Parameter missing: what Backstage does not create where `ensureExists` is false.
    private func checkServer(
        _ section: AppConfigNode, at path: YAMLPath, isPlugin: Bool, missing: String, _ report: inout Report
    ) {
        if let client = section["client"], let variable = client.variable {
            report.warn(
                "\(path).client is what the variable \(variable) says; expected pg", at: client.start,
                advice: "What is kept in another kind of database is not moved, and stays there.")
        } else if let client = section["client"], !client.isNull, client.text != "pg" {
            report.error(
                "\(path).client is not pg", at: client.start,
                advice: "What is kept in another kind of database is not moved, and stays there: use pg, or take the "
                    + "key out.")
        }
        if let role = section["role"], !role.isNull {
            report.warn(
                "\(path).role makes Backstage act as another role than the one it logs in as", at: role.start,
                advice: "The new server must have that role, and Backstage's own must be a member of it; the Job makes "
                    + "neither, and gives the databases to Backstage's own. Take it out, or see to it before the cut-over."
            )
        }
        if let ensures = section["ensureExists"], ensures.flag == false {
            report.warn(
                "\(path).ensureExists: false keeps Backstage from making \(missing)", at: ensures.start,
                advice:
                    "What is moved is there. For a plugin that is added later, somebody must make what it lacks."
            )
        }
        if section["ssl"] != nil, let key = section.key("ssl") {
            report.warn(
                "\(path).ssl says nothing to Backstage, which reads \(path).connection.ssl", at: key,
                advice: "Take it out: PGSSLMODE in the new database's Secret decides.")
        }
        guard let found = section["connection"], !found.isNull,
            let connection = part(found, at: path.appending("connection"), &report)
        else { return }
        AppConfigConnection(
            node: connection, path: path.appending("connection"), isPlugin: isPlugin, certificatePath: certificatePath
        ).check(&report)
    }
}
