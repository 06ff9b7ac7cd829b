import YAMLTree

/// What a kustomization should not change unseen: the CR, what it names and Backstage reads, and what the migration brings
/// for Backstage to read.
struct KustomizedObjects {
    /// `nil` where Helm installs Backstage.
    let backstage: BackstageResource?
    /// Those that the cut-over gives to Backstage, there and back; none where nothing is known of them.
    let secrets: [String]
    let engine: Migration.Engine?
    /// Whether the cut-over changes the CR at all, or a person does.
    var isChanged: Bool
    /// What a prefix or suffix would give, as the end of a sentence; `nil` where names do not matter.
    let named: String?
    /// The migration's namespace, as far as it is known.
    let namespace: String?
    /// The files in which the CR is, and what it names.
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

    /// Of an engine's object that installs a chart.
    init(_ object: HelmObject, engine: Migration.Engine?, isChanged: Bool) {
        (backstage, secrets, namespace, files) = (nil, [], nil, [])
        (self.engine, self.isChanged) = (engine, isChanged)
        objects = [(kind: object.kind.rawValue, name: object.name)]
        named =
            object.namesRelease
            ? "which gives the \(object.kind.rawValue) '\(object.name)', and with it the release, another name" : nil
    }

    /// What it is all about, for messages.
    var subject: String { objects.first.map(Self.title) ?? "" }

    func contains(_ kind: String, _ name: String) -> Bool { object(kind, name) != nil }

    /// The one of that kind and name, for messages; `nil` where it is none of these.
    func object(_ kind: String, _ name: String) -> String? {
        objects.first { $0.kind == kind && $0.name == name }.map(Self.title)
    }

    /// The first of them that a selector may mean; `nil` for none.
    ///
    /// kustomize takes the parts of a selector for regular expressions of the whole.
    func selected(by selector: YAMLNode) -> String? {
        func mayBe(_ field: String, _ values: [String]) -> Bool {
            guard let text = selector[field]?.string, !text.isEmpty else { return true }
            guard let expression = try? Regex(text) else { return true }
            return values.contains { $0.wholeMatch(of: expression) != nil }
        }
        return objects.first { mayBe("kind", Self.kinds(of: $0.kind)) && mayBe("name", [$0.name]) }.map(Self.title)
    }

    /// The one that a document is, or is a patch of; a patch without a kind may be of any.
    func object(_ document: YAMLNode) -> String? {
        guard let kind = document["kind"]?.string else { return objects.first.map(Self.title) }
        if kind.hasSuffix("List"), let items = document["items"]?.items { return items.lazy.compactMap(object).first }
        let name = document[at: ["metadata", "name"]]?.string
        return objects.first { Self.kinds(of: $0.kind).contains(kind) && (name ?? $0.name) == $0.name }
            .map(Self.title)
    }

    /// The kinds of the object itself, and of what a controller makes it of, which mostly has its name.
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
