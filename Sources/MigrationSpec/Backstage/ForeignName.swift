import YAMLTree

/// A name from the team's own manifests that goes into paths, objects and commands, and so must be valid.
enum ForeignName {
    /// - Parameter path: what the name is, for messages: `metadata.name`.
    /// - Returns: `nil` for an invalid name, which is reported at its place.
    static func read<Name: TextValue>(
        _ node: YAMLNode, _ path: YAMLPath, as type: Name.Type, _ report: inout Report
    ) -> Name? {
        if let text = node.string, let name = Name(rawValue: text) { return name }
        let found = node.scalar.map { "'\($0.text)'" } ?? node.kind
        report.error(
            "\(path): found \(found), expected \(Name.expectation)", at: node.start,
            advice: node.scalar.flatMap { TemplateLanguage(in: $0.text) }?.advice)
        return nil
    }
}

/// Placeholders that are replaced before Kubernetes sees a manifest. Rehome cannot work with such a manifest.
enum TemplateLanguage {
    /// `{{ .Values.name }}`
    case helm
    /// `$NAME`, `${NAME}`
    case variables
    /// `<name>`
    case people

    init?(in text: String) {
        if text.contains("{{") {
            self = .helm
        } else if text.contains("$") {
            self = .variables
        } else if text.contains("<"), text.contains(">") {
            self = .people
        } else {
            return nil
        }
    }

    var advice: String {
        switch self {
        case .helm:
            "This is a template of Helm. Render it first, and take the result: helm template … | rehome render, with "
                + "spec.backstage.file \"-\" and cutover.mode patch."
        case .variables:
            "This is to be substituted. Do that first, and take the result: envsubst < file | rehome render, with "
                + "spec.backstage.file \"-\"."
        case .people: "This is a place for a person to fill in."
        }
    }
}
