import SystemPackage
import YAMLTree

/// What the instance itself says: its CR, and what stands beside it.
extension MigrationLoader {
    func findBackstage(_ section: BackstageSection, _ report: inout Report) -> BackstageResource? {
        let path = path(of: section.file)
        let file = yaml(
            path, at: section.file.position, role: "spec.backstage.file, '\(path)',",
            advice: "Names are relative to the file they stand in.", &report)
        return file.flatMap { BackstageFinder(file: $0, wanted: section.name).find(&report) }
    }

    func findPlugins(
        _ section: BackstageSection, of backstage: BackstageResource, _ report: inout Report
    ) -> DynamicPlugins? {
        guard let name = section.dynamicPluginsFile else {
            return DynamicPluginsFinder(backstage: backstage, named: nil).find(&report)
        }
        let path = path(of: name)
        // The same file again is the same text, whose edits must meet.
        let file =
            path == self.path(of: section.file)
            ? backstage.file
            : yaml(
                path, at: name.position, role: "spec.backstage.dynamicPluginsFile, '\(path)',",
                advice: "Names are relative to the file they stand in.", &report)
        return file.flatMap {
            DynamicPluginsFinder(backstage: backstage, named: (file: $0, position: name.position)).find(&report)
        }
    }

    /// Looks through every app-config that can be had.
    /// - Parameter certificatePath: where Backstage finds the certificate authorities; `nil` without TLS.
    func checkAppConfigs(
        _ section: BackstageSection, of backstage: BackstageResource, certificatePath: String?,
        _ report: inout Report
    ) {
        let names = backstage.root[at: ["spec", "application", "appConfig", "configMaps"]]?.items ?? []
        let reader = AppConfigReader(certificatePath: certificatePath)
        reader.check(backstage.file, onlyConfigMaps: names.compactMap { $0["name"]?.string }, &report)
        let position = section.appConfigFiles?.position ?? section.file.position
        for name in section.appConfigFiles?.value ?? [] {
            let path = path(of: Located(value: name, position: position))
            if path == self.path(of: section.file) { continue }
            let file = yaml(
                path, at: position,
                role: "spec.backstage.appConfigFiles, '\(path)',",
                advice: "Names are relative to the file they stand in.", &report)
            if let file { reader.check(file, onlyConfigMaps: nil, &report) }
        }
    }

    func checkCutover(
        _ section: CutoverSection, _ spec: SpecSection, hasOrchestrator: Bool, plugins: DynamicPlugins?,
        _ backstage: BackstageResource, _ report: inout Report
    ) {
        if section.mode.value == .inPlace {
            let inputs = [spec.backstage?.file, spec.backstage?.dynamicPluginsFile].compactMap { $0 }
            for input in inputs where input.value.isStandardInput {
                report.error(
                    "standard input cannot be edited in place", at: input.position,
                    advice: "Name the file itself; for a CR that Helm or kustomize renders, set cutover.mode to patch.")
            }
        }
        guard hasOrchestrator, plugins == nil, (spec.backstage?.operatorVersion?.value).hasPluginDependencies else {
            return
        }
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

extension FileName {
    /// As programs call standard input.
    var isStandardInput: Bool { rawValue == InputFiles.standardInput.string }
}

extension OperatorVersion? {
    /// Whether plugins can have dependencies, which the operator applies: from 1.7 on.
    fileprivate var hasPluginDependencies: Bool {
        guard let self else { return true }
        return (self.major, self.minor) >= (1, 7)
    }
}
