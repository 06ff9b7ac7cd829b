import JobContract
public import SystemPackage
import YAMLTree

/// Finds out about an instance from its own files, before there is a config.
public struct InstanceReader: Sendable {
    public var files: InputFiles

    public init(files: InputFiles) { self.files = files }

    /// - Parameters:
    ///   - path: the file with the CR; `-` is standard input.
    ///   - name: which CR, if the file holds several.
    ///   - namespace: which of those that have that name.
    ///   - plugins: the file with the dynamic plugins' ConfigMap.
    ///   - appConfigs: files with app-configs, by themselves or in ConfigMaps.
    /// - Throws: ``ConfigError`` with what is wrong with the files.
    public func read(
        _ path: FilePath, name: String?, namespace: String? = nil, plugins: FilePath?, appConfigs: [FilePath]
    ) throws(ConfigError) -> Instance {
        var report = Report()
        let backstage = file(path, &report).flatMap { file -> BackstageResource? in
            let problems = report.problems.count
            checkValues(in: file, &report)
            guard report.problems.count == problems else { return nil }
            let wanted = name.map { Located(value: ObjectName(checked: $0), position: start(of: path)) }
            return BackstageFinder(file: file, wanted: wanted, namespace: namespace).find(&report)
        }
        let pluginsFile = plugins.flatMap { path in file(path, &report).map { (file: $0, position: start(of: path)) } }
        let appConfigFiles = appConfigs.compactMap { file($0, &report) }
        guard let backstage, !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        let dynamicPlugins = DynamicPluginsFinder(backstage: backstage, named: pluginsFile).find(&report)
        guard !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        let kustomization = NeighbouringKustomization(listing: path, in: files)
        return Instance(
            backstage: backstage, plugins: dynamicPlugins, kustomization: kustomization,
            owner: owner(of: backstage, in: path),
            findings: findings(backstage, dynamicPlugins, kustomization, appConfigFiles))
    }

    /// The values of a Helm release, where that is what the file holds, by themselves or in an engine's object.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - chart: whose chart it is, where a person says so; without it the values must tell.
    public func values(_ path: FilePath, chart: HelmChart? = nil) -> HelmRelease? {
        var unread = Report()
        guard let file = file(path, &unread) else { return nil }
        let objects = file.objects.compactMap { HelmObject($0) }.compactMap { try? HelmValues($0) }
        let candidates = objects.isEmpty && isPlain(file) ? [HelmValues(file: file)] : objects
        let known = candidates.compactMap { values -> (values: HelmValues, signs: HelmChartSigns)? in
            guard let root = YAMLNode.layered(values.layers) else { return nil }
            let signs = HelmChartSigns(root: root, object: values.object)
            return signs.isKnownLayout ? (values, signs) : nil
        }
        let isNamed = chart != nil && known.count == 1
        guard let found = known.first(where: { $0.signs.chart != nil }) ?? (isNamed ? known.first : nil) else {
            return nil
        }
        return HelmRelease(
            chart: chart ?? found.signs.chart, name: found.values.object?.release ?? "", files: [found.values],
            fileNames: [path.string], credentialsSecret: nil)
    }

    /// What would keep Backstage from reaching the new database, in app-configs or in what no file holds.
    /// - Throws: ``ConfigError`` for files that cannot be read.
    public func findings(_ release: HelmRelease, appConfigs: [FilePath]) throws(ConfigError) -> [Problem] {
        var report = Report()
        let files = appConfigs.compactMap { file($0, &report) }
        guard !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        let certificatePath = "\(release.installFolder)/\(JobFiles.certificateKey)"
        let reader = AppConfigReader(certificatePath: certificatePath, files: self.files)
        for file in files { reader.check(file, only: nil, &report) }
        release.checkUnread(migration: nil, appConfigs: files, &report)
        return report.sorted
    }

    /// Says of values that ``values(_:chart:)`` does not know why it does not.
    private func checkValues(in file: YAMLFile, _ report: inout Report) {
        if isPlain(file), let root = file.documents.first?.root {
            HelmChartSigns(root: root, object: nil).checkLayout(&report)
        }
        guard !file.objects.contains(where: { $0.kind == "Backstage" }) else { return }
        for object in file.objects.compactMap({ HelmObject($0) }) {
            guard let values = try? HelmValues(object), let root = YAMLNode.layered(values.layers) else { continue }
            let signs = HelmChartSigns(root: root, object: object)
            signs.checkLayout(&report)
            guard object.chart == "backstage", signs.isKnownLayout else { continue }
            signs.checkKnown(
                object.object.start,
                advice: "Say it with --chart rhdh or --chart backstage, or with --set spec.backstage.helm.chart=rhdh.",
                &report)
        }
    }

    private func isPlain(_ file: YAMLFile) -> Bool {
        guard file.documents.count == 1, let root = file.documents.first?.root else { return false }
        return root["kind"] == nil && root["apiVersion"] == nil
    }

    private func findings(
        _ backstage: BackstageResource, _ plugins: DynamicPlugins?, _ kustomization: NeighbouringKustomization?,
        _ files: [YAMLFile]
    ) -> [Problem] {
        var report = Report()
        let manifests = InstanceManifests(
            backstage: backstage, kustomization: kustomization, plugins: plugins,
            files: [backstage.file] + (plugins.map { [$0.file] } ?? []) + files, appConfigs: files)
        manifests.checkUnread(
            migration: "\(backstage.name)-db", credentialsSecret: nil, knowsPlugins: false, &report)
        // Certificates are checked unless a person says otherwise.
        let certificate = CertificateReference(
            kind: .secret, name: "\(backstage.name)-db-certificate", key: JobFiles.certificateKey)
        let reader = AppConfigReader(certificatePath: backstage.certificatePath(certificate), files: self.files)
        for file in files { reader.check(file, only: nil, &report) }
        kustomization?.check(backstage, &report)
        return report.sorted
    }

    // MARK: Who owns the CR

    private func owner(of backstage: BackstageResource, in path: FilePath) -> Instance.Owner? {
        if path == InputFiles.standardInput {
            return Instance.Owner(mode: .patch, evidence: "the CR was rendered into standard input")
        }
        let metadata = backstage.root["metadata"]
        let (labels, annotations) = (metadata?["labels"], metadata?["annotations"])
        if labels?["helm.sh/chart"] != nil || labels?["app.kubernetes.io/managed-by"]?.string == "Helm" {
            return Instance.Owner(mode: .patch, evidence: "the CR's labels say that Helm renders it")
        }
        if let kustomization = NeighbouringKustomization(listing: path, in: files) {
            return Instance.Owner(mode: .inPlace, evidence: "\(kustomization.name) lists the CR's file")
        }
        let marks = ["argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"]
        let keys = [labels, annotations].flatMap { $0?.mergedEntries ?? [] }.map(\.name)
        guard let mark = keys.first(where: { key in marks.contains { key.hasPrefix($0) } }) else { return nil }
        return Instance.Owner(mode: .inPlace, evidence: "the CR bears '\(mark)'")
    }

    // MARK: Files

    private func start(of path: FilePath) -> YAMLPosition {
        YAMLPosition(file: path.string, line: 1, column: 1, offset: 0)
    }

    private func file(_ path: FilePath, _ report: inout Report) -> YAMLFile? {
        do throws(InputFiles.Failure) {
            let bytes = try files.read(path)
            do { return try YAMLFile(parsing: bytes, name: path.string) } catch { report.error(error, in: bytes) }
        } catch {
            report.error("the file \(error.reason)", at: start(of: path))
        }
        return nil
    }
}
