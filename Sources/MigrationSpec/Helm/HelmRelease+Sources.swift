import YAMLTree

/// The objects that the values name and that Backstage reads.
extension HelmRelease {
    static let extraDeploy: YAMLPath = ["extraDeploy"]

    /// The objects in `extraDeploy`, each a mapping or a text, which the chart takes for a template.
    private var deployed: [YAMLNode] {
        (node(Self.extraDeploy)?.items ?? []).flatMap { item -> [YAMLNode] in
            guard let text = item.scalar?.text else { return [item] }
            let filled = expanded(text)
            let file =
                (try? YAMLFile(parsing: filled, name: item.start.file))
                ?? (try? YAMLFile(parsing: Self.withoutActions(filled), name: item.start.file))
            return file?.documents.map { $0.root.placed(at: item.start) } ?? []
        }
    }

    /// Those of them that may hold variables.
    var deployedHolders: [EnvironmentHolder] {
        deployed.map { EnvironmentHolder(root: $0, kind: $0["kind"]?.string ?? "", filled: expanded) }
    }

    private func deployedConfigMap(_ name: String) -> YAMLNode? {
        deployed.first {
            $0["kind"]?.string == "ConfigMap" && $0[at: ["metadata", "name"]]?.string.map(expanded) == name
        }
    }

    /// Whether a scalar of the values is a variable of Backstage that `VariableAudit` checks, so that a search for the old
    /// host can pass over it.
    ///
    /// - Parameter path: the scalar's path from the root of the values.
    public func judgesVariable(at path: YAMLPath) -> Bool {
        let list = (prefix + Self.extraDeploy).components
        guard path.components.starts(with: list), let item = path.components.dropFirst(list.count).first,
            let key = EnvironmentHolder.key(at: YAMLPath(Array(path.components.dropFirst(list.count + 1)))),
            let object = root[at: YAMLPath(list + [item])]
        else { return false }
        let holder = EnvironmentHolder(root: object, kind: object["kind"]?.string ?? "", filled: expanded)
        return variableSources.contains {
            VariableAudit.judges($0.prefix + key) && holder.brings($0.kind, named: $0.name, in: nil)
        }
    }

    /// The items of `extraAppConfig`, each a key of a ConfigMap.
    var extraAppConfigs: [YAMLNode] { node(["backstage", "extraAppConfig"])?.items ?? [] }

    /// The app-config of such an item, if the values contain its ConfigMap.
    func deployedAppConfig(_ item: YAMLNode) -> (file: YAMLFile, position: YAMLPosition)? {
        guard let name = item["configMapRef"]?.string, let key = item["filename"]?.string,
            let node = deployedConfigMap(name)?[at: ["data", .key(key)]], let text = node.scalar?.text,
            let file = try? YAMLFile(parsing: text, name: node.start.file)
        else { return nil }
        return (file, node.start)
    }

    /// The ConfigMaps and Secrets with variables that the values name, without the new database's.
    var variableSources: [EnvironmentSource] {
        let sources = [("extraEnvVarsCM", "ConfigMap"), ("extraEnvVarsSecrets", "Secret")].flatMap { list, kind in
            let path: YAMLPath = ["backstage", .key(list)]
            return (node(path)?.items ?? []).compactMap { node -> EnvironmentSource? in
                guard let name = node.string, !name.isEmpty else { return nil }
                return EnvironmentSource(kind: kind, name: name, position: node.start, place: "\(prefix + path)")
            }
        }
        return sources.without(secrets: Set([credentialsSecret].compactMap { $0 }))
    }

    /// Warns of objects that Backstage reads and that neither the values nor the given files contain.
    func checkUnread(migration: String?, appConfigs: [YAMLFile], _ report: inout Report) {
        let named = extraAppConfigs.filter { deployedAppConfig($0) == nil }.compactMap { item -> NamedSource? in
            var source = NamedSource(.appConfigs, "ConfigMap", item["configMapRef"])
            source?.key = item["filename"]?.string
            return source
        }
        if let container = node(["backstage"]) {
            EnvironmentAudit.checkArguments(
                of: [container], in: "\(prefix + ["backstage"])", hasAppConfigs: !appConfigs.isEmpty, &report)
        }
        let databases = Set([ownSecret, databaseName].compactMap { $0 })
        UnreadSources(
            migration: migration, namespace: nil, objects: appConfigs.flatMap(\.objects), appConfigs: appConfigs,
            brought: deployedHolders
        ).check(named + variableSources.without(secrets: databases).map(\.named), &report)
    }
}
