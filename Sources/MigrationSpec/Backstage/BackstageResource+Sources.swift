import YAMLTree

/// The objects that the CR names and that Backstage reads.
extension BackstageResource {
    static let patchedContainers: YAMLPath = ["spec", "deployment", "patch", "spec", "template", "spec", "containers"]

    /// What the deployment patch says of the container that runs Backstage.
    var patchesOfMainContainer: [YAMLNode] {
        (root[at: Self.patchedContainers]?.items ?? []).filter { $0["name"]?.string == Self.mainContainer }
    }

    /// An object that the deployment patch's `envFrom` takes whole.
    struct PatchedSource {
        var kind: String
        var name: String
        var position: YAMLPosition
        /// What the names of its variables begin with.
        var prefix: String
    }

    /// But for the Secrets that the cut-over puts the new one in the place of. The operator appends its own to the patch's:
    /// of two that bring a variable, the later one wins.
    func patchedSources(besides credentials: String?) -> [PatchedSource] {
        let databases = localSecretNames.union([credentials].compactMap { $0 })
        return patchesOfMainContainer.flatMap { container -> [PatchedSource] in
            let items = container["envFrom"]?.items ?? []
            return items.flatMap { item in
                [("configMapRef", "ConfigMap"), ("secretRef", "Secret")].compactMap { field, kind in
                    guard let node = item[at: [.key(field), "name"]], let name = node.string, !name.isEmpty,
                        kind == "ConfigMap" || !databases.contains(name)
                    else { return nil }
                    return PatchedSource(
                        kind: kind, name: name, position: node.start, prefix: item["prefix"]?.string ?? "")
                }
            }
        }
    }

    /// What Backstage takes app-configs and variables from, but for the database's Secrets.
    func namedSources(besides credentials: String?) -> [NamedSource] {
        let appConfigs = (root[at: ["spec", "application", "appConfig", "configMaps"]]?.items ?? []).compactMap {
            NamedSource(.appConfigs, "ConfigMap", $0["name"])
        }
        let databases = localSecretNames.union([credentials].compactMap { $0 })
        let taken = ExtraItem.Kind.allCases.reversed().flatMap { items(.extraEnvs, $0) }
        // One key of an object is a variable of that name.
        let whole = taken.filter { $0.key == nil && $0.reachesBackstage }.compactMap { item -> NamedSource? in
            let kind = item.list.components.last == .key(ExtraItem.Kind.secrets.rawValue) ? "Secret" : "ConfigMap"
            guard kind == "ConfigMap" || !databases.contains(item.name ?? "") else { return nil }
            return NamedSource(.variables, kind, item.node["name"])
        }
        let patched = patchedSources(besides: credentials).map {
            NamedSource(content: .variables, kind: $0.kind, name: $0.name, position: $0.position)
        }
        let manifests = NamedSource(.manifests, "ConfigMap", root[at: ["spec", "rawRuntimeConfig", "backstageConfig"]])
        return appConfigs + whole + patched + [manifests].compactMap { $0 }
    }

    /// Where the dynamic plugins' ConfigMap is named.
    var namedPlugins: NamedSource? {
        NamedSource(.plugins, "ConfigMap", root[at: ["spec", "application", "dynamicPluginsConfigMapName"]])
    }
}
