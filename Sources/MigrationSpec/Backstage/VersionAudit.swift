import YAMLTree

/// Finds keys of a Backstage CR that its version of the CRD does not have. The API server drops them silently.
struct VersionAudit {
    let backstage: BackstageResource

    private var root: YAMLNode { backstage.root }
    private var version: BackstageVersion { backstage.version }

    func run(_ report: inout Report) {
        // The deployment's sidecars would not be pointed to the new database, so this is an error.
        if version < .v1alpha2 { check(["spec", "deployment"], since: .v1alpha2, .error, &report) }
        let lists: [(section: YAMLPath, names: [String])] = [
            (["spec", "application", "extraFiles"], ["configMaps", "secrets", "pvcs"]),
            (["spec", "application", "extraEnvs"], ["configMaps", "secrets", "envs"]),
        ]
        for (section, names) in lists {
            for name in names {
                let list = section.appending(.key(name))
                for index in (root[at: list]?.items ?? []).indices {
                    let item = list.appending(.index(index))
                    if version < .v1alpha3 { check(item.appending("mountPath"), since: .v1alpha3, .warning, &report) }
                    if version < .v1alpha4 { check(item.appending("containers"), since: .v1alpha4, .warning, &report) }
                }
            }
        }
    }

    private func check(
        _ path: YAMLPath, since first: BackstageVersion, _ severity: Problem.Severity, _ report: inout Report
    ) {
        guard let node = root[at: path] else { return }
        let releases =
            switch first {
            case .v1alpha1, .v1alpha2, .v1alpha3: "1.5 to 1.9"
            case .v1alpha4: "from 1.8 on"
            case .v1alpha5: "from 1.9 on"
            }
        report.add(
            severity, "\(version.rawValue) of the Backstage CR has no \(path), so the API server drops it",
            at: node.start,
            advice: "Raise the CR's apiVersion to \(first.rawValue) or later, which operators \(releases) serve, or "
                + "take the field out.")
    }
}
