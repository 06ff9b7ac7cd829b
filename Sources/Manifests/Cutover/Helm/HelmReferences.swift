import FoundationEssentials
import MigrationSpec
import YAMLTree

/// The places where a release's values still name the old database after the cut-over.
///
/// Every string is searched: in lists of containers and volumes, in objects that the values contain, and in texts that
/// the chart takes for templates.
struct HelmReferences {
    /// A place, and what it names: a host, a Secret, or a template of the chart for either.
    struct Place {
        var path: YAMLPath
        var position: YAMLPosition
        var name: String
    }

    private let release: HelmRelease
    private let edited: Set<YAMLPath>
    private let passed: [YAMLPath]

    /// - Parameter migration: the migration in the phase that changes the values.
    init(_ migration: Migration, _ release: HelmRelease) {
        self.release = release
        edited = Set(HelmCutover(migration)?.wanted.map(\.path) ?? [])
        // The subchart is off, and the administrator's password comes from where the cut-over says.
        passed =
            [release.prefix + ["postgresql"], ["global", "postgresql"]]
            + [release.administratorItem].compactMap { index in
                index.map { release.prefix + HelmRelease.extraVariables + [.index($0)] }
            }
    }

    /// - Parameter templates: whether the chart's templates for its own database count too.
    func places(host: String?, secret: String?, templates: Bool = true) -> [Place] {
        var places: [Place] = []
        release.root.eachScalar { path, node in
            guard let written = node.scalar?.text, written.utf8.count < 1 << 20, !edited.contains(path),
                !passed.contains(where: { path.components.starts(with: $0.components) }),
                let name = name(in: written, at: path, host, secret) ?? (templates ? template(in: written) : nil)
            else { return }
            places.append(Place(path: path, position: node.start, name: name))
        }
        return places
    }

    private func name(in written: String, at path: YAMLPath, _ host: String?, _ secret: String?) -> String? {
        let text = release.expanded(written)
        let texts = [text] + (decoded(text, at: path).map { [$0] } ?? [])
        return texts.lazy.compactMap { text in
            host.flatMap { Self.isNamed($0, in: text) ? $0 : nil }
                ?? secret.flatMap { Self.isNamed($0, in: text) ? $0 : nil }
        }.first
    }

    /// Whether a name is unlikely to be in a text by chance, unlike `postgresql`.
    static func isDistinctive(_ name: String) -> Bool { name.contains("-") || name.contains(".") }

    private static func isNamed(_ name: String, in text: String) -> Bool {
        isDistinctive(name) ? text.holdsHost(name) : text == name
    }

    /// The text that a Secret or a ConfigMap among the values holds as base64.
    private func decoded(_ text: String, at path: YAMLPath) -> String? {
        guard ["data", "binaryData"].contains(where: { path.components.contains(.key($0)) }),
            let bytes = Data(base64Encoded: text, options: .ignoreUnknownCharacters)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The part of a template that gives a name of the chart's own database: the name of another template, a part of a name,
    /// or a value.
    private func template(in text: String) -> String? {
        guard release.runsDatabase, text.contains("{{") else { return nil }
        for action in text.matches(of: #/\{\{(?:[^}]|\}(?!\}))*\}\}/#) {
            if let literal = action.0.firstMatch(of: #/["`]([A-Za-z0-9%._-]*postgresql[A-Za-z0-9%._-]*)["`]/#) {
                return String(literal.1)
            }
            let value = #/\.postgresql\.(?:auth\.existingSecret|fullnameOverride|nameOverride)\b/#
            if let value = action.0.firstMatch(of: value) { return String(value.0) }
        }
        return nil
    }
}
