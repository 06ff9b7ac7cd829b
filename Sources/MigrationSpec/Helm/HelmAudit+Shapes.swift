import YAMLTree

/// Finds values whose meaning only the chart's templates know.
extension HelmAudit {
    private static let mappings: [YAMLPath] = [
        [], ["backstage"], ["backstage", "appConfig"], ["backstage", "appConfig", "backend"],
        ["backstage", "appConfig", "backend", "database"], ["postgresql"], ["postgresql", "auth"],
        ["postgresql", "auth", "secretKeys"], ["postgresql", "primary"], ["postgresql", "primary", "persistence"],
    ]
    private static let lists: [YAMLPath] =
        [HelmRelease.extraDeploy]
        + [
            "args", "command", "extraAppConfig", "extraEnvVars", "extraEnvVarsCM", "extraEnvVarsSecrets",
            "extraVolumes",
            "extraVolumeMounts",
        ].map { ["backstage", .key($0)] }

    /// Refuses a text where a list or a mapping belongs. A chart may take it for a template, and the cut-over would replace
    /// it.
    func checkShapes(_ report: inout Report) {
        func check(_ path: YAMLPath, _ kind: String, _ isIt: (YAMLNode) -> Bool) {
            // A parameter of Argo CD may write a list as a text. If it must change, it is checked then.
            guard let node = release.node(path), !isIt(node), node.scalar?.text.isEmpty != true,
                release.object?.parameters.contains(where: { $0.path == release.prefix + path }) != true
            else { return }
            let found = node.scalar == nil ? node.items == nil ? "a mapping" : "a list" : "a text"
            report.error(
                "\(release.prefix + path): found \(found), expected a \(kind)", at: node.start,
                advice: "Write the \(kind) that it comes to: templates are not rendered here.")
        }
        for path in Self.mappings { check(path, "mapping") { $0.entries != nil } }
        for path in Self.lists { check(path, "list") { $0.items != nil } }
    }

    /// Refuses templates in the names of the chart's own Secret, its keys and the role, which the Job needs.
    func checkKeys(_ report: inout Report) {
        guard spec.source == nil, release.runsDatabase else { return }
        let user: YAMLPath = ["postgresql", "auth", "username"]
        let own = [HelmRelease.adminKey, HelmRelease.userKey, user]
        for path in own.map({ release.prefix + $0 }) + own.map({ ["global"] + $0 }) {
            guard let node = release.root[at: path], let text = node.scalar?.text, text.contains("{{") else { continue }
            report.error(
                "\(path): found the template '\(text)', and the Job needs what it comes to", at: node.start,
                advice: "Write that, as kubectl get secret shows it.")
        }
    }
}
