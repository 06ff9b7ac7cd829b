public import MigrationSpec

/// What applying the cut-over does to the operator's own database, which depends on the operator's release.
public struct Consequences: Sendable {
    let migration: Migration

    public init(_ migration: Migration) { self.migration = migration }

    private var local: String { migration.backstage.localDatabaseName }
    private var claim: String { "data-\(local)-0" }

    /// Whole sentences, the most important first.
    public var sentences: [String] {
        guard migration.localDatabase == .retire else {
            return [
                "Backstage moves to \(migration.target.host), and the operator's own database (\(local)) stays up"
                    + "\(migration.copy.fence ? ", fenced against writes," : "") until localDatabase is set to retire."
            ]
        }
        let deletes =
            "deletes the StatefulSet and Service \(local) and the Secret \(migration.backstage.generatedSecretName) "
            + "at once when stage 3 is applied; the volume claim \(claim) stays"
        let leaves =
            "leaves the StatefulSet, Service, Secret and the running \(local)-0 behind for you to delete"
        return switch migration.operatorVersion?.deletesLocalDatabase {
        case true?: ["The operator (\(migration.operatorVersion?.rawValue ?? "")) \(deletes)."]
        case false?: ["The operator (\(migration.operatorVersion?.rawValue ?? "")) \(leaves)."]
        case nil:
            [
                "An operator up to 1.9 \(deletes).", "One from 1.10 on \(leaves).",
                "Set spec.backstage.operatorVersion to be told which.",
            ]
        }
    }
}
