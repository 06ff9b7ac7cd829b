import YAMLTree

/// Checks the ConfigMap by which a CR replaces manifests of the operator's own. What it says of Backstage's container,
/// app-config and dynamic plugins is checked as if the CR said it.
struct RawRuntimeAudit {
    let backstage: BackstageResource
    /// The manifests that are at hand.
    let objects: [ManifestObject]
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?
    let credentialsSecret: String?
    /// Whether the config names files with app-configs.
    let hasAppConfigs: Bool
    /// Whether Backstage goes back to the local database.
    let goesBack: Bool

    func run(_ report: inout Report) {
        guard let config = RawRuntimeConfig(of: backstage, among: objects) else { return }
        let brought = RawRuntimeConfig.environments.flatMap { key, kind in
            roots(key, of: config, &report).filter { $0["kind"]?.string == kind }.flatMap { root in
                EnvironmentHolder(root: root, kind: kind).entries.map { entry in
                    EnvironmentVariable(
                        name: entry.name, value: entry.value, position: entry.position,
                        sentence: "\(key) of the ConfigMap '\(config.name)' sets \(entry.name)", beatsSecrets: false)
                }
            }
        }
        let containers = read(&report) { () throws(YAMLError) in try config.containers() }
        let own = containers.flatMap { container in
            (container["env"]?.items ?? []).flatMap { EnvironmentVariable.listed($0, in: config.deploymentPlace) }
        }
        EnvironmentAudit.checkArguments(
            of: containers, in: config.deploymentPlace, hasAppConfigs: hasAppConfigs, &report)
        let secrets = backstage.databaseSecrets(besides: credentialsSecret)
        let taken = config.sources.without(secrets: secrets).flatMap {
            $0.variables(in: backstage.namespace, among: objects.map(\.holder))
        }
        VariableAudit(certificatePath: certificatePath, goesBack: goesBack).run(own + brought + taken, &report)
        for root in roots("app-config.yaml", of: config, &report) { checkAppConfig(root, &report) }
        // Reads the list for its errors only, so that a text that is no YAML is reported.
        _ = roots(DynamicPlugins.key, of: config, &report)
        for plugin in config.plugins {
            guard let root = plugin.node["pluginConfig"] else { continue }
            audit(root, place: { _ in plugin.place }, schema: .yaml11, &report)
        }
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
        read(&report) { () throws(YAMLError) in try config.roots(key) }
    }

    /// The nodes; none, with an error reported, for a text that is no YAML.
    private func read(_ report: inout Report, _ nodes: () throws(YAMLError) -> [YAMLNode]) -> [YAMLNode] {
        do throws(YAMLError) { return try nodes() } catch {
            report.error(error)
            return []
        }
    }
}
