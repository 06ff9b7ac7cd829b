import MigrationSpec
import YAMLTree

/// Values that name the database that is left, and that the cut-over does not change.
struct HelmRemainingReferences {
    private let migration: Migration
    private let release: HelmRelease

    private static let most = 20

    /// - Returns: `nil` where Helm does not install Backstage, or Backstage leaves no database yet.
    init?(_ migration: Migration) {
        guard let release = migration.helm, migration.phase != .rollback || migration.crStage == .cutoverBack else {
            return nil
        }
        // In a rehearsal these are reported as for the real run, since that is when it is good to know them.
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
        // Of the Secrets that Backstage takes whole, the new one is the last.
        let list = release.prefix + ["backstage", "extraEnvVarsSecrets"]
        // Others are words of many texts.
        func telling(_ name: String?) -> String? { name.flatMap { HelmReferences.isDistinctive($0) ? $0 : nil } }
        let places = HelmReferences(migration, release).places(
            host: telling(goesBack ? target.host : own.host), secret: telling(goesBack ? target.secret : own.secret),
            templates: !goesBack)
        return places.filter {
            // What a variable makes of the connection is told where it is judged.
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
