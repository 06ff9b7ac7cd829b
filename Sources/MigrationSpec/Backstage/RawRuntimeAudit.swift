import YAMLTree

/// Looks through the ConfigMap by which a CR replaces manifests of the operator's own: what it says of Backstage's container,
/// app-config and dynamic plugins counts as if the CR said it.
struct RawRuntimeAudit {
    let backstage: BackstageResource
    /// The manifests that are at hand.
    let objects: [ManifestObject]
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?
    let credentialsSecret: String?
    /// Whether the config names files with app-configs.
    let hasAppConfigs: Bool

    func run(_ report: inout Report) {
        guard let config = RawRuntimeConfig(of: backstage, among: objects) else { return }
        let name = config.name
        let brought = [("secret-envs.yaml", "Secret"), ("configmap-envs.yaml", "ConfigMap")].flatMap { key, kind in
            roots(key, of: config, &report).filter { $0["kind"]?.string == kind }.flatMap { root in
                EnvironmentVariable.brought(by: root, kind: kind) { "\(key) of the ConfigMap '\(name)' sets \($0)" }
            }
        }
        let deployment = "deployment.yaml of the ConfigMap '\(name)'"
        let containers = roots("deployment.yaml", of: config, &report).flatMap { ownContainers(of: $0) }
        let own = containers.flatMap { container in
            (container["env"]?.items ?? []).flatMap { EnvironmentVariable.listed($0, in: deployment) }
        }
        if !hasAppConfigs { EnvironmentAudit.checkArguments(of: containers, in: deployment, &report) }
        let taken = containers.flatMap { sources(of: $0, in: deployment) }
        VariableAudit(certificatePath: certificatePath).run(own + brought + taken, &report)
        for root in roots("app-config.yaml", of: config, &report) { checkAppConfig(root, &report) }
        // What is no YAML is told once.
        _ = roots(DynamicPlugins.key, of: config, &report)
        for plugin in config.plugins {
            guard let root = plugin.node["pluginConfig"] else { continue }
            audit(root, place: { _ in plugin.place }, schema: .yaml11, &report)
        }
    }

    /// What an `envFrom` brings, as far as it can be had. The operator adds its own to it, so that the new Secret is the last.
    private func sources(of container: YAMLNode, in deployment: String) -> [EnvironmentVariable] {
        (container["envFrom"]?.items ?? []).flatMap { source in
            [("configMapRef", "ConfigMap"), ("secretRef", "Secret")].flatMap { field, kind -> [EnvironmentVariable] in
                guard let name = source[at: [.key(field), "name"]]?.string, name != credentialsSecret,
                    let object = objects.first(where: {
                        $0.isObject(kind: kind, name: name, in: backstage.namespace)
                    })
                else { return [] }
                return EnvironmentVariable.brought(by: object.root, kind: kind, prefix: source["prefix"]?.string ?? "")
                {
                    "the \(kind) '\(name)', which \(deployment) names, sets \($0)"
                }
            }
        }
    }

    /// That of Backstage, or all where none has its name.
    private func ownContainers(of deployment: YAMLNode) -> [YAMLNode] {
        let all = deployment[at: ["spec", "template", "spec", "containers"]]?.items ?? []
        let named = all.filter { $0["name"]?.string == BackstageResource.mainContainer }
        return named.isEmpty ? all : named
    }

    /// Checks the operator's own app-config, which is a ConfigMap whose keys are app-configs.
    private func checkAppConfig(_ root: YAMLNode, _ report: inout Report) {
        guard root["kind"]?.string == "ConfigMap" else { return audit(root, place: { $0 }, &report) }
        for entry in root["data"]?.mergedEntries ?? [] {
            guard let text = entry.value.scalar?.text, let file = try? YAMLFile(parsing: text, name: "") else {
                continue
            }
            for document in file.documents { audit(document.root, place: { _ in entry.key.start }, &report) }
        }
    }

    private func audit(
        _ root: YAMLNode, place: @escaping (YAMLPosition) -> YAMLPosition, schema: YAMLSchema = .core,
        _ report: inout Report
    ) {
        guard root.entries != nil else { return }
        AppConfigAudit(
            root: AppConfigNode(root, place: place, schema: schema, included: { _ in nil }),
            certificatePath: certificatePath
        ).run(&report)
    }

    /// The documents that a key holds, with their places in the file.
    private func roots(_ key: String, of config: RawRuntimeConfig, _ report: inout Report) -> [YAMLNode] {
        do throws(YAMLError) { return try config.roots(key) } catch {
            report.error(error)
            return []
        }
    }
}
