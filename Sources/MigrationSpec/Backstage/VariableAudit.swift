import YAMLTree

/// Looks through variables of Backstage's container for what would win over the new database's Secret.
struct VariableAudit {
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?

    private static let connection: Set = [
        "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGSSLMODE",
    ]

    /// The first of the variables that decide which database is Backstage's that a text speaks of.
    static func named(in node: YAMLNode) -> String? {
        let names = connection.sorted() + ["NODE_EXTRA_CA_CERTS"]
        if let text = node.scalar?.text { return names.first(where: text.contains) }
        return (node.items ?? node.mergedEntries?.map(\.value) ?? []).lazy.compactMap(named).first
    }

    func run(_ variables: [EnvironmentVariable], _ report: inout Report) {
        for variable in variables { check(variable, &report) }
        checkConfiguration(variables, &report)
    }

    private func check(_ variable: EnvironmentVariable, _ report: inout Report) {
        let name = variable.name
        if name == "NODE_TLS_REJECT_UNAUTHORIZED" {
            // A Secret's value may be the cluster's to know.
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
        } else if Self.connection.contains(name) {
            report.warn(
                "\(variable.sentence), and so does the new database's Secret", at: variable.position,
                advice: "Backstage takes it from the new one, which is listed last; take it out here.")
        }
    }

    /// `APP_CONFIG_backend_database_client` is `backend.database.client`, over every file.
    private func checkConfiguration(_ variables: [EnvironmentVariable], _ report: inout Report) {
        for variable in variables {
            guard let root = Self.configuration(variable) else { continue }
            let position = variable.position
            AppConfigAudit(
                root: AppConfigNode(root, place: { _ in position }, included: { _ in nil }),
                certificatePath: certificatePath
            ).run(&report)
        }
    }

    private static func configuration(_ variable: EnvironmentVariable) -> YAMLNode? {
        let prefix = "APP_CONFIG"
        guard variable.name.hasPrefix(prefix) else { return nil }
        let keys = variable.name.dropFirst(prefix.count).split(separator: "_").map(String.init)
        let isNested = variable.name.dropFirst(prefix.count).first == "_"
        guard isNested ? keys.first == "backend" && keys.count < 64 : keys.isEmpty else { return nil }
        // As Backstage reads it: JSON if it is, else a text.
        let text = variable.value ?? "${\(variable.name)}"
        let parsed = try? YAMLFile(parsing: text, name: "").onlyDocument.root.value()
        let isJSON = text.first.map { "{[\"tfn-0123456789".contains($0) } ?? false
        let value = isJSON ? parsed ?? .string(text) : .string(text)
        let nested = keys.reversed().reduce(value) { inner, key in .mapping([key: inner]) }
        return try? YAMLFile(parsing: nested.yaml(), name: "").onlyDocument.root
    }
}
