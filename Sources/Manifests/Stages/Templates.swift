public import ManifestTemplates
import MigrationSpec
import Synchronization
import YAMLTree

/// The templates of one run: the built-in ones, some of them replaced by a site's own.
public struct Templates: Sendable {
    private var texts: [ManifestTemplate: (bytes: [UInt8], name: String)] = [:]

    private var parsed = ParsedTemplates()

    public init() {}

    /// Replaces a built-in template by a file.
    public mutating func replace(_ template: ManifestTemplate, with bytes: [UInt8], from name: String) {
        texts[template] = (bytes, name)
        // Copies that were made before share the old trees.
        parsed = ParsedTemplates()
    }

    /// The same templates without the parsed trees, for use on another core.
    public var unparsed: Templates {
        var copy = self
        copy.parsed = ParsedTemplates()
        return copy
    }

    /// The template with its placeholders resolved and its conditions decided.
    ///
    /// A mapping with `$if: false` is left out, together with the entry or item that it is.
    ///
    /// - Throws: ``YAMLError`` with the place in the template that is wrong.
    func fill(_ template: ManifestTemplate, _ values: TemplateValues) throws(YAMLError) -> YAMLValue {
        let text = texts[template] ?? (template.builtIn, "templates/\(template.rawValue)")
        let root = try parsed.root(of: template) { () throws(YAMLError) in
            try YAMLFile(parsing: text.bytes, name: text.name).onlyDocument.root
        }
        let filled = try root.filled { placeholder throws(YAMLError) in try values.value(of: placeholder) }
        return filled?.decided ?? .null
    }
}

extension Templates {
    /// The Secrets and ConfigMaps that a pod of the team's own template needs, and one of the built-in template does not.
    func referencesOfTeam(_ template: ManifestTemplate, _ values: TemplateValues) throws(YAMLError) -> Set<String> {
        guard texts[template] != nil else { return [] }
        let own = try fill(template, values).podTemplate?.requiredReferences ?? []
        let builtIn = try Templates().fill(template, values).podTemplate?.requiredReferences ?? []
        return Set(own).subtracting(builtIn)
    }
}

extension YAMLValue {
    fileprivate var podTemplate: YAMLValue? { self["spec"]?["template"]?["spec"] }
}

/// Each template as a tree, parsed once for all instances of a run.
private final class ParsedTemplates: Sendable {
    private let roots = Mutex<[ManifestTemplate: YAMLNode]>([:])

    func root(of template: ManifestTemplate, parse: () throws(YAMLError) -> YAMLNode) throws(YAMLError) -> YAMLNode {
        if let root = roots.withLock({ $0[template] }) { return root }
        let root = try parse()
        roots.withLock { $0[template] = root }
        return root
    }
}

/// The values for the placeholders of all templates.
struct TemplateValues {
    /// The value of a placeholder that is known and has none: the entry with it is left out. It is spelt out, because a
    /// bare `nil` where a `YAMLValue` is expected is YAML's null.
    static let absent = YAMLValue?.none

    private var values: [String: YAMLValue?]

    /// Settings of pods, by the template that they are merged into.
    var pods: [ManifestTemplate: PodSettings] = [:]

    init(_ values: [String: YAMLValue?]) { self.values = values }

    func value(of placeholder: YAMLPlaceholder) throws(YAMLError) -> YAMLValue? {
        guard let value = values[placeholder.name] else { throw placeholder.unknown(known: values.keys.sorted()) }
        return value
    }

    func adding(_ more: [String: YAMLValue?]) -> TemplateValues {
        var copy = self
        copy.values.merge(more) { _, new in new }
        return copy
    }
}

extension YAMLValue {
    /// The value without the mappings whose `$if` is false, and without `$if` itself; `nil` if nothing is left.
    fileprivate var decided: YAMLValue? {
        switch self {
        case .sequence(let items):
            return .sequence(items.compactMap(\.decided))
        case .mapping(var mapping):
            if case .bool(false)? = mapping["$if"] { return nil }
            mapping["$if"] = nil
            return .mapping(mapping.compactMapValues(\.decided))
        default:
            return self
        }
    }
}
