import Foundation
import SystemPackage
import YAMLTree

/// What a namespace of a cluster holds once manifests have been applied to it, as far as a Job's pod needs it.
public struct ClusterNamespace: Sendable {
    public let name: String
    /// Secrets and their decoded keys.
    public var secrets: [String: [String: String]] = [:]
    public var configMaps: [String: [String: String]] = [:]
    public var serviceAccounts: Set<String> = ["default"]
    public private(set) var jobs: [String: YAMLValue] = [:]
    /// What a quota counts, as `limits.cpu`: every container of a pod must say it (Kubernetes, Resource Quotas).
    public var quota: Set<String> = []

    public init(_ name: String) { self.name = name }

    /// The namespace that a folder of manifests is for, by what `apply` would add to it.
    /// - Throws: ``PodError`` when no object names one.
    public static func name(in folder: FilePath) throws -> String {
        for case .string(let resource) in try kustomization(of: folder)["resources"]?.items ?? []
        where resource.hasSuffix(".yaml") {
            let names = try objects(in: folder.appending(resource)).compactMap { $0["metadata"]?["namespace"]?.string }
            if let name = names.first { return name }
        }
        throw PodError("\(folder): no object has a namespace")
    }

    /// Reads what `kubectl apply -k` would apply from a folder: the resources that its `kustomization.yaml` lists.
    /// Kinds that no pod reads are passed over.
    /// - Throws: ``PodError`` for what would not come out of kustomize as it stands in the files.
    public mutating func apply(_ folder: FilePath) throws {
        for entry in try Self.kustomization(of: folder).mapping ?? YAMLMapping() {
            switch entry.key {
            case "apiVersion", "kind", "metadata": continue
            case "patches" where try (entry.value.items ?? []).allSatisfy(Self.onlyAnnotates): continue
            case "namespace" where entry.value.string == name: continue
            case "resources":
                for case .string(let resource) in entry.value.items ?? [] { try add(resource, in: folder) }
            default:
                throw PodError(
                    "\(folder): '\(entry.key)' would change what the files say; this reader does not know it")
            }
        }
    }

    /// Annotations on objects are for engines; nothing that is read here depends on them.
    private static func onlyAnnotates(_ patch: YAMLValue) throws -> Bool {
        let content = try YAMLFile(parsing: patch["patch"]?.string ?? "", name: "patch").onlyDocument.root.value()
        let fields =
            (content.mapping ?? YAMLMapping()).map(\.key) + (content["metadata"]?.mapping ?? YAMLMapping()).map(\.key)
        return Set(fields).isSubset(of: ["apiVersion", "kind", "metadata", "name", "annotations"])
    }

    /// Adds objects from manifests in a text.
    public mutating func apply(manifests text: String) throws {
        try add(YAMLFile(parsing: text, name: "manifests").documents.map { $0.root.value() })
    }

    public mutating func remove(job name: String) { jobs[name] = nil }

    private mutating func add(_ resource: String, in folder: FilePath) throws {
        let path = folder.appending(resource)
        guard resource.hasSuffix(".yaml") else { return try apply(path) }
        try add(Self.objects(in: path))
    }

    private static func kustomization(of folder: FilePath) throws -> YAMLValue {
        let file = folder.appending("kustomization.yaml")
        return try YAMLFile(parsing: file.text(), name: file.string).onlyDocument.root.value()
    }

    private static func objects(in path: FilePath) throws -> [YAMLValue] {
        try YAMLFile(parsing: path.text(), name: path.string).documents.map { $0.root.value() }
    }

    private mutating func add(_ objects: [YAMLValue]) throws {
        for object in objects {
            let metadata = object["metadata"]
            // The API server adds five characters to a generated name.
            guard let kind = object["kind"]?.string,
                let name = metadata?["name"]?.string ?? metadata?["generateName"]?.string.map({ $0 + "q8w4z" })
            else { continue }
            if let namespace = object["metadata"]?["namespace"]?.string, namespace != self.name {
                throw PodError("\(kind) '\(name)' belongs to namespace '\(namespace)', not '\(self.name)'")
            }
            try admit(object["spec"]?["template"]?["spec"], of: "\(kind) '\(name)'")
            switch kind {
            case "Secret": secrets[name] = try Self.content(of: object, name: name)
            case "ConfigMap": configMaps[name] = try Self.texts(of: object["data"], in: name)
            case "ServiceAccount": serviceAccounts.insert(name)
            case "Job": jobs[name] = object
            default: continue
            }
        }
    }

    private func admit(_ pod: YAMLValue?, of owner: String) throws {
        for container in (pod?["containers"]?.items ?? []) + (pod?["initContainers"]?.items ?? []) {
            for counted in quota.sorted() {
                let parts = counted.split(separator: ".", maxSplits: 1).map(String.init)
                guard container["resources"]?[parts[0]]?[parts[1]] == nil else { continue }
                throw PodError(
                    "\(owner): pods are forbidden: failed quota: must specify \(counted) for: \(container["name"]?.string ?? "")"
                )
            }
        }
    }

    private static func content(of secret: YAMLValue, name: String) throws -> [String: String] {
        var content = try texts(of: secret["data"], in: name).mapValues { encoded in
            guard let data = Data(base64Encoded: encoded) else {
                throw PodError("Secret '\(name)': a value is not Base64")
            }
            return String(decoding: data, as: UTF8.self)
        }
        content.merge(try texts(of: secret["stringData"], in: name)) { _, text in text }
        return content
    }

    private static func texts(of value: YAMLValue?, in name: String) throws -> [String: String] {
        var texts: [String: String] = [:]
        for entry in value?.mapping ?? YAMLMapping() {
            guard let text = entry.value.string else {
                throw PodError("'\(name)': the API server wants a string for '\(entry.key)', found \(entry.value.kind)")
            }
            texts[entry.key] = text
        }
        return texts
    }
}
