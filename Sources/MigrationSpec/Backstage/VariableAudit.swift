import YAMLTree

/// Finds variables of Backstage's container that would win over the new database's Secret.
struct VariableAudit {
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?
    /// Whether Backstage goes back to the local database, whose Secret comes first.
    let goesBack: Bool

    private static let connection: Set = [
        "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGSSLMODE",
    ]

    /// The first variable that decides on Backstage's database and whose name is in a key or a text of the node.
    static func named(in node: YAMLNode) -> String? {
        let names = connection.sorted() + ["NODE_EXTRA_CA_CERTS", "APP_CONFIG_backend_database"]
        if let text = node.scalar?.text { return names.first(where: text.contains) }
        let nodes = node.items ?? node.mergedEntries?.flatMap { [$0.key, $0.value] } ?? []
        return nodes.lazy.compactMap(named).first
    }

    /// The first such variable that a shell's line sets.
    static func assigned(in line: String) -> String? {
        line.matches(of: /(?:^|[\s;&|('"])([A-Za-z_][A-Za-z0-9_]*)=/).lazy.map { String($0.output.1) }.first(
            where: judges)
    }

    /// Whether this audit checks a variable of that name, so that other searches may pass over its value.
    static func judges(_ name: String) -> Bool {
        connection.contains(name) || name == "NODE_EXTRA_CA_CERTS" || keys(name)?.count ?? 0 >= 2
    }

    func run(_ variables: [EnvironmentVariable], _ report: inout Report) {
        for variable in variables { check(variable, &report) }
        checkConfiguration(variables, &report)
    }

    private func check(_ variable: EnvironmentVariable, _ report: inout Report) {
        let name = variable.name
        if name == "NODE_TLS_REJECT_UNAUTHORIZED" {
            // The value of a Secret may only be known in the cluster, so it could be 0.
            guard variable.value ?? "0" == "0" else { return }
            report.warn(
                "\(variable.sentence); 0 makes Node accept any certificate, the new database's too",
                at: variable.position,
                advice: "Take it out once everything that Backstage talks to has a certificate that it can check.")
        } else if name == "NODE_EXTRA_CA_CERTS", certificatePath != nil {
            report.error(
                "\(variable.sentence), and so does the new database's Secret", at: variable.position,
                advice: "Node reads one file only: add its certificates to the config's caFile, and take the variable "
                    + "out here.")
        } else if Self.connection.contains(name), variable.beatsSecrets {
            report.error(
                "\(variable.sentence), which would win over the credentials Secret", at: variable.position,
                advice: "Take it out: the credentials Secret brings it.")
        } else if Self.connection.contains(name), goesBack {
            report.error(
                "\(variable.sentence), which would win over the local database's Secret", at: variable.position,
                advice: "Take it out: the operator gives Backstage that Secret first, and what is named later wins.")
        } else if Self.connection.contains(name) {
            report.warn(
                "\(variable.sentence), and so does the new database's Secret", at: variable.position,
                advice: "Backstage takes it from the new one, which is listed last; take it out here.")
        }
    }

    // MARK: App-config in variables

    /// `APP_CONFIG_backend_database_client` is `backend.database.client`, over every file.
    private func checkConfiguration(_ variables: [EnvironmentVariable], _ report: inout Report) {
        for variable in variables {
            // Backstage ignores an empty variable.
            guard let keys = Self.keys(variable.name), variable.value?.isEmpty != true else { continue }
            if variable.value == nil, keys.count < 3 || (keys.count < 5 && keys[2] == "plugin") {
                report.warn(
                    "\(variable.sentence), whose value is not here, and it may name a server", at: variable.position,
                    advice: "See for yourself that it names none: it would win over the new database's Secret.")
                continue
            }
            guard let root = Self.configuration(variable, at: keys) else {
                report.error(
                    "\(variable.sentence), whose value begins like JSON and is none", at: variable.position,
                    advice: "Backstage takes it for a text, and what it says for nothing: write it as JSON.")
                continue
            }
            let position = variable.position
            let origin = variable.value == nil ? AppConfigNode.Origin.unknown(variable: variable.name) : .variable
            AppConfigAudit(
                root: AppConfigNode(root, place: { _ in position }, origin: origin, included: { _ in nil }),
                certificatePath: certificatePath
            ).run(&report)
        }
    }

    /// The keys of the app-config that a variable is for; `nil` for one that has nothing to do with the databases.
    private static func keys(_ name: String) -> [String]? {
        let prefix = "APP_CONFIG"
        guard name.hasPrefix(prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        let keys = rest.split(separator: "_").map(String.init)
        guard rest.isEmpty || rest.first == "_", keys.count < 64 else { return nil }
        return zip(keys, ["backend", "database"]).allSatisfy { $0 == $1 } ? keys : nil
    }

    /// A variable's value as Backstage reads it, below its keys: as JSON if it is JSON, otherwise as a text.
    private static func configuration(_ variable: EnvironmentVariable, at keys: [String]) -> YAMLNode? {
        let text = variable.value ?? ""
        let json = YAMLValue(json: text)
        let isMeant = text.utf8.first { !" \t\n\r".utf8.contains($0) }.map { "{[".utf8.contains($0) } ?? false
        if json == nil, isMeant { return nil }
        let nested = keys.reversed().reduce(json ?? .string(text)) { inner, key in .mapping([key: inner]) }
        return try? YAMLFile(parsing: nested.yaml(), name: "").onlyDocument.root
    }
}
