public import MigrationSpec

/// What applying the cut-over does to the operator's own database, which depends on the operator's release.
public struct Consequences: Sendable {
    let migration: Migration

    public init(_ migration: Migration) { self.migration = migration }

    /// Whole sentences, the most important first.
    public var sentences: [String] {
        guard let backstage = migration.backstage, migration.source.address == nil else { return [elsewhere] }
        let local = backstage.localDatabaseName
        switch migration.phase {
        case .prepare:
            return ["Backstage goes on as ever: the rehearsal fences nothing and publishes nothing at \(target)."]
        case .migrate:
            guard migration.localDatabase == .keep else { return retirement(of: backstage) }
            return [
                "Backstage moves to \(target), and the operator's own database (\(local)) stays up"
                    + "\(migration.copy.fence ? ", fenced against writes," : "") until phase is done."
            ]
        case .done: return retirement(of: backstage)
        case .rollback where migration.rollbackStep == .copyBack:
            return [
                "The operator's own database (\(local)) rises, and everything at \(target) is copied back to it; "
                    + "Backstage stays on \(target), where it can only read once the copy begins."
            ]
        case .rollback:
            return ["Backstage goes back to the operator's own database (\(local)); \(target) stays, fenced against writes."]
        }
    }

    private var target: String { migration.target.host }

    /// Of a source that no operator runs.
    private var elsewhere: String {
        let source = migration.source.address?.host ?? "the old database"
        if migration.phase == .prepare {
            return "Backstage goes on as ever: the rehearsal fences nothing and publishes nothing at \(target)."
        }
        return "Backstage moves to \(target), and \(source) stays as it is"
            + "\(migration.copy.fence ? ", fenced against writes" : ""): what becomes of it is for its owners to say."
    }

    private func retirement(of backstage: BackstageResource) -> [String] {
        let local = backstage.localDatabaseName
        let claim = "data-\(local)-0"
        let deletes =
            "deletes the StatefulSet and Service \(local) and the Secret \(backstage.generatedSecretName) "
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
