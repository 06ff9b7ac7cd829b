import YAMLTree

/// Looks through the ConfigMap by which a CR replaces manifests of the operator's own (rhdh-operator,
/// `spec.rawRuntimeConfig.backstageConfig` and `pkg/model`): what it says of Backstage's container and app-config counts as
/// if the CR said it.
struct RawRuntimeAudit {
    let backstage: BackstageResource
    /// The manifests that can be had.
    let objects: [ManifestObject]
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?

    func run(_ report: inout Report) {
        let field: YAMLPath = ["spec", "rawRuntimeConfig", "backstageConfig"]
        guard let name = backstage.root[at: field]?.string, !name.isEmpty,
            let object = objects.first(where: {
                $0.isObject(kind: "ConfigMap", name: name, in: backstage.namespace)
            })
        else { return }
        let brought = [("secret-envs.yaml", "Secret"), ("configmap-envs.yaml", "ConfigMap")].flatMap { key, kind in
            roots(key, of: object, &report).filter { $0["kind"]?.string == kind }.flatMap { root in
                EnvironmentVariable.brought(by: root, kind: kind) { "\(key) of the ConfigMap '\(name)' sets \($0)" }
            }
        }
        let own = roots("deployment.yaml", of: object, &report).flatMap(containers).flatMap { container in
            (container["env"]?.items ?? []).flatMap {
                EnvironmentVariable.listed($0, in: "deployment.yaml of the ConfigMap '\(name)'")
            }
        }
        VariableAudit(certificatePath: certificatePath).run(own + brought, &report)
        for root in roots("app-config.yaml", of: object, &report) { checkAppConfig(root, &report) }
    }

    /// That of Backstage, or all where none has its name.
    private func containers(_ deployment: YAMLNode) -> [YAMLNode] {
        let all = deployment[at: ["spec", "template", "spec", "containers"]]?.items ?? []
        let named = all.filter { $0["name"]?.string == BackstageResource.mainContainer }
        return named.isEmpty ? all : named
    }

    /// The operator's own is a ConfigMap whose keys are app-configs.
    private func checkAppConfig(_ root: YAMLNode, _ report: inout Report) {
        guard root["kind"]?.string == "ConfigMap" else { return audit(root, place: { $0 }, &report) }
        for entry in root["data"]?.mergedEntries ?? [] {
            guard let text = entry.value.scalar?.text, let file = try? YAMLFile(parsing: text, name: "") else {
                continue
            }
            for document in file.documents { audit(document.root, place: { _ in entry.key.start }, &report) }
        }
    }

    private func audit(_ root: YAMLNode, place: @escaping (YAMLPosition) -> YAMLPosition, _ report: inout Report) {
        guard root.entries != nil else { return }
        AppConfigAudit(
            root: AppConfigNode(root, place: place, included: { _ in nil }), certificatePath: certificatePath
        ).run(&report)
    }

    /// The documents that a key holds, with their places in the file.
    private func roots(_ key: String, of object: ManifestObject, _ report: inout Report) -> [YAMLNode] {
        do throws(YAMLError) { return try object.embedded(at: ["data", .key(key)])?.roots ?? [] } catch {
            report.error(error)
            return []
        }
    }
}
