import SystemPackage
import YAMLTree

extension MigrationLoader {
    /// The release as its values files have it.
    func release(
        _ section: Located<HelmSection>, credentialsSecret: String?, _ report: inout Report
    ) -> HelmRelease? {
        let names = section.value.values
        let files = names.value.compactMap { name in
            let path = path(of: Located(value: name, position: names.position))
            return yaml(
                path, at: names.position, role: "spec.backstage.helm.values, '\(path)',",
                advice: "Names are relative to the file they stand in.", &report)
        }
        guard files.count == names.value.count else { return nil }
        let release = HelmRelease(
            chart: section.value.chart, name: section.value.release.value.rawValue, files: files,
            fileNames: names.value.map(\.rawValue),
            credentialsSecret: credentialsSecret)
        if release == nil {
            report.error(
                "spec.backstage.helm.values holds no values", at: names.position,
                advice: "Name the files that helm is given with -f; without any: helm get values RELEASE > values.yaml."
            )
        }
        return release
    }

    func appConfigs(_ section: BackstageSection?, _ report: inout Report) -> [YAMLFile] {
        guard let names = section?.appConfigFiles else { return [] }
        return names.value.compactMap { name in
            let path = path(of: Located(value: name, position: names.position))
            return yaml(
                path, at: names.position, role: "spec.backstage.appConfigFiles, '\(path)',",
                advice: "Names are relative to the file they stand in.", &report)
        }
    }
}
