public import YAMLTree

/// A Kubernetes object in one of the team's files: a whole document, or an item of a List.
public struct ManifestObject: Sendable {
    public let file: YAMLFile
    /// The index of its document in the file, from 0.
    public let index: Int
    /// Its path in that document.
    public let path: YAMLPath
    public let root: YAMLNode
    public let apiVersion: String
    public let kind: String

    fileprivate init(file: YAMLFile, index: Int, path: YAMLPath, root: YAMLNode, in list: ManifestObject? = nil) {
        self.file = file
        self.index = index
        self.path = path
        self.root = root
        // Items of a ConfigMapList may lack kind and apiVersion (apimachinery, `unstructuredJSONScheme`).
        let inherited = list.flatMap { $0.kind == "List" ? nil : $0 }
        kind = root["kind"]?.string ?? inherited.map { String($0.kind.dropLast(Self.listSuffix.count)) } ?? ""
        apiVersion = root["apiVersion"]?.string ?? inherited?.apiVersion ?? ""
    }

    private static let listSuffix = "List"

    public var isWholeDocument: Bool { path.components.isEmpty }
    var name: String { root[at: ["metadata", "name"]]?.string ?? "" }
    /// `nil` where the namespace is chosen when the object is applied.
    var namespace: String? { root[at: ["metadata", "namespace"]]?.string.flatMap { $0.isEmpty ? nil : $0 } }
    /// The namespace, where the file has another object of that kind and name, so that only it tells them apart.
    ///
    /// kustomize takes an object without one to be in `default` (`resid.EffectiveNamespace`).
    public var distinguishingNamespace: String? {
        let namesakes = file.objects.filter { $0.kind == kind && $0.name == name }
        return namesakes.count > 1 ? namespace ?? "default" : nil
    }

    /// Where it says what it is.
    var start: YAMLPosition { root["kind"]?.start ?? root.start }

    /// Its kind and name, for messages.
    var title: String {
        guard !kind.isEmpty else { return "a document without a kind" }
        return apiVersion.isEmpty ? "kind '\(kind)'" : "\(kind) of \(apiVersion)"
    }

    /// Whether it is the object of that kind and name that a CR in that namespace would find.
    func isObject(kind: String, name: String, in namespace: String?) -> Bool {
        guard self.kind == kind, self.name == name else { return false }
        guard let own = self.namespace, let namespace else { return true }
        return own == namespace
    }

    /// The file with edits of this object. The edits' paths begin at the object.
    ///
    /// - Throws: `YAMLError` where it cannot be edited without changing something else.
    public func applying(_ edits: [YAMLEdit]) throws(YAMLError) -> YAMLFile {
        try file.applying(edits.map { $0.below(path) }, toDocument: index)
    }

    /// The YAML text that a scalar of the object holds.
    /// - Throws: ``YAMLError`` where the text is no YAML.
    func embedded(at place: YAMLPath) throws(YAMLError) -> EmbeddedYAML? {
        try EmbeddedYAML(at: path + place, inDocument: index, of: file)
    }

    /// The items of a List and of the Lists in it; of any other object, the object itself.
    fileprivate var flattened: [ManifestObject] {
        guard kind.hasSuffix(Self.listSuffix), let items = root["items"]?.items else { return [self] }
        return items.indices.flatMap { item in
            ManifestObject(
                file: file, index: index, path: path + ["items", .index(item)], root: items[item], in: self
            ).flattened
        }
    }
}

extension YAMLFile {
    /// The objects that the file holds, in order.
    public var objects: [ManifestObject] {
        documents.indices.flatMap {
            ManifestObject(file: self, index: $0, path: [], root: documents[$0].root).flattened
        }
    }
}
