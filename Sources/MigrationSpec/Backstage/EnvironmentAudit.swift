import YAMLTree

/// Looks through the variables of Backstage's container for what would keep it from reaching the new database.
struct EnvironmentAudit {
    let backstage: BackstageResource
    /// The manifests that can be had.
    let objects: [ManifestObject]
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?
    let credentialsSecret: String?
    /// Whether the config names files with app-configs.
    let hasAppConfigs: Bool

    func run(_ report: inout Report) {
        VariableAudit(certificatePath: certificatePath).run(
            backstage.environment(with: objects, besides: credentialsSecret), &report)
        checkPatch(&report)
        if !hasAppConfigs { checkArguments(&report) }
    }

    /// Backstage reads what `--config` names, and an `args` in the patch replaces the image's own.
    private func checkArguments(_ report: inout Report) {
        let path: YAMLPath = ["spec", "deployment", "patch", "spec", "template", "spec", "containers"]
        for container in backstage.root[at: path]?.items ?? []
        where container["name"]?.string == BackstageResource.mainContainer {
            let words = (container["command"]?.items ?? []) + (container["args"]?.items ?? [])
            guard let word = words.first(where: { $0.scalar?.text.contains("--config") ?? false }) else { continue }
            report.warn(
                "\(path) starts '\(BackstageResource.mainContainer)' with app-configs of its own, which were not looked at",
                at: word.start,
                advice:
                    "Name them in spec.backstage.appConfigFiles: a backend.database in one would win over the new database's "
                    + "Secret.")
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
