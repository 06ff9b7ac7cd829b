import SystemPackage
import YAMLTree

/// The instance's own manifests: its CR, and those in the other files that the config names.
struct InstanceManifests {
    let backstage: BackstageResource
    let kustomizations: Kustomizations
    let plugins: DynamicPlugins?
    /// The CR's file, and the others that the config names.
    let files: [YAMLFile]
    let appConfigs: [YAMLFile]

    var rawRuntime: RawRuntimeConfig? { RawRuntimeConfig(of: backstage, among: files.flatMap(\.objects)) }

    /// Looks for what would keep Backstage from reaching the new database.
    func audit(
        operatorVersion: Located<OperatorVersion>?, readsLocalDatabase: Bool, credentialsSecret: String?,
        certificate: CertificateReference?, engine: Migration.Engine?, isChanged: Bool, goesBack: Bool,
        namespace: String?, _ input: InputFiles,
        _ report: inout Report
    ) {
        let certificatePath = certificate.map { backstage.certificatePath($0) }
        BackstageAudit(
            backstage: backstage, operatorVersion: operatorVersion, usesTLS: certificate != nil,
            readsLocalDatabase: readsLocalDatabase, credentialsSecret: credentialsSecret, certificate: certificate
        ).run(&report)
        EnvironmentAudit(
            backstage: backstage, objects: files.flatMap(\.objects), certificatePath: certificatePath,
            credentialsSecret: credentialsSecret, hasAppConfigs: !appConfigs.isEmpty, goesBack: goesBack
        ).run(&report)
        RawRuntimeAudit(
            backstage: backstage, objects: files.flatMap(\.objects), certificatePath: certificatePath,
            credentialsSecret: credentialsSecret, hasAppConfigs: !appConfigs.isEmpty, goesBack: goesBack
        ).run(&report)
        kustomizations.check(
            KustomizedObjects(
                manifests: self, credentialsSecret: credentialsSecret, certificate: certificate, engine: engine,
                isChanged: isChanged, namespace: namespace), &report)
        VersionAudit(backstage: backstage).run(&report)
        ExtraFilesAudit(root: backstage.root).run(&report)
        let reader = AppConfigReader(certificatePath: certificatePath, files: input)
        let names = backstage.root[at: ["spec", "application", "appConfig", "configMaps"]]?.items ?? []
        for file in files where !appConfigs.contains(where: { $0.name == file.name }) {
            reader.check(file, only: names.compactMap { AppConfigReader.Item($0) }, &report)
        }
        for file in appConfigs { reader.check(file, only: nil, &report) }
        for node in plugins?.appConfigs ?? [] {
            let root = AppConfigNode(node, schema: .yaml11, included: { _ in nil })
            AppConfigAudit(root: root, certificatePath: certificatePath).run(&report)
        }
    }
}

extension InstanceManifests {
    /// Warns of objects that Backstage reads and that are in none of the files.
    ///
    /// - Parameter knowsPlugins: whether a missing file of the dynamic plugins is reported elsewhere.
    func checkUnread(
        migration: String?, credentialsSecret: String?, knowsPlugins: Bool, _ report: inout Report
    ) {
        let plugins = self.plugins == nil && !knowsPlugins ? backstage.namedPlugins : nil
        let secrets = backstage.databaseSecrets(besides: credentialsSecret)
        let raw = (rawRuntime?.sources ?? []).without(secrets: secrets).map(\.named)
        UnreadSources(
            migration: migration, namespace: backstage.namespace, objects: files.flatMap(\.objects),
            appConfigs: appConfigs
        ).check(
            backstage.namedSources(besides: credentialsSecret) + raw + [plugins].compactMap { $0 }, &report)
    }
}

extension MigrationLoader {
    func manifests(
        _ section: BackstageSection, _ metadata: MetadataSection?, _ cutover: CutoverSection?, _ report: inout Report
    ) -> InstanceManifests? {
        guard let named = section.file else { return nil }
        let path = path(of: named)
        let file = yaml(
            path, at: named.position, role: "spec.backstage.file, '\(path)',",
            advice: "Names are relative to the file they stand in.", &report)
        let finder = file.map {
            BackstageFinder(file: $0, wanted: section.name, namespace: metadata?.namespace?.value.rawValue)
        }
        guard let file, var backstage = finder?.find(&report) else { return nil }
        backstage.savedSecret = cutover?.savedSecret?.value.rawValue
        let pluginsFile = section.dynamicPluginsFile.flatMap { name -> (file: YAMLFile, position: YAMLPosition)? in
            other(name, besides: file, at: path, role: "dynamicPluginsFile", &report).map { ($0, name.position) }
        }
        let isKnown = section.dynamicPluginsFile == nil || pluginsFile != nil
        let plugins = isKnown ? DynamicPluginsFinder(backstage: backstage, named: pluginsFile).find(&report) : nil
        let position = section.appConfigFiles?.position ?? named.position
        let appConfigs = (section.appConfigFiles?.value ?? []).compactMap { name in
            other(Located(value: name, position: position), besides: file, at: path, role: "appConfigFiles", &report)
        }
        let files = [file] + (pluginsFile.map { [$0.file] } ?? []) + appConfigs
        return InstanceManifests(
            backstage: backstage, kustomizations: Kustomizations(of: path, in: self.files), plugins: plugins,
            files: files.reduce(into: []) { list, file in
                if !list.contains(where: { $0.name == file.name }) { list.append(file) }
            },
            appConfigs: appConfigs.filter { $0.name != file.name })
    }

    /// Another file that the config names. If it is the CR's file, the same text is used, so that the edits of both add
    /// up.
    private func other(
        _ name: Located<FileName>, besides file: YAMLFile, at path: FilePath, role: String, _ report: inout Report
    ) -> YAMLFile? {
        let place = self.path(of: name)
        if files.resolved(place) == files.resolved(path) { return file }
        return yaml(
            place, at: name.position, role: "spec.backstage.\(role), '\(place)',",
            advice: "Names are relative to the file they stand in.", &report)
    }

    func checkCutover(
        _ section: CutoverSection, _ spec: SpecSection, hasOrchestrator: Bool, plugins: DynamicPlugins?,
        rawRuntime: RawRuntimeConfig?, _ backstage: BackstageResource, _ report: inout Report
    ) {
        if section.mode.value == .inPlace {
            let inputs = [spec.backstage?.file, spec.backstage?.dynamicPluginsFile].compactMap { $0 }
            for input in inputs where input.value.isStandardInput {
                report.error(
                    "standard input cannot be edited in place", at: input.position,
                    advice: "Name the file itself; for a CR that Helm or kustomize renders, set cutover.mode to patch.")
            }
        }
        checkEngine(section, spec, plugins: hasOrchestrator ? plugins : nil, backstage, &report)
        guard hasOrchestrator, (spec.backstage?.operatorVersion?.value).hasPluginDependencies else { return }
        if let rawRuntime, let place = rawRuntime.remainingReference(besides: plugins) {
            report.warn(
                "\(DynamicPlugins.key) of the ConfigMap '\(rawRuntime.name)' carries ref: sonataflow, by which the operator "
                    + "puts the old connections back, and the cut-over leaves it",
                at: place, advice: "Write {} in the place of {ref: sonataflow} there when Backstage moves.")
        }
        guard plugins == nil else { return }
        let field: YAMLPath = ["spec", "application", "dynamicPluginsConfigMapName"]
        let sentence =
            "the orchestrator's plugins carry ref: sonataflow, by which the operator puts the old connections back, "
        if let node = backstage.root[at: field] {
            report.warn(
                sentence + "and their ConfigMap is not known", at: node.start,
                advice: "Name its file in spec.backstage.dynamicPluginsFile, and the cut-over takes the reference out.")
        } else if backstage.hasOrchestratorFlavour {
            report.warn(
                sentence + "and the CR names no ConfigMap in which that could be taken out", at: backstage.root.start,
                advice: "Give the CR a \(field), and in that ConfigMap the packages of the flavour with "
                    + "dependencies: [{}].")
        }
    }
}

extension MigrationLoader {
    /// - Parameter plugins: the dynamic plugins, if the cut-over may change their ConfigMap.
    private func checkEngine(
        _ section: CutoverSection, _ spec: SpecSection, plugins: DynamicPlugins?, _ backstage: BackstageResource,
        _ report: inout Report
    ) {
        var objects = [(backstage.object, title: "the Backstage CR", takesDatabase: true)]
        if case .configMap(let object, _)? = plugins?.home {
            objects.append((object, title: "the ConfigMap '\(object.name)'", takesDatabase: false))
        }
        for (object, title, takesDatabase) in objects {
            EngineAnnotations(
                of: object, title: title, engine: spec.engine?.engine, isChanged: section.mode.value != .none,
                takesDatabase: takesDatabase
            ).run(&report)
        }
    }
}

extension FileName {
    /// Whether this is `-`, the usual name of standard input.
    var isStandardInput: Bool { rawValue == InputFiles.standardInput.string }
}

extension OperatorVersion? {
    /// Whether plugins can have dependencies that the operator applies, as they can from 1.7 on.
    var hasPluginDependencies: Bool {
        guard let self else { return true }
        return (self.major, self.minor) >= (1, 7)
    }
}
