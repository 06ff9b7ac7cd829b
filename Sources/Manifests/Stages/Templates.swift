public import ManifestTemplates
import MigrationSpec
import Synchronization
import YAMLTree

/// The templates of one run: the built-in ones, some of them replaced by a site's own.
public struct Templates: Sendable {
    private var texts: [ManifestTemplate: (bytes: [UInt8], name: String)] = [:]

    private var parsed = ParsedTemplates()

    public init() {}

    /// Puts a file in the place of the built-in template.
    public mutating func replace(_ template: ManifestTemplate, with bytes: [UInt8], from name: String) {
        texts[template] = (bytes, name)
        // Copies made before share what they have parsed.
        parsed = ParsedTemplates()
    }

    /// The same templates, to be parsed for a core of its own.
    public var unparsed: Templates {
        var copy = self
        copy.parsed = ParsedTemplates()
        return copy
    }

    /// The template with its placeholders resolved and its conditions decided.
    ///
    /// A mapping whose key `$if` holds false is left out, together with the entry or item that it is.
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

/// What the placeholders of all templates stand for.
struct TemplateValues {
    /// What a known placeholder without a value stands for: it takes its entry with it. Spelt out, because a bare `nil`
    /// where a `YAMLValue` is expected is YAML's null.
    static let absent = YAMLValue?.none

    private var values: [String: YAMLValue?]

    /// The pods' settings that are merged into what a template says, by template.
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
    /// The value without the mappings whose `$if` says no, and without the word itself; `nil` if that is all of it.
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
