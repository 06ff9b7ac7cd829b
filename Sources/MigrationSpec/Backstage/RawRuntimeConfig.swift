import YAMLTree

/// The ConfigMap by which a CR replaces manifests of the operator's own (CRD field
/// `spec.rawRuntimeConfig.backstageConfig`; rhdh-operator, `pkg/model/runtime.go`).
struct RawRuntimeConfig {
    let object: ManifestObject
    var name: String { object.name }

    /// - Parameter objects: the manifests at hand.
    /// - Returns: `nil` if the CR names none, or it is not among them.
    init?(of backstage: BackstageResource, among objects: [ManifestObject]) {
        let field: YAMLPath = ["spec", "rawRuntimeConfig", "backstageConfig"]
        guard let name = backstage.root[at: field]?.string, !name.isEmpty,
            let object = objects.first(where: {
                $0.isObject(kind: "ConfigMap", name: name, in: backstage.namespace)
            })
        else { return nil }
        self.object = object
    }

    /// The keys with variables of Backstage's container, and the kind of the object in each.
    static let environments = [("secret-envs.yaml", "Secret"), ("configmap-envs.yaml", "ConfigMap")]

    /// The documents that a key holds, with their places in the file.
    /// - Throws: `YAMLError` where the key's text is no YAML.
    func roots(_ key: String) throws(YAMLError) -> [YAMLNode] {
        try object.embedded(at: ["data", .key(key)])?.roots ?? []
    }

    // MARK: Backstage's container

    /// The Deployment, for messages.
    var deploymentPlace: String { "deployment.yaml of the ConfigMap '\(name)'" }

    /// The container that runs Backstage, by its name; all containers if none has it.
    ///
    /// - Throws: ``YAMLError`` if the Deployment is no YAML.
    func containers() throws(YAMLError) -> [YAMLNode] {
        try roots("deployment.yaml").flatMap { deployment in
            let all = deployment[at: ["spec", "template", "spec", "containers"]]?.items ?? []
            let named = all.filter { $0["name"]?.string == BackstageResource.mainContainer }
            return named.isEmpty ? all : named
        }
    }

    /// The ConfigMaps and Secrets in the container's `envFrom`; none if the Deployment is no YAML. The operator appends its
    /// own list, so the new Secret stays last.
    var sources: [EnvironmentSource] {
        ((try? containers()) ?? []).flatMap { EnvironmentSource.taken(by: $0, in: deploymentPlace) }
    }

    // MARK: Dynamic plugins

    /// A plugin of the list that replaces the operator's own.
    struct Plugin {
        let node: YAMLNode
        /// Where the list's text begins in the file.
        let place: YAMLPosition
    }

    /// The plugins of the list that are not disabled; none if there is no list, or it is no YAML.
    var plugins: [Plugin] {
        let maps = (try? roots(DynamicPlugins.key)) ?? []
        return maps.flatMap { map -> [Plugin] in
            guard map["kind"]?.string == "ConfigMap", let list = map[at: ["data", .key(DynamicPlugins.key)]],
                let text = list.scalar?.text, let file = try? YAMLFile(parsing: text, name: list.start.file)
            else { return [] }
            let items = file.documents.first?.root["plugins"]?.items ?? []
            return items.filter { !DynamicPlugins.isDisabled($0) }.map { Plugin(node: $0, place: list.start) }
        }
    }

    /// What in the list says that the instance runs the orchestrator; `nil` if nothing does.
    var orchestratorEvidence: String? {
        let dependencies = plugins.flatMap { $0.node["dependencies"]?.items ?? [] }
        let list = "\(DynamicPlugins.key) of the ConfigMap '\(name)'"
        if dependencies.contains(where: DynamicPlugins.isSonataFlow) { return "\(list) has 'ref: sonataflow'" }
        // A person has replaced the reference by this.
        return dependencies.contains(where: DynamicPlugins.isTakenOut) ? "\(list) had 'ref: sonataflow'" : nil
    }

    /// The place of a `ref: sonataflow` that stays after the cut-over, since that changes only the CR's own list.
    func remainingReference(besides own: DynamicPlugins?) -> YAMLPosition? {
        plugins.first { plugin in
            Self.carriesReference(plugin.node) && !(own?.overrides(plugin.node) ?? false)
        }?.place
    }

    private static func carriesReference(_ plugin: YAMLNode) -> Bool {
        plugin["dependencies"]?.items?.contains(where: DynamicPlugins.isSonataFlow) ?? false
    }
}

extension DynamicPlugins {
    /// Whether the CR's list, after the cut-over, sets the dependencies of the plugin's package, or disables it.
    fileprivate func overrides(_ plugin: YAMLNode) -> Bool {
        items.contains { item in
            guard let package = item["package"]?.string, package == plugin["package"]?.string else { return false }
            return Self.isDisabled(item) || item["dependencies"]?.items?.isEmpty == false
                || Self.carriers.contains(where: package.contains)
        }
    }
}
