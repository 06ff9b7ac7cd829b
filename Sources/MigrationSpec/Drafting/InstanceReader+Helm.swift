import JobContract
public import SystemPackage
import YAMLTree

/// An instance that a Helm chart installs.
extension InstanceReader {
    /// The values of a Helm release in a file: the whole file, or those in an engine's object.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - name: the release, if the file has several.
    ///   - chart: the chart, if a person names it. Otherwise the values must show it.
    /// - Returns: `nil` for a file without such values.
    /// - Throws: ``ConfigError`` if it is not clear which release is meant, or if the values are for another chart.
    public func values(
        _ path: FilePath, name: String? = nil, chart: HelmChart? = nil
    ) throws(ConfigError) -> HelmRelease? {
        var report = Report()
        // In a file with a CR, a HelmRelease or Application installs something else.
        guard let file = file(path, &report), !file.objects.contains(where: BackstageFinder.isBackstage) else {
            return nil
        }
        try requireObject(named: name, in: file)
        let all = candidates(in: file, named: name).filter(\.signs.isKnownLayout)
        let telling = all.filter { $0.signs.chart != nil }
        let meant = telling.isEmpty && chart != nil ? all : telling
        guard let found = meant.first else { return nil }
        if meant.count > 1 {
            let names = meant.map { "'\($0.values.object?.name ?? "")'" }.joined(separator: ", ")
            report.error(
                "found \(meant.count) objects that install a chart, \(names); expected one",
                at: meant[1].values.object?.object.start ?? start(of: path),
                advice: "Say with --name which of them installs Backstage.")
        }
        if let chart {
            found.signs.checkNamed(
                chart, at: YAMLPosition(file: "--chart \(chart.rawValue)", line: 1, column: 1, offset: 0),
                advice: "Leave --chart out: the values tell.", &report)
        }
        guard !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        return HelmRelease(
            chart: chart ?? found.signs.chart, name: found.values.object?.release ?? "", files: [found.values],
            fileNames: [path.string], credentialsSecret: nil)
    }

    private func requireObject(named name: String?, in file: YAMLFile) throws(ConfigError) {
        let objects = file.objects.compactMap { HelmObject($0) }
        guard let name, let first = objects.first, !objects.contains(where: { $0.name == name || $0.release == name })
        else { return }
        let found = objects.map { "the \($0.kind.rawValue) '\($0.name)'" }.joined(separator: ", ")
        throw ConfigError(problems: [
            Problem(.error, at: first.object.start, "found \(found); expected one that is named '\(name)'")
        ])
    }

    private func candidates(
        in file: YAMLFile, named name: String?
    ) -> [(values: HelmValues, signs: HelmChartSigns)] {
        let objects = file.objects.compactMap { HelmObject($0) }
        let named = objects.filter { name == nil || $0.name == name || $0.release == name }
        let values =
            objects.isEmpty && isPlain(file) ? [HelmValues(file: file)] : named.compactMap { try? HelmValues($0) }
        return values.compactMap { values in
            YAMLNode.layered(values.layers).map { (values, HelmChartSigns(root: $0, object: values.object)) }
        }
    }

    /// Problems that would keep Backstage from the new database: in app-configs, and in objects that no file holds.
    ///
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

    /// Reports why ``values(_:name:chart:)`` does not accept a file's values.
    func checkValues(in file: YAMLFile, named name: String?, _ report: inout Report) {
        guard !file.objects.contains(where: BackstageFinder.isBackstage) else { return }
        let all = candidates(in: file, named: name)
        for candidate in all { candidate.signs.checkLayout(&report) }
        let unknown = all.filter { $0.signs.isKnownLayout && $0.signs.chart == nil }
        guard let first = unknown.first else { return }
        let which = unknown.count > 1 ? ", and with --name which of the \(unknown.count) objects is meant" : ""
        first.signs.checkKnown(
            first.values.object?.object.start ?? file.documents.first?.root.start ?? start(of: FilePath(file.name)),
            advice: "Say it with --chart rhdh or --chart backstage\(which), if these are Backstage's values at all.",
            &report)
    }

    private func isPlain(_ file: YAMLFile) -> Bool {
        guard file.documents.count == 1, let root = file.documents.first?.root else { return false }
        return root["kind"] == nil && root["apiVersion"] == nil && root.entries != nil
    }
}
