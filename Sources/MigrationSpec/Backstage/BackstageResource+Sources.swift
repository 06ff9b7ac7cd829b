import YAMLTree

/// The objects that the CR names and that Backstage reads.
extension BackstageResource {
    static let patchedContainers: YAMLPath = ["spec", "deployment", "patch", "spec", "template", "spec", "containers"]

    /// The entries of the deployment patch for the container that runs Backstage.
    var patchesOfMainContainer: [YAMLNode] {
        (root[at: Self.patchedContainers]?.items ?? []).filter { $0["name"]?.string == Self.mainContainer }
    }

    // MARK: Variables

    /// The ConfigMaps and Secrets that `extraEnvs` takes as a whole. (An item with a key is a variable of that name.)
    var extraSources: [EnvironmentSource] {
        ExtraItem.Kind.allCases.reversed().flatMap { items(.extraEnvs, $0) }.compactMap { item in
            guard item.key == nil, item.reachesBackstage, let name = item.name, let node = item.node["name"] else {
                return nil
            }
            return EnvironmentSource(kind: item.kind.object, name: name, position: node.start, place: "\(item.list)")
        }
    }

    /// The ConfigMaps and Secrets in `envFrom` of the deployment patch. The operator appends its own list, and where two
    /// have the same variable, the later one wins.
    var patchedSources: [EnvironmentSource] {
        patchesOfMainContainer.flatMap { EnvironmentSource.taken(by: $0, in: "\(Self.patchedContainers)") }
    }

    /// The Secrets of both databases. The cut-over replaces the old one's by the new one's.
    func databaseSecrets(besides credentials: String?) -> Set<String> {
        localSecretNames.union([credentials].compactMap { $0 })
    }

    /// Whether a scalar of an object is a variable of Backstage that `VariableAudit` checks, so that a search for the
    /// old host can pass over it.
    ///
    /// - Parameters:
    ///   - path: the scalar's path in the object.
    ///   - object: the object, which may be a ConfigMap or Secret with variables.
    ///   - objects: all manifests at hand.
    public func judgesVariable(at path: YAMLPath, of object: ManifestObject, among objects: [ManifestObject]) -> Bool {
        guard let key = EnvironmentHolder.key(at: path) else { return false }
        func isTaken(_ source: EnvironmentSource) -> Bool {
            VariableAudit.judges(source.prefix + key)
                && object.holder.brings(source.kind, named: source.name, in: namespace)
        }
        return (extraSources + patchedSources).contains(where: isTaken)
            || (RawRuntimeConfig(of: self, among: objects)?.sources ?? []).contains(where: isTaken)
    }

    /// The same for a scalar within a text of the ConfigMap of `spec.rawRuntimeConfig.backstageConfig`.
    public func judgesVariable(
        at path: YAMLPath, inTextAt place: YAMLPath, of object: ManifestObject
    ) -> Bool {
        let places = RawRuntimeConfig.environments.map { key, _ in YAMLPath([.key("data"), .key(key)]) }
        guard places.contains(place), RawRuntimeConfig(of: self, among: [object]) != nil else { return false }
        return EnvironmentHolder.key(at: path).map(VariableAudit.judges) ?? false
    }

    // MARK: All of it

    /// The objects from which Backstage takes app-configs and variables, without the databases' Secrets.
    func namedSources(besides credentials: String?) -> [NamedSource] {
        let appConfigs = (root[at: ["spec", "application", "appConfig", "configMaps"]]?.items ?? []).compactMap {
            item -> NamedSource? in
            var source = NamedSource(.appConfigs, "ConfigMap", item["name"])
            source?.key = item["key"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            return source
        }
        let whole = (extraSources + patchedSources).without(secrets: databaseSecrets(besides: credentials))
        let manifests = NamedSource(.manifests, "ConfigMap", root[at: ["spec", "rawRuntimeConfig", "backstageConfig"]])
        return appConfigs + whole.map(\.named) + [manifests].compactMap { $0 }
    }

    /// Where the dynamic plugins' ConfigMap is named.
    var namedPlugins: NamedSource? {
        NamedSource(.plugins, "ConfigMap", root[at: ["spec", "application", "dynamicPluginsConfigMapName"]])
    }
}
