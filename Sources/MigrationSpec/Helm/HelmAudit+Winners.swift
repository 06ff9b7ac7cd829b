import YAMLTree

/// What would win over the new database's Secret.
extension HelmAudit {
    func checkEnvironment(_ report: inout Report) {
        let path: YAMLPath = ["backstage", "extraEnvVars"]
        let list = "\(release.prefix + path)"
        let variables = (release.node(path)?.items ?? []).flatMap { EnvironmentVariable.listed($0, in: list) }
        VariableAudit(certificatePath: certificatePath).run(variables + deployedVariables, &report)
        checkOrder(&report)
    }

    /// Those of ConfigMaps and Secrets that the values bring along themselves.
    private var deployedVariables: [EnvironmentVariable] {
        [("extraEnvVarsCM", "ConfigMap"), ("extraEnvVarsSecrets", "Secret")].flatMap { list, kind in
            let names = (release.node(["backstage", .key(list)])?.items ?? []).compactMap(\.string)
            return deployed.flatMap { object -> [EnvironmentVariable] in
                guard object["kind"]?.string == kind, let name = object[at: ["metadata", "name"]]?.string,
                    names.contains(name), name != release.credentialsSecret
                else { return [] }
                return EnvironmentVariable.brought(by: object, kind: kind) {
                    "the \(kind) '\(name)' of \(release.prefix + Self.extraDeploy) sets \($0)"
                }
            }
        }
    }

    private static let extraDeploy: YAMLPath = ["extraDeploy"]

    /// The objects that the values bring along, each by itself or as a text, which the chart takes for a template.
    private var deployed: [YAMLNode] {
        (release.node(Self.extraDeploy)?.items ?? []).flatMap { item -> [YAMLNode] in
            guard let text = item.scalar?.text else { return [item] }
            let file = try? YAMLFile(parsing: text, name: item.start.file)
            return file?.documents.map { $0.root.placed(at: item.start) } ?? []
        }
    }

    /// Of two Secrets that bring the same variable, the later one wins.
    private func checkOrder(_ report: inout Report) {
        let path: YAMLPath = ["backstage", "extraEnvVarsSecrets"]
        let items = release.node(path)?.items ?? []
        guard let name = release.credentialsSecret, let index = items.firstIndex(where: { $0.string == name }),
            let last = items.last, last.string != name
        else { return }
        report.error(
            "\(release.prefix + path) names '\(name)' before other Secrets; expected it last", at: items[index].start,
            advice: "Where two Secrets bring the same variable, the last one wins: move it to the end of the list.")
    }

    func checkAppConfig(_ report: inout Report) {
        let plugins = release.root[at: ["global", "dynamic", "plugins"]]?.items ?? []
        let own = plugins.filter { !DynamicPlugins.isDisabled($0) }.compactMap { $0["pluginConfig"] }
        for node in own + [release.node(["backstage", "appConfig"])].compactMap({ $0 }) { check(node, &report) }
    }

    private func check(_ appConfig: YAMLNode, _ report: inout Report) {
        guard appConfig.entries != nil else { return }
        // The cut-over sets these, whatever they are.
        let covered =
            (try? YAMLFile(parsing: HelmRelease.connection.nested(["backend", "database"]).yaml(), name: ""))?
            .documents.first?.root
        let connection = appConfig[at: ["backend", "database", "connection"]]
        let isMapping = connection?.isNull ?? true || connection?.entries != nil
        let root = isMapping ? YAMLNode.layered([appConfig, covered].compactMap { $0 }) ?? appConfig : appConfig
        AppConfigAudit(
            root: AppConfigNode(root, schema: .yaml11, included: { _ in nil }), certificatePath: certificatePath
        ).run(&report)
    }

    /// Files of `extraAppConfig` and of the image, as far as the config names them.
    func checkAppConfigFiles(_ report: inout Report) {
        let reader = AppConfigReader(certificatePath: certificatePath, files: files)
        for file in appConfigs { reader.check(file, only: nil, &report) }
        let path: YAMLPath = ["backstage", "extraAppConfig"]
        checkImage(&report)
        let unread = (release.node(path)?.items ?? []).filter { !checkDeployed($0, &report) }
        guard appConfigs.isEmpty, let named = unread.first else { return }
        report.warn(
            "\(release.prefix + path) names app-configs, which were not looked at", at: named.start,
            advice:
                "Name their files in spec.backstage.appConfigFiles: a backend.database in one may win over the new database's "
                + "Secret.")
    }

    /// Backstage's own chart leaves the connection to the app-config, and what the image has is not seen here.
    private func checkImage(_ report: inout Report) {
        let paths: [YAMLPath] = [["backstage", "appConfig"], ["backstage", "extraAppConfig"]]
        guard release.chart == .backstage, appConfigs.isEmpty,
            paths.allSatisfy({ release.node($0).map { $0.entries?.isEmpty ?? $0.items?.isEmpty ?? true } ?? true }),
            let section = spec.backstage?.helm
        else { return }
        report.warn(
            "the values have no app-config, so the one in Backstage's image says how it connects, which was not looked at",
            at: section.value.values.position,
            advice:
                "Name its files in spec.backstage.appConfigFiles: backend.database.connection must read ${POSTGRES_HOST}, "
                + "${POSTGRES_PORT}, ${POSTGRES_USER} and ${POSTGRES_PASSWORD}.")
    }

    /// - Returns: whether the values bring along the ConfigMap with the app-config.
    private func checkDeployed(_ item: YAMLNode, _ report: inout Report) -> Bool {
        guard let name = item["configMapRef"]?.string, let key = item["filename"]?.string,
            let object = deployed.first(where: {
                $0["kind"]?.string == "ConfigMap" && $0[at: ["metadata", "name"]]?.string == name
            }), let node = object[at: ["data", .key(key)]], let text = node.scalar?.text,
            let file = try? YAMLFile(parsing: text, name: node.start.file)
        else { return false }
        for document in file.documents where document.root.entries != nil {
            let root = AppConfigNode(document.root, place: { _ in node.start }, included: { _ in nil })
            AppConfigAudit(root: root, certificatePath: certificatePath).run(&report)
        }
        return true
    }
}

extension HelmRelease {
    /// What Backstage's app-config must say, so that the Secret's variables decide.
    public static let connection: YAMLValue = [
        "connection": [
            "host": "${POSTGRES_HOST}", "port": "${POSTGRES_PORT}", "user": "${POSTGRES_USER}",
            "password": "${POSTGRES_PASSWORD}",
        ]
    ]
}

extension YAMLValue {
    /// The value below keys.
    fileprivate func nested(_ keys: [String]) -> YAMLValue {
        keys.reversed().reduce(self) { inner, key in .mapping([key: inner]) }
    }
}
