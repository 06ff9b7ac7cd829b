import FoundationEssentials
import YAMLTree

/// A variable of the container that runs Backstage, as far as the manifests show it.
struct EnvironmentVariable {
    let name: String
    /// `nil` where only the cluster knows it.
    let value: String?
    let position: YAMLPosition
    /// Who sets it, as a sentence: "spec.application.extraEnvs.envs sets PGSSLMODE".
    let sentence: String
    /// Whether it is in `env`, which wins over everything in `envFrom`.
    let beatsSecrets: Bool
}

extension BackstageResource {
    /// The variables that the CR gives Backstage's container, and those in objects that the CR names.
    ///
    /// - Parameters:
    ///   - objects: the manifests that are at hand.
    ///   - credentials: the new database's Secret, whose variables do not count.
    func environment(with objects: [ManifestObject], besides credentials: String?) -> [EnvironmentVariable] {
        var variables = patchedVariables
        let envs: YAMLPath = ["spec", "application", "extraEnvs", "envs"]
        for item in root[at: envs]?.items ?? [] where reachesBackstage(item) {
            variables += EnvironmentVariable.listed(item, in: "\(envs)")
        }
        for kind in ExtraItem.Kind.allCases {
            for item in items(.extraEnvs, kind) where item.reachesBackstage {
                guard let name = item.name, name != credentials else { continue }
                let found = EnvironmentVariable.entries(of: kind.object, name, in: namespace, among: objects)
                if let key = item.key {
                    variables.append(
                        EnvironmentVariable(
                            name: key, value: found.first { $0.name == key }?.value,
                            position: item.node["key"]?.start ?? item.node.start,
                            sentence: "\(item.list) takes \(key) from '\(name)'", beatsSecrets: true))
                } else {
                    variables += found.map { entry in
                        EnvironmentVariable(
                            name: entry.name, value: entry.value, position: entry.position,
                            sentence: "the \(kind.object) '\(name)' of \(item.list) sets \(entry.name)",
                            beatsSecrets: false)
                    }
                }
            }
        }
        return variables + brought(with: objects, besides: credentials)
    }

    /// What the deployment patch's `envFrom` brings, as far as it can be had.
    private func brought(with objects: [ManifestObject], besides credentials: String?) -> [EnvironmentVariable] {
        patchedSources(besides: credentials).flatMap { source in
            EnvironmentVariable.entries(of: source.kind, source.name, in: namespace, among: objects).map { entry in
                let name = source.prefix + entry.name
                return EnvironmentVariable(
                    name: name, value: entry.value, position: entry.position,
                    sentence: "the \(source.kind) '\(source.name)' of \(Self.patchedContainers) sets \(name)",
                    beatsSecrets: false)
            }
        }
    }

    /// The variables of the deployment patch.
    private var patchedVariables: [EnvironmentVariable] {
        patchesOfMainContainer.flatMap { container in
            (container["env"]?.items ?? []).flatMap {
                EnvironmentVariable.listed($0, in: "\(Self.patchedContainers) '\(Self.mainContainer)'")
            }
        }
    }

    /// Whether the `containers` list of a variable, which may be absent, includes the container that runs Backstage.
    private func reachesBackstage(_ item: YAMLNode) -> Bool {
        guard version.hasItemContainers, let items = item["containers"]?.items, !items.isEmpty else { return true }
        return items.contains { $0.string == "*" || $0.string == Self.mainContainer }
    }
}

extension EnvironmentVariable {
    /// The variable of an item in a container's `env`; none for an item without a name.
    static func listed(_ item: YAMLNode, in list: String) -> [EnvironmentVariable] {
        guard let node = item["name"], let name = node.string else { return [] }
        return [
            EnvironmentVariable(
                name: name, value: item["value"]?.scalar?.text, position: node.start, sentence: "\(list) sets \(name)",
                beatsSecrets: true)
        ]
    }

    typealias Entry = (name: String, value: String?, position: YAMLPosition)

    /// What a pod gets that takes all of a ConfigMap or Secret, as far as its manifest can be had.
    static func entries(
        of kind: String, _ name: String, in namespace: String?, among objects: [ManifestObject]
    ) -> [Entry] {
        objects.filter { $0.brings(kind, named: name, in: namespace) }.flatMap {
            ManifestObject.variables(of: $0.root, kind: $0.kind)
        }
    }

    /// What a pod gets that takes all of a ConfigMap or Secret, which may be one of many in another file.
    /// - Parameter prefix: what their names begin with in the pod.
    static func brought(
        by object: YAMLNode, kind: String, prefix: String = "", saying sentence: (String) -> String
    ) -> [EnvironmentVariable] {
        ManifestObject.variables(of: object, kind: kind).map { entry in
            let name = prefix + entry.name
            return EnvironmentVariable(
                name: name, value: entry.value, position: entry.position, sentence: sentence(name), beatsSecrets: false)
        }
    }
}

extension ManifestObject {
    fileprivate typealias Entry = EnvironmentVariable.Entry

    /// Whether it is, or makes, the Secret or ConfigMap of that name.
    func brings(_ kind: String, named name: String, in namespace: String?) -> Bool {
        if isObject(kind: kind, name: name, in: namespace) { return true }
        guard kind == "Secret", self.namespace == nil || namespace == nil || self.namespace == namespace else {
            return false
        }
        return madeSecret == name
    }

    /// The name of the Secret that a controller makes from it.
    private var madeSecret: String? {
        switch self.kind {
        case "SealedSecret": root[at: ["spec", "template", "metadata", "name"]]?.string ?? name
        case "ExternalSecret": root[at: ["spec", "target", "name"]]?.string ?? name
        default: nil
        }
    }

    /// Whether its manifest says all that a pod gets which takes all of it: what an ExternalSecret takes from a store as a
    /// whole is known there alone.
    var saysItsKeys: Bool {
        guard kind == "ExternalSecret" else { return true }
        let template = root[at: ["spec", "target", "template"]]
        guard template?["templateFrom"]?.items?.isEmpty ?? true else { return false }
        return root[at: ["spec", "dataFrom"]]?.items?.isEmpty ?? true || template?["data"]?.entries != nil
    }

    fileprivate static func variables(of root: YAMLNode, kind: String) -> [Entry] {
        switch kind {
        case "ConfigMap", "Secret":
            return ["data", "stringData"].flatMap { part in
                (root[part]?.mergedEntries ?? []).map { entry in
                    let text = entry.value.scalar?.text
                    let isEncoded = kind == "Secret" && part == "data"
                    return (entry.name, isEncoded ? text.flatMap(decoded) : text, entry.key.start)
                }
            }
        case "SealedSecret":
            return names(below: ["spec", "encryptedData"], of: root)
                + names(below: ["spec", "template", "data"], of: root)
        case "ExternalSecret":
            let keys = root[at: ["spec", "data"]]?.items ?? []
            return names(below: ["spec", "target", "template", "data"], of: root)
                + keys.compactMap { item in
                    item["secretKey"].flatMap { node in node.string.map { ($0, nil, node.start) } }
                }
        default: return []
        }
    }

    private static func names(below path: YAMLPath, of root: YAMLNode) -> [Entry] {
        (root[at: path]?.mergedEntries ?? []).map { ($0.name, nil, $0.key.start) }
    }

    private static func decoded(_ text: String) -> String? {
        Data(base64Encoded: text).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
