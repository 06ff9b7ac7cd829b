import YAMLTree

/// An engine's object that installs a chart with values of its own: Flux's HelmRelease, an Argo CD Application, or an
/// ApplicationSet, whose template is one.
public struct HelmObject: Sendable {
    public enum Kind: String, Sendable {
        case helmRelease = "HelmRelease"
        case application = "Application"
        case applicationSet = "ApplicationSet"

        fileprivate var group: String {
            switch self {
            case .helmRelease: "helm.toolkit.fluxcd.io/"
            case .application, .applicationSet: "argoproj.io/"
            }
        }

        /// Whose object it is.
        public var engine: String { self == .helmRelease ? "Flux" : "Argo CD" }

        /// Where the installing object stands in it.
        fileprivate var base: YAMLPath { self == .applicationSet ? ["spec", "template"] : [] }
    }

    public let kind: Kind
    public let object: ManifestObject
    /// Where its chart is named: `spec`, or one of an Application's sources.
    private let source: YAMLPath
    public let parameters: [HelmParameter]
    /// Parameters whose values Argo CD reads from files of the chart's.
    let fileParameters: [(path: YAMLPath, node: YAMLNode)]

    /// - Returns: `nil` for what installs no chart.
    init?(_ object: ManifestObject) {
        guard let kind = Kind(rawValue: object.kind), object.apiVersion.hasPrefix(kind.group) else { return nil }
        let source: YAMLPath? =
            switch kind {
            case .helmRelease: ["spec"]
            case .application, .applicationSet: Self.source(in: object.root, at: kind.base)
            }
        guard let source else { return nil }
        self.kind = kind
        self.object = object
        self.source = source
        let place = source + ["helm", "parameters"]
        let items = kind != .helmRelease ? object.root[at: place]?.items ?? [] : []
        parameters = items.indices.compactMap { HelmParameter(items[$0], at: place.appending(.index($0))) }
        let files = kind != .helmRelease ? object.root[at: source + ["helm", "fileParameters"]]?.items ?? [] : []
        fileParameters = files.compactMap { node in HelmParameter.path(of: node).map { ($0, node) } }
    }

    public var name: String { object.name }

    /// An Application with several sources has charts in some of them, and Argo CD looks at no other source then.
    private static func source(in root: YAMLNode, at base: YAMLPath) -> YAMLPath? {
        let (one, several) = (base + ["spec", "source"], base + ["spec", "sources"])
        guard let sources = root[at: several]?.items, !sources.isEmpty else {
            return root[at: one]?.entries == nil ? nil : one
        }
        let charts = sources.indices.filter { sources[$0]["helm"]?.entries != nil || sources[$0]["chart"] != nil }
        return charts.count == 1 ? charts.first.map { several.appending(.index($0)) } : nil
    }

    // MARK: What it says

    /// What Helm calls the release (helm-controller, `api/v2/helmrelease_types.go`; argo-cd, `reposerver/repository`);
    /// `nil` where a template says it.
    var release: String? {
        let root = object.root
        switch kind {
        case .application:
            return text(source + ["helm", "releaseName"]) ?? object.name
        case .applicationSet:
            return settled(text(source + ["helm", "releaseName"]) ?? text(kind.base + ["metadata", "name"]))
        case .helmRelease:
            if let name = text(["spec", "releaseName"]) { return name }
            let prefix = root[at: ["spec", "targetNamespace"]]?.scalar.map { "\($0.text)-" } ?? ""
            return prefix + object.name
        }
    }

    /// Where the release lives, as far as it says so.
    var namespace: String? {
        switch kind {
        case .application, .applicationSet: settled(text(kind.base + ["spec", "destination", "namespace"]))
        case .helmRelease: text(["spec", "targetNamespace"]) ?? object.namespace
        }
    }

    /// What an ApplicationSet fills in is known to nobody here.
    private func settled(_ text: String?) -> String? { text.flatMap { $0.contains("{{") ? nil : $0 } }

    /// Where it says for which places it makes an Application each; `nil` where that is one.
    var places: YAMLNode? {
        guard kind == .applicationSet, let generators = object.root[at: ["spec", "generators"]] else { return nil }
        let elements = generators.items?.count == 1 ? generators.items?.first?[at: ["list", "elements"]]?.items : nil
        return elements?.count == 1 ? nil : generators
    }

    /// What an ApplicationSet lays over all that its template says.
    var templatePatch: YAMLNode? {
        kind == .applicationSet ? object.root[at: ["spec", "templatePatch"]].flatMap { $0.isNull ? nil : $0 } : nil
    }

    /// What Flux does to the chart's objects before it applies them.
    var postRenderers: YAMLNode? {
        kind == .helmRelease
            ? object.root[at: ["spec", "postRenderers"]].flatMap { $0.items?.isEmpty ?? true ? nil : $0 } : nil
    }

    /// The chart's name, where it comes from a repository of charts.
    var chart: String? { text(kind == .helmRelease ? ["spec", "chart", "spec", "chart"] : source.appending("chart")) }

    /// Which release of the chart; may be a range.
    var chartVersion: String? {
        text(kind == .helmRelease ? ["spec", "chart", "spec", "version"] : source.appending("targetRevision"))
    }

    /// Where the chart comes from, its name or folder at the end, as far as the object's file tells.
    var chartAddress: String {
        guard kind == .helmRelease else {
            let parts = [text(source.appending("repoURL")), chart ?? text(source.appending("path"))]
            return parts.compactMap { $0 }.joined(separator: "/")
        }
        let references: [YAMLPath] = [["spec", "chart", "spec", "sourceRef"], ["spec", "chartRef"]]
        let repository = references.lazy.compactMap { object.root[at: $0] }.first.flatMap { reference in
            object.file.objects.first { $0.kind == reference["kind"]?.string && $0.name == reference["name"]?.string }
        }
        let parts = [repository?.root[at: ["spec", "url"]]?.scalar?.text, chart]
        return parts.compactMap { $0 }.joined(separator: "/")
    }

    /// Where values come from that are not in it, and count less than its own.
    var otherValues: YAMLNode? {
        let path: YAMLPath = kind == .helmRelease ? ["spec", "valuesFrom"] : source + ["helm", "valueFiles"]
        return object.root[at: path].flatMap { $0.items?.isEmpty ?? true ? nil : $0 }
    }

    private func text(_ path: YAMLPath) -> String? {
        object.root[at: path]?.scalar?.text.nonEmpty
    }

    /// Whether its engine acts on a change by itself.
    public var upgradesByItself: Bool {
        switch kind {
        case .application, .applicationSet:
            object.root[at: kind.base + ["spec", "syncPolicy", "automated"]]?.entries != nil
        case .helmRelease: object.root[at: ["spec", "suspend"]]?.resolved(.yaml11) != true
        }
    }

    // MARK: Its values

    /// An Application's `values` count only where there is no `valuesObject` (argo-cd,
    /// `pkg/apis/application/v1alpha1/values.go`).
    func home() throws(YAMLError) -> HelmValues.Home {
        guard kind != .helmRelease else { return .mapping(self, ["spec", "values"]) }
        let (inObject, inText) = (source + ["helm", "valuesObject"], source + ["helm", "values"])
        let hasObject = object.root[at: inObject]?.entries != nil
        guard !hasObject, let text = try object.embedded(at: inText), text.inner.documents.first?.root.entries != nil
        else { return .mapping(self, inObject) }
        return .text(self, text)
    }

    /// What an edit of the values comes to, where parameters stand in its place; `nil` where none does.
    /// - Throws: `YAMLError` at a parameter that cannot say what is wanted.
    public func parameterEdits(for edit: YAMLEdit) throws(YAMLError) -> [YAMLEdit]? {
        guard case .set(let path, let value) = edit else { return nil }
        let wanted = path.components
        for parameter in parameters {
            let own = parameter.path.components
            if own == wanted, let edits = parameter.edits(to: value) { return edits }
            guard own.starts(with: wanted) || wanted.starts(with: own) else { continue }
            let rest = YAMLPath(Array(own.dropFirst(wanted.count)))
            if own.count > wanted.count, value[at: rest] == parameter.value { continue }
            throw YAMLError(
                at: parameter.node.start,
                "the parameter \(parameter.path) counts more than the values, and \(path) must change",
                expected: "that value in valuesObject, and no parameter for it")
        }
        return nil
    }
}
