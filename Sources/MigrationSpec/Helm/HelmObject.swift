import Cryptography
import YAMLTree

/// An engine's object that installs a chart with values in it: Flux's HelmRelease, or an Argo CD Application, or an
/// ApplicationSet, whose template is an Application.
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

        /// The engine that acts on it.
        public var engine: String { self == .helmRelease ? "Flux" : "Argo CD" }

        /// The path of the installing object in it.
        fileprivate var base: YAMLPath { self == .applicationSet ? ["spec", "template"] : [] }
    }

    public let kind: Kind
    public let object: ManifestObject
    /// Where the chart is named: `spec`, or one of an Application's sources.
    private let source: YAMLPath
    public let parameters: [HelmParameter]
    /// Parameters whose values Argo CD reads from files in the chart.
    let fileParameters: [(path: YAMLPath, node: YAMLNode)]

    /// - Returns: `nil` for an object that installs no chart.
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

    /// The path of the source with the chart. If an Application has several sources, Argo CD ignores `source`, and
    /// exactly one of them must have a chart.
    private static func source(in root: YAMLNode, at base: YAMLPath) -> YAMLPath? {
        let (one, several) = (base + ["spec", "source"], base + ["spec", "sources"])
        guard let sources = root[at: several]?.items, !sources.isEmpty else {
            return root[at: one]?.entries == nil ? nil : one
        }
        let charts = sources.indices.filter { sources[$0]["helm"]?.entries != nil || sources[$0]["chart"] != nil }
        return charts.count == 1 ? charts.first.map { several.appending(.index($0)) } : nil
    }

    // MARK: What it says

    /// The name of the Helm release (helm-controller, `api/v2/helmrelease_types.go`; argo-cd, `reposerver/repository`);
    /// `nil` where a template gives it.
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
            return Self.shortened(prefix + object.name)
        }
    }

    /// A default release name as Flux shortens it (helm-controller, `internal/release/name.go`).
    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > HelmRelease.longestName else { return name }
        let digest = SHA256.hash(data: Array(name.utf8)).prefix(6)
            .map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
        return "\(name.prefix(HelmRelease.longestName - digest.count - 1))-\(digest)"
    }

    /// Whether the release takes its name from the object's.
    var namesRelease: Bool {
        text(kind == .helmRelease ? ["spec", "releaseName"] : source + ["helm", "releaseName"]) == nil
    }

    /// The namespace of the release, as far as the object gives it.
    var namespace: String? {
        switch kind {
        case .application, .applicationSet: settled(text(kind.base + ["spec", "destination", "namespace"]))
        case .helmRelease: text(["spec", "targetNamespace"]) ?? object.namespace
        }
    }

    /// `nil` for a text with a template: its value is not known here.
    private func settled(_ text: String?) -> String? { text.flatMap { $0.contains("{{") ? nil : $0 } }

    /// An ApplicationSet's generators, if they make more than one Application.
    var multiplyingGenerators: YAMLNode? {
        guard kind == .applicationSet, let generators = object.root[at: ["spec", "generators"]] else { return nil }
        let elements = generators.items?.count == 1 ? generators.items?.first?[at: ["list", "elements"]]?.items : nil
        return elements?.count == 1 ? nil : generators
    }

    /// The patch that an ApplicationSet applies to its template.
    var templatePatch: YAMLNode? {
        kind == .applicationSet ? object.root[at: ["spec", "templatePatch"]].flatMap { $0.isNull ? nil : $0 } : nil
    }

    /// What Flux changes in the chart's objects before it applies them.
    var postRenderers: YAMLNode? {
        kind == .helmRelease
            ? object.root[at: ["spec", "postRenderers"]].flatMap { $0.items?.isEmpty ?? true ? nil : $0 } : nil
    }

    /// The chart's name, if it comes from a chart repository.
    var chart: String? { text(kind == .helmRelease ? ["spec", "chart", "spec", "chart"] : source.appending("chart")) }

    /// The chart's version, which may be a range.
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

    /// References to other values, which those in the object override.
    var otherValues: YAMLNode? {
        let paths: [YAMLPath] =
            kind == .helmRelease
            ? [["spec", "valuesFrom"], ["spec", "chart", "spec", "valuesFiles"]] : [source + ["helm", "valueFiles"]]
        return paths.lazy.compactMap { object.root[at: $0] }.first { $0.items.map { !$0.isEmpty } ?? false }
    }

    private func text(_ path: YAMLPath) -> String? {
        object.root[at: path]?.scalar?.text.nonEmpty
    }

    /// A setting that keeps the engine from acting on a change of the object.
    public struct Hold: Sendable {
        /// The setting as it is written in the object.
        public let setting: String
        let position: YAMLPosition
    }

    /// `nil` if the engine acts on a change (Flux: `spec.suspend`; argo-cd's manual, "Skip Application Reconcile" and
    /// "Controlling if/when the ApplicationSet controller modifies Application resources").
    public var hold: Hold? {
        switch kind {
        case .helmRelease:
            let node = object.root[at: ["spec", "suspend"]]
            return node.flatMap {
                $0.resolved(.yaml11) == true ? Hold(setting: "spec.suspend: true", position: $0.start) : nil
            }
        case .application, .applicationSet:
            let key = "argocd.argoproj.io/skip-reconcile"
            let node = object.root[at: kind.base + ["metadata", "annotations", .key(key)]]
            if let node, ["1", "t", "true"].contains(node.scalar?.text.lowercased()) {
                return Hold(setting: "\(key): true", position: node.start)
            }
            let policy = object.root[at: ["spec", "syncPolicy", "applicationsSync"]]
            guard kind == .applicationSet, let policy, let text = policy.string,
                ["create-only", "create-delete"].contains(text)
            else { return nil }
            return Hold(setting: "applicationsSync: \(text)", position: policy.start)
        }
    }

    /// Whether its engine applies a change by itself.
    public var upgradesByItself: Bool {
        guard hold == nil else { return false }
        let automated = object.root[at: kind.base + ["spec", "syncPolicy", "automated"]]
        return kind == .helmRelease || automated?.entries != nil && automated?["enabled"]?.bool != false
    }

    // MARK: Its values

    /// Where the values are. An Application's `values` are ignored if there is a `valuesObject` (argo-cd,
    /// `pkg/apis/application/v1alpha1/values.go`).
    func home() throws(YAMLError) -> HelmValues.Home {
        guard kind != .helmRelease else { return .mapping(self, ["spec", "values"]) }
        let (inObject, inText) = (source + ["helm", "valuesObject"], source + ["helm", "values"])
        let hasObject = object.root[at: inObject]?.entries != nil
        guard !hasObject, let text = try object.embedded(at: inText), text.inner.documents.first?.root.entries != nil
        else { return .mapping(self, inObject) }
        return .text(self, text)
    }

    /// The edits of parameters that an edit of the values needs, if parameters override the value; `nil` if none does.
    ///
    /// - Throws: `YAMLError` at a parameter that cannot express the value.
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
