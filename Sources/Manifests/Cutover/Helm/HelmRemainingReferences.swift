import MigrationSpec
import YAMLTree

/// Values that name the database that is left, and that the cut-over does not change.
struct HelmRemainingReferences {
    private let migration: Migration
    private let release: HelmRelease

    private static let most = 20

    /// - Returns: `nil` where no database is left, or Helm does not install Backstage.
    init?(_ migration: Migration) {
        guard let release = migration.helm, migration.phase != .rollback else { return nil }
        self.migration = migration
        self.release = release
    }

    var problems: [Problem] {
        // In a rehearsal these are reported as for the real run, since that is when it is good to know them.
        var later = migration
        if later.phase == .prepare { later.phase = .migrate }
        let edited = Set(HelmCutover(later)?.wanted.map(\.path) ?? [])
        func isTelling(_ name: String) -> Bool { name.contains("-") || name.contains(".") }
        let host = migration.source.address.map(\.host).flatMap { isTelling($0) ? $0 : nil }
        let secret = isTelling(migration.source.secretName) ? migration.source.secretName : nil
        // Of the Secrets that Backstage takes whole, the new one is the last. The administrator's password comes from where the
        // cut-over says.
        let passed =
            [release.prefix + ["postgresql"], release.prefix + ["backstage", "extraEnvVarsSecrets"]]
            + [release.administratorItem].compactMap { index in
                index.map { release.prefix + HelmRelease.extraVariables + [.index($0)] }
            }
        var problems: [Problem] = []
        release.root.eachScalar { path, node in
            guard problems.count < Self.most, let written = node.scalar?.text, written.utf8.count < 1 << 20,
                !passed.contains(where: { path.components.starts(with: $0.components) }), !edited.contains(path)
            else { return }
            let text = expanded(written)
            guard
                let name = host.flatMap({ text.holdsHost($0) ? $0 : nil })
                    ?? secret.flatMap({ text.holdsWord($0) ? $0 : nil }) ?? template(in: text)
            else { return }
            problems.append(
                Problem(
                    .warning, at: node.start,
                    "the values, \(path), name '\(name)', which is of the database that is left; the cut-over leaves it so",
                    advice:
                        "What reads this stays there, until the database goes: let it name \(migration.target.host), or "
                        + "its Secret \(migration.credentials.secretName), when Backstage moves."))
        }
        return problems
    }

    /// A text with what Helm puts in the place of the release's name and namespace.
    private func expanded(_ text: String) -> String {
        guard text.contains("{{") else { return text }
        return text.replacing(#/\{\{-?\s*\$?\.Release\.Name\s*-?\}\}/#, with: release.name)
            .replacing(#/\{\{-?\s*\$?\.Release\.Namespace\s*-?\}\}/#, with: migration.namespace)
    }

    /// The template of the chart's that stands for a name of its own database's.
    private func template(in text: String) -> String? {
        guard release.runsDatabase else { return nil }
        return text.firstMatch(of: #/(?:include|template)\s+"([A-Za-z0-9._-]*postgresql[A-Za-z0-9._-]*)"/#)
            .map { String($0.1) }
    }
}
