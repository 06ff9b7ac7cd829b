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
        // Of the Secrets that Backstage takes whole, the new one is the last.
        let list = release.prefix + ["backstage", "extraEnvVarsSecrets"]
        // Others are words of many texts.
        func telling(_ name: String?) -> String? { name.flatMap { HelmReferences.isTelling($0) ? $0 : nil } }
        let places = HelmReferences(later, release).places(
            host: telling(migration.source.address?.host), secret: telling(migration.source.secretName))
        return places.filter { !$0.path.components.starts(with: list.components) }.prefix(Self.most).map { place in
            Problem(
                .warning, at: place.position,
                "the values, \(place.path), name '\(place.name)', which is of the database that is left; the cut-over leaves it so",
                advice:
                    "What reads this stays there, until the database goes: let it name \(migration.target.host), or "
                    + "its Secret \(migration.credentials.secretName), when Backstage moves.")
        }
    }
}
