import FoundationEssentials
import YAMLTree

/// A ConfigMap or Secret, or an object from which a controller makes a Secret, and the variables that a pod gets which
/// names it in `envFrom`. The same rules hold for a CR, for the operator's own manifests and for a chart.
struct EnvironmentHolder {
    let root: YAMLNode
    /// The object's kind, which an item of a List need not say itself.
    let kind: String
    /// Fills in templates in a name.
    var filled: (String) -> String = { $0 }

    typealias Entry = (name: String, value: String?, position: YAMLPosition)

    /// Whether it is, or makes, the Secret or ConfigMap of that name.
    func brings(_ kind: String, named name: String, in namespace: String?) -> Bool {
        let own = text(["metadata", "namespace"])
        guard own == nil || namespace == nil || own == namespace else { return false }
        return made.map { $0.kind == kind && filled($0.name) == name } ?? false
    }

    /// Kind and name of the object that pods can name.
    private var made: (kind: String, name: String)? {
        let name = text(["metadata", "name"]) ?? ""
        switch kind {
        case "ConfigMap", "Secret": return (kind, name)
        // The controller ignores a name in the template (sealed-secrets, `sealedsecret_expansion.go`).
        case "SealedSecret": return ("Secret", name)
        case "ExternalSecret" where creationPolicy != "None":
            return ("Secret", text(["spec", "target", "name"]) ?? name)
        default: return nil
        }
    }

    /// Whether ``entries`` are all keys of the Secret. An ExternalSecret does not show the keys that it takes from a store
    /// as a whole, nor those of a Secret into which it merges its own.
    var saysItsKeys: Bool {
        guard kind == "ExternalSecret" else { return true }
        guard creationPolicy != "Merge", template?["templateFrom"]?.items?.isEmpty ?? true else { return false }
        return !keepsStoreKeys || root[at: ["spec", "dataFrom"]]?.items?.isEmpty ?? true
    }

    var entries: [Entry] {
        switch kind {
        case "ConfigMap": return texts(of: "data", isEncoded: false)
        case "Secret": return texts(of: "data", isEncoded: true) + texts(of: "stringData", isEncoded: false)
        case "SealedSecret":
            // The controller removes keys that the template has without a value.
            let own = root[at: ["spec", "template", "data"]]?.mergedEntries ?? []
            let gone = own.filter(\.value.isNull).map(\.name)
            return (names(below: ["spec", "encryptedData"]) + names(below: ["spec", "template", "data"]))
                .filter { !gone.contains($0.name) }
        case "ExternalSecret":
            let items = keepsStoreKeys ? root[at: ["spec", "data"]]?.items ?? [] : []
            return names(below: ["spec", "target", "template", "data"])
                + items.compactMap { item in
                    item["secretKey"].flatMap { node in node.string.map { ($0, nil, node.start) } }
                }
        default: return []
        }
    }

    /// The variable that a path in a ConfigMap or Secret leads to.
    static func key(at path: YAMLPath) -> String? {
        guard path.components.count == 2, [.key("data"), .key("stringData")].contains(path.components[0]),
            case .key(let key) = path.components[1]
        else { return nil }
        return key
    }

    // MARK: ExternalSecrets

    private var template: YAMLNode? { root[at: ["spec", "target", "template"]] }
    private var creationPolicy: String? { text(["spec", "target", "creationPolicy"]) }

    /// Whether the Secret has the store's keys beside those of the template (external-secrets, `applyTemplate`).
    private var keepsStoreKeys: Bool {
        let isEmpty = ["data", "templateFrom"].allSatisfy { field in
            let node = template?[field]
            return node?.mergedEntries?.isEmpty ?? node?.items?.isEmpty ?? true
        }
        return isEmpty || template?["mergePolicy"]?.string == "Merge"
    }

    // MARK: Texts

    private func texts(of part: String, isEncoded: Bool) -> [Entry] {
        // A value that SOPS has encrypted is not known here.
        let isEncrypted = root["sops"]?.entries != nil
        return (root[part]?.mergedEntries ?? []).map { entry in
            let text = entry.value.scalar?.text
            let value = isEncoded ? text.flatMap(Self.decoded) : text
            return (entry.name, isEncrypted && text?.hasPrefix("ENC[") == true ? nil : value, entry.key.start)
        }
    }

    private func names(below path: YAMLPath) -> [Entry] {
        (root[at: path]?.mergedEntries ?? []).map { ($0.name, nil, $0.key.start) }
    }

    private func text(_ path: YAMLPath) -> String? { root[at: path]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    private static func decoded(_ text: String) -> String? {
        Data(base64Encoded: text, options: .ignoreUnknownCharacters).flatMap { String(validating: $0, as: UTF8.self) }
    }
}

extension ManifestObject {
    var holder: EnvironmentHolder { EnvironmentHolder(root: root, kind: kind) }
}
