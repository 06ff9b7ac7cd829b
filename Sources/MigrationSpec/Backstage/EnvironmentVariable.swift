import YAMLTree

/// A variable of the container that runs Backstage, as far as the manifests show it.
struct EnvironmentVariable {
    let name: String
    /// `nil` where only the cluster knows it.
    let value: String?
    let position: YAMLPosition
    /// Who sets it, as a sentence: "spec.application.extraEnvs.envs sets PGSSLMODE".
    let sentence: String
    /// Whether it is in `env`, which wins over everything in `envFrom`.
    let beatsSecrets: Bool

    /// The variable of an item in a container's `env`; none for an item without a name.
    static func listed(_ item: YAMLNode, in list: String) -> [EnvironmentVariable] {
        guard let node = item["name"], let name = node.string else { return [] }
        return [
            EnvironmentVariable(
                name: name, value: item["value"]?.scalar?.text, position: node.start, sentence: "\(list) sets \(name)",
                beatsSecrets: true)
        ]
    }
}

extension BackstageResource {
    /// The variables that the CR gives Backstage's container, and those in objects that the CR names.
    ///
    /// - Parameters:
    ///   - objects: the manifests that are at hand.
    ///   - credentials: the new database's Secret, whose variables do not count.
    func environment(with objects: [ManifestObject], besides credentials: String?) -> [EnvironmentVariable] {
        let holders = objects.map(\.holder)
        var variables = patchedVariables
        let envs: YAMLPath = ["spec", "application", "extraEnvs", "envs"]
        for item in root[at: envs]?.items ?? [] where reachesBackstage(item) {
            variables += EnvironmentVariable.listed(item, in: "\(envs)")
        }
        for kind in ExtraItem.Kind.allCases {
            for item in items(.extraEnvs, kind) where item.reachesBackstage && item.name != credentials {
                guard let name = item.name, let key = item.key else { continue }
                let found = holders.filter { $0.brings(kind.object, named: name, in: namespace) }.flatMap(\.entries)
                variables.append(
                    EnvironmentVariable(
                        name: key, value: found.first { $0.name == key }?.value,
                        position: item.node["key"]?.start ?? item.node.start,
                        sentence: "\(item.list) takes \(key) from '\(name)'", beatsSecrets: true))
            }
        }
        // The cut-over replaces the old Secret in a list by the new one. It adds none to the patch.
        let taken = extraSources + patchedSources.without(secrets: localSecretNames)
        let secrets = Set([credentials].compactMap { $0 })
        return variables + taken.without(secrets: secrets).flatMap { $0.variables(in: namespace, among: holders) }
    }

    /// The variables of the deployment patch.
    private var patchedVariables: [EnvironmentVariable] {
        patchesOfMainContainer.flatMap { container in
            (container["env"]?.items ?? []).flatMap {
                EnvironmentVariable.listed($0, in: "\(Self.patchedContainers) '\(Self.mainContainer)'")
            }
        }
    }

    /// Whether the `containers` list of a variable, which may be absent, includes the container that runs Backstage.
    private func reachesBackstage(_ item: YAMLNode) -> Bool {
        guard version.hasItemContainers, let items = item["containers"]?.items, !items.isEmpty else { return true }
        return items.contains { $0.string == "*" || $0.string == Self.mainContainer }
    }
}
