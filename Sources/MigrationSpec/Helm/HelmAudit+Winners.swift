import YAMLTree

/// Finds what would win over the new database's Secret.
extension HelmAudit {
    func checkEnvironment(_ report: inout Report) {
        let path: YAMLPath = ["backstage", "extraEnvVars"]
        let list = "\(release.prefix + path)"
        let variables = (release.node(path)?.items ?? []).flatMap { EnvironmentVariable.listed($0, in: list) }
        VariableAudit(certificatePath: certificatePath, goesBack: false).run(variables + deployedVariables, &report)
        checkOrder(&report)
    }

    /// The variables of ConfigMaps and Secrets that the values contain or a given file has.
    private var deployedVariables: [EnvironmentVariable] {
        let holders = release.deployedHolders + appConfigs.flatMap(\.objects).map(\.holder)
        return release.variableSources.flatMap { $0.variables(in: nil, among: holders) }
    }

    /// Checks the order of the Secrets: for a variable that two of them have, the later one wins.
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
        // The cut-over replaces these whatever they are, so they are no problem.
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

    /// Checks app-configs of `extraAppConfig` and of the image, as far as the values contain them or the config names
    /// their files.
    func checkAppConfigFiles(_ report: inout Report) {
        let reader = AppConfigReader(certificatePath: certificatePath, files: files)
        for file in appConfigs { reader.check(file, only: nil, &report) }
        checkImage(&report)
        for (file, position) in release.extraAppConfigs.compactMap(release.deployedAppConfig) {
            for document in file.documents where document.root.entries != nil {
                let root = AppConfigNode(document.root, place: { _ in position }, included: { _ in nil })
                AppConfigAudit(root: root, certificatePath: certificatePath).run(&report)
            }
        }
    }

    /// Backstage's own chart sets no connection. It comes from an app-config, and that in the image is not at hand.
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
}

extension HelmRelease {
    /// The connection in an app-config that takes everything from the Secret's variables.
    ///
    /// The order of the keys is unusual on purpose: by it, the way back recognises a connection that the cut-over began.
    public static let connection: YAMLValue = [
        "connection": [
            "port": "${POSTGRES_PORT}", "host": "${POSTGRES_HOST}", "password": "${POSTGRES_PASSWORD}",
            "user": "${POSTGRES_USER}",
        ]
    ]
}

extension YAMLValue {
    /// The value below the given keys.
    fileprivate func nested(_ keys: [String]) -> YAMLValue {
        keys.reversed().reduce(self) { inner, key in .mapping([key: inner]) }
    }
}
