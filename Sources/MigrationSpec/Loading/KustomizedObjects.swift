import YAMLTree

/// The objects that a kustomization must not change unseen: the CR, the objects that it names for Backstage to read,
/// and those that the cut-over adds to it.
struct KustomizedObjects {
    /// `nil` where Helm installs Backstage.
    let backstage: BackstageResource?
    /// The databases' Secrets that a cut-over of this migration names, forward or back; empty where they are not known.
    let secrets: [String]
    let engine: Migration.Engine?
    /// Whether the cut-over changes the CR at all, or a person does.
    var isChanged: Bool
    /// What a namePrefix or nameSuffix would do, as the end of a sentence; `nil` where names do not matter.
    let named: String?
    /// The migration's namespace, as far as it is known.
    let namespace: String?
    /// The files with the CR and with objects that it names.
    let files: [YAMLFile]
    private let objects: [(kind: String, name: String)]

    init(
        manifests: InstanceManifests, credentialsSecret: String?, certificate: CertificateReference?,
        engine: Migration.Engine?, isChanged: Bool, namespace: String?
    ) {
        let backstage = manifests.backstage
        self.backstage = backstage
        named = "which gives the Backstage CR another name than '\(backstage.name)'"
        secrets = credentialsSecret == nil ? [] : [credentialsSecret, backstage.localSecretName].compactMap { $0 }
        self.engine = engine
        self.isChanged = isChanged
        self.namespace = namespace
        files = manifests.files
        let read =
            backstage.namedSources(besides: nil) + (manifests.rawRuntime?.sources ?? []).map(\.named)
            + [backstage.namedPlugins].compactMap { $0 }
        objects =
            [(kind: "Backstage", name: backstage.name)] + read.map { (kind: $0.kind, name: $0.name) }
            + [credentialsSecret].compactMap { $0 }.map { (kind: "Secret", name: $0) }
            + [certificate].compactMap { $0 }.map { (kind: $0.kind.rawValue, name: $0.name) }
    }

    /// For the object of Flux or Argo CD that installs a chart.
    init(_ object: HelmObject, engine: Migration.Engine?, isChanged: Bool) {
        (backstage, secrets, namespace, files) = (nil, [], nil, [])
        (self.engine, self.isChanged) = (engine, isChanged)
        objects = [(kind: object.kind.rawValue, name: object.name)]
        named =
            object.namesRelease
            ? "which gives the \(object.kind.rawValue) '\(object.name)', and with it the release, another name" : nil
    }

    /// The main object, for messages.
    var subject: String { objects.first.map(Self.title) ?? "" }

    func contains(_ kind: String, _ name: String) -> Bool { object(kind, name) != nil }

    /// The object of that kind and name, for messages; `nil` if it is none of these.
    func object(_ kind: String, _ name: String) -> String? {
        objects.first { $0.kind == kind && $0.name == name }.map(Self.title)
    }

    /// The first of the objects that a selector may match; `nil` for none. kustomize anchors the regular expressions in
    /// a selector (kustomize, `types.SelectorRegex`).
    func selected(by selector: YAMLNode) -> String? {
        func mayBe(_ field: String, _ values: [String]) -> Bool {
            guard let text = selector[field]?.string, !text.isEmpty else { return true }
            guard let expression = try? Regex(text) else { return true }
            return values.contains { $0.wholeMatch(of: expression) != nil }
        }
        return objects.first { mayBe("kind", Self.kinds(of: $0.kind)) && mayBe("name", [$0.name]) }.map(Self.title)
    }

    /// The object that a document is or patches. A patch without a kind may patch any of them.
    func object(_ document: YAMLNode) -> String? {
        guard let kind = document["kind"]?.string else { return objects.first.map(Self.title) }
        if kind.hasSuffix("List"), let items = document["items"]?.items { return items.lazy.compactMap(object).first }
        let name = document[at: ["metadata", "name"]]?.string
        return objects.first { Self.kinds(of: $0.kind).contains(kind) && (name ?? $0.name) == $0.name }
            .map(Self.title)
    }

    /// The kind itself, and kinds from which a controller makes such an object, mostly with the same name.
    private static func kinds(of kind: String) -> [String] {
        kind == "Secret" ? ["Secret", "SealedSecret", "ExternalSecret"] : [kind]
    }

    private static func title(_ object: (kind: String, name: String)) -> String {
        switch object.kind {
        case "Backstage": "the Backstage CR"
        case HelmObject.Kind.helmRelease.rawValue, HelmObject.Kind.application.rawValue,
            HelmObject.Kind.applicationSet.rawValue:
            "the \(object.kind) '\(object.name)'"
        default: "the \(object.kind) '\(object.name)', which Backstage reads"
        }
    }
}
