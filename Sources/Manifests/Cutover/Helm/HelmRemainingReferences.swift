import MigrationSpec
import YAMLTree

/// Values that still name the old database after the cut-over.
struct HelmRemainingReferences {
    private let migration: Migration
    private let release: HelmRelease

    private static let most = 20

    /// - Returns: `nil` where Helm does not install Backstage, or Backstage leaves no database yet.
    init?(_ migration: Migration) {
        guard let release = migration.helm, migration.phase != .rollback || migration.crStage == .cutoverBack else {
            return nil
        }
        // A rehearsal reports the same as the real run, so that there is time to act.
        var later = migration
        if later.phase == .prepare { later.phase = .migrate }
        self.migration = later
        self.release = release
    }

    var problems: [Problem] {
        let goesBack = migration.phase == .rollback
        let own = (host: migration.source.address?.host, secret: migration.source.secretName)
        let target = (host: migration.target.host, secret: migration.credentials.secretName)
        let other = goesBack ? (own.host ?? "the old database", own.secret) : target
        // Secrets in this list may stay, since the new one comes last.
        let list = release.prefix + ["backstage", "extraEnvVarsSecrets"]
        // A common word may be in a text by chance.
        func telling(_ name: String?) -> String? { name.flatMap { HelmReferences.isDistinctive($0) ? $0 : nil } }
        let places = HelmReferences(migration, release).places(
            host: telling(goesBack ? target.host : own.host), secret: telling(goesBack ? target.secret : own.secret),
            templates: !goesBack)
        return places.filter {
            // `VariableAudit` has reported such a variable.
            !$0.path.components.starts(with: list.components) && (goesBack || !release.judgesVariable(at: $0.path))
        }.prefix(Self.most).map { place in
            Problem(
                .warning, at: place.position,
                "the values, \(place.path), name '\(place.name)', which is of the database that is left; the cut-over leaves it so",
                advice:
                    "What reads this stays there, until the database goes: let it name \(other.0), or its Secret \(other.1), "
                    + "when Backstage moves.")
        }
    }
}
