import YAMLTree

/// The objects that the values name and that Backstage reads.
extension HelmRelease {
    static let extraDeploy: YAMLPath = ["extraDeploy"]

    /// The objects of that kind and name which the values bring along, each by itself or as a text, which the chart takes
    /// for a template.
    func deployed(_ kind: String, _ name: String) -> [YAMLNode] {
        let all = (node(Self.extraDeploy)?.items ?? []).flatMap { item -> [YAMLNode] in
            guard let text = item.scalar?.text else { return [item] }
            let file = try? YAMLFile(parsing: text, name: item.start.file)
            return file?.documents.map { $0.root.placed(at: item.start) } ?? []
        }
        return all.filter { $0["kind"]?.string == kind && $0[at: ["metadata", "name"]]?.string == name }
    }

    /// Where the values name app-configs, each a key of a ConfigMap.
    var extraAppConfigs: [YAMLNode] { node(["backstage", "extraAppConfig"])?.items ?? [] }

    /// One of these, where the values bring its ConfigMap along.
    func deployedAppConfig(_ item: YAMLNode) -> (file: YAMLFile, position: YAMLPosition)? {
        guard let name = item["configMapRef"]?.string, let key = item["filename"]?.string,
            let node = deployed("ConfigMap", name).first?[at: ["data", .key(key)]], let text = node.scalar?.text,
            let file = try? YAMLFile(parsing: text, name: node.start.file)
        else { return nil }
        return (file, node.start)
    }

    /// Where the values name ConfigMaps and Secrets with variables, but for the new database's.
    var variableSources: [NamedSource] {
        let sources = [("extraEnvVarsCM", "ConfigMap"), ("extraEnvVarsSecrets", "Secret")].flatMap { list, kind in
            (node(["backstage", .key(list)])?.items ?? []).compactMap { NamedSource(.variables, kind, $0) }
        }
        return sources.filter { $0.kind == "ConfigMap" || $0.name != credentialsSecret }
    }

    /// Says what Backstage reads that neither the values nor any of the files hold.
    func checkUnread(migration: String?, appConfigs: [YAMLFile], _ report: inout Report) {
        let named = extraAppConfigs.filter { deployedAppConfig($0) == nil }.compactMap {
            NamedSource(.appConfigs, "ConfigMap", $0["configMapRef"])
        }
        if appConfigs.isEmpty, let container = node(["backstage"]) {
            EnvironmentAudit.checkArguments(of: [container], in: "\(prefix + ["backstage"])", &report)
        }
        let databases = [ownSecret, databaseName]
        let variables = variableSources.filter { source in
            deployed(source.kind, source.name).isEmpty
                && (source.kind == "ConfigMap" || !databases.contains(source.name))
        }
        UnreadSources(
            migration: migration, namespace: nil, objects: appConfigs.flatMap(\.objects), appConfigs: appConfigs
        ).check(named + variables, &report)
    }
}
