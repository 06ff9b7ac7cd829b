import YAMLTree

/// Looks through the variables of Backstage's container for what would keep it from reaching the new database.
struct EnvironmentAudit {
    let backstage: BackstageResource
    /// The manifests that can be had.
    let objects: [ManifestObject]
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?
    let credentialsSecret: String?

    private static let connection: Set = [
        "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGSSLMODE",
    ]

    func run(_ report: inout Report) {
        let variables = backstage.environment(with: objects, besides: credentialsSecret)
        for variable in variables { check(variable, &report) }
        checkConfiguration(variables, &report)
        checkPatch(&report)
    }

    private func check(_ variable: EnvironmentVariable, _ report: inout Report) {
        let name = variable.name
        if name == "NODE_TLS_REJECT_UNAUTHORIZED" {
            // A Secret's value may be the cluster's to know.
            guard variable.value ?? "0" == "0" else { return }
            report.warn(
                "\(variable.sentence); 0 makes Node accept any certificate, the new database's too", at: variable.position,
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
                root: AppConfigNode(root, place: { _ in position }, included: { _ in nil }), certificatePath: certificatePath
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

    /// `envFrom` is a list without a merge key (Kubernetes, `Container.envFrom`): one in the patch replaces the
    /// operator's.
    private func checkPatch(_ report: inout Report) {
        let path: YAMLPath = ["spec", "deployment", "patch", "spec", "template", "spec", "containers"]
        for container in backstage.root[at: path]?.items ?? []
        where container["name"]?.string == BackstageResource.mainContainer {
            guard let list = container.entry("envFrom"), let sources = list.value.items else { continue }
            let names = sources.compactMap { $0[at: ["secretRef", "name"]]?.string }
            let readers = backstage.localSecretNames.union([credentialsSecret].compactMap { $0 })
            guard !names.contains(where: readers.contains) else { continue }
            report.warn(
                "\(path) gives '\(BackstageResource.mainContainer)' an envFrom of its own, which replaces the operator's",
                at: list.key.start,
                advice: "The new database's Secret would not reach Backstage: name these Secrets in "
                    + "spec.application.extraEnvs instead.")
        }
    }
}
