import YAMLTree

/// Looks through the Secrets and ConfigMaps that stand beside the CR for variables that the new database's Secret
/// brings too.
struct EnvironmentAudit {
    let backstage: BackstageResource
    let usesTLS: Bool
    let credentialsSecret: String?

    private static let connection: Set = [
        "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGSSLMODE",
    ]

    func run(_ report: inout Report) {
        for (kind, list) in [("Secret", "secrets"), ("ConfigMap", "configMaps")] {
            let path: YAMLPath = ["spec", "application", "extraEnvs", .key(list)]
            for item in backstage.root[at: path]?.items ?? [] where item["key"] == nil {
                guard let name = item["name"]?.string, name != credentialsSecret else { continue }
                for document in backstage.file.documents where isObject(document.root, kind: kind, name: name) {
                    check(document.root, "\(kind) '\(name)' of \(path)", &report)
                }
            }
        }
        checkPatch(&report)
    }

    private func isObject(_ root: YAMLNode, kind: String, name: String) -> Bool {
        root["kind"]?.string == kind && root[at: ["metadata", "name"]]?.string == name
    }

    private func check(_ object: YAMLNode, _ source: String, _ report: inout Report) {
        for part in ["data", "stringData"] {
            for entry in object[part]?.mergedEntries ?? [] {
                if entry.name == "NODE_EXTRA_CA_CERTS", usesTLS {
                    report.error(
                        "the \(source) sets NODE_EXTRA_CA_CERTS, which the new database's Secret sets too",
                        at: entry.key.start,
                        advice: "Node reads one file only: add its certificates to the config's caFile, and take the "
                            + "variable out here.")
                } else if Self.connection.contains(entry.name) {
                    report.warn(
                        "the \(source) sets \(entry.name), and so does the new database's Secret", at: entry.key.start,
                        advice: "Backstage takes it from the new one, which is listed last; take it out here.")
                } else if entry.name == "NODE_TLS_REJECT_UNAUTHORIZED" {
                    report.warn(
                        "the \(source) sets NODE_TLS_REJECT_UNAUTHORIZED; 0 makes Node accept any certificate",
                        at: entry.key.start,
                        advice: "Take it out once everything that Backstage talks to has a certificate that it can check.")
                }
            }
        }
    }

    /// `envFrom` is a list without a merge key (Kubernetes, `Container.envFrom`): one in the patch replaces the
    /// operator's.
    private func checkPatch(_ report: inout Report) {
        let path: YAMLPath = ["spec", "deployment", "patch", "spec", "template", "spec", "containers"]
        for container in backstage.root[at: path]?.items ?? []
        where container["name"]?.string == BackstageResource.mainContainer {
            guard let list = container.entry("envFrom"), let sources = list.value.items else { continue }
            let names = sources.compactMap { $0[at: ["secretRef", "name"]]?.string }
            let readers = [backstage.sourceSecretName, credentialsSecret].compactMap { $0 }
            guard !names.contains(where: readers.contains) else { continue }
            report.warn(
                "\(path) gives '\(BackstageResource.mainContainer)' an envFrom of its own, which replaces the operator's",
                at: list.key.start,
                advice: "The new database's Secret would not reach Backstage: name these Secrets in "
                    + "spec.application.extraEnvs instead.")
        }
    }
}
