import JobContract
public import SystemPackage
import YAMLTree

/// Finds out about an instance from its own files, before there is a config.
public struct InstanceReader: Sendable {
    public var files: InputFiles

    public init(files: InputFiles) { self.files = files }

    /// - Parameters:
    ///   - path: the file with the CR; `-` is standard input.
    ///   - name: the CR's name, if the file has several.
    ///   - namespace: the CR's namespace, if several have that name.
    ///   - plugins: the file with the dynamic plugins' ConfigMap.
    ///   - appConfigs: files with app-configs, by themselves or in ConfigMaps.
    /// - Throws: ``ConfigError`` with what is wrong with the files.
    public func read(
        _ path: FilePath, name: String?, namespace: String? = nil, plugins: FilePath?, appConfigs: [FilePath]
    ) throws(ConfigError) -> Instance {
        var report = Report()
        let backstage = file(path, &report).flatMap { file -> BackstageResource? in
            let problems = report.problems.count
            checkValues(in: file, named: name, &report)
            guard report.problems.count == problems else { return nil }
            let wanted = name.map { Located(value: ObjectName(checked: $0), position: start(of: path)) }
            return BackstageFinder(file: file, wanted: wanted, namespace: namespace).find(&report)
        }
        let pluginsFile = plugins.flatMap { path in file(path, &report).map { (file: $0, position: start(of: path)) } }
        let appConfigFiles = appConfigs.compactMap { file($0, &report) }
        guard let backstage, !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        let dynamicPlugins = DynamicPluginsFinder(backstage: backstage, named: pluginsFile).find(&report)
        guard !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        let kustomizations = Kustomizations(of: path, in: files)
        return Instance(
            backstage: backstage, plugins: dynamicPlugins, kustomization: kustomizations.own,
            owner: owner(of: backstage, in: path, kustomizations.own),
            findings: findings(backstage, dynamicPlugins, kustomizations, appConfigFiles))
    }

    private func findings(
        _ backstage: BackstageResource, _ plugins: DynamicPlugins?, _ kustomizations: Kustomizations,
        _ files: [YAMLFile]
    ) -> [Problem] {
        var report = Report()
        let manifests = InstanceManifests(
            backstage: backstage, kustomizations: kustomizations, plugins: plugins,
            files: [backstage.file] + (plugins.map { [$0.file] } ?? []) + files, appConfigs: files)
        manifests.checkUnread(
            migration: "\(backstage.name)-db", credentialsSecret: nil, knowsPlugins: false, &report)
        // There is no config yet, so its default holds: certificates are checked.
        let certificate = CertificateReference(
            kind: .secret, name: "\(backstage.name)-db-certificate", key: JobFiles.certificateKey)
        let reader = AppConfigReader(certificatePath: backstage.certificatePath(certificate), files: self.files)
        for file in files { reader.check(file, only: nil, &report) }
        kustomizations.check(
            KustomizedObjects(
                manifests: manifests, credentialsSecret: nil, certificate: nil, engine: nil, isChanged: false,
                namespace: nil), &report)
        return report.sorted
    }

    // MARK: Who owns the CR

    private func owner(
        of backstage: BackstageResource, in path: FilePath, _ kustomization: NeighbouringKustomization?
    ) -> Instance.Owner? {
        if path == InputFiles.standardInput {
            return Instance.Owner(mode: .patch, evidence: "the CR was rendered into standard input")
        }
        let metadata = backstage.root["metadata"]
        let (labels, annotations) = (metadata?["labels"], metadata?["annotations"])
        if labels?["helm.sh/chart"] != nil || labels?["app.kubernetes.io/managed-by"]?.string == "Helm" {
            return Instance.Owner(mode: .patch, evidence: "the CR's labels say that Helm renders it")
        }
        if let kustomization {
            return Instance.Owner(mode: .inPlace, evidence: "\(kustomization.name) lists the CR's file")
        }
        let marks = ["argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"]
        let keys = [labels, annotations].flatMap { $0?.mergedEntries ?? [] }.map(\.name)
        guard let mark = keys.first(where: { key in marks.contains { key.hasPrefix($0) } }) else { return nil }
        return Instance.Owner(mode: .inPlace, evidence: "the CR bears '\(mark)'")
    }

    // MARK: Files

    func start(of path: FilePath) -> YAMLPosition {
        YAMLPosition(file: path.string, line: 1, column: 1, offset: 0)
    }

    func file(_ path: FilePath, _ report: inout Report) -> YAMLFile? {
        do throws(InputFiles.Failure) {
            let bytes = try files.read(path)
            do { return try YAMLFile(parsing: bytes, name: path.string) } catch { report.error(error, in: bytes) }
        } catch {
            report.error("the file \(error.reason)", at: start(of: path))
        }
        return nil
    }
}
