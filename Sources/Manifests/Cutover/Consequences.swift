public import MigrationSpec

/// What applying the cut-over does to the operator's own database, which depends on the operator's release.
public struct Consequences: Sendable {
    let migration: Migration

    public init(_ migration: Migration) { self.migration = migration }

    /// Whole sentences, the most important first.
    public var sentences: [String] {
        if let release = migration.helm, release.runsDatabase, migration.phase != .prepare { return helm(release) }
        guard let backstage = migration.backstage, migration.source.address == nil else { return [elsewhere] }
        let local = backstage.localDatabaseName
        switch migration.phase {
        case .prepare:
            return ["Backstage goes on as ever: the rehearsal fences nothing and publishes nothing at \(target)."]
        case .migrate:
            guard migration.localDatabase == .keep else {
                return outcome(of: backstage, cause: "stage 3", isCutover: true)
            }
            let fenced = migration.copy.fence ? ", fenced against writes," : ""
            return [
                "Backstage moves to \(target), and the operator's own database (\(local)) stays up\(fenced) until phase is done."
            ] + outcome(of: backstage, cause: "phase: done", isCutover: false)
        case .done: return outcome(of: backstage, cause: "stage 3", isCutover: false)
        case .rollback where migration.rollbackStep == .copyBack:
            return [
                "The operator's own database (\(local)) rises, and everything at \(target) is copied back to it; "
                    + "Backstage stays on \(target), where it can only read once the "
                    + "\(migration.copy.precopy ? "fence falls" : "copy begins")."
            ]
        case .rollback:
            return [
                "Backstage goes back to the operator's own database (\(local)); \(target) stays, fenced against writes."
            ]
        }
    }

    private var target: String { migration.target.host }

    /// The consequence for a source that no operator runs.
    private var elsewhere: String {
        let source = migration.source.address?.host ?? "the old database"
        if migration.phase == .prepare {
            return "Backstage goes on as ever: the rehearsal fences nothing and publishes nothing at \(target)."
        }
        if migration.phase == .done {
            return "\(source) stays as it is: what becomes of it is for its owners to say."
        }
        return "Backstage moves to \(target), and \(source) stays as it is"
            + "\(migration.copy.fence ? ", fenced against writes" : ""): what becomes of it is for its owners to say."
    }

    /// The consequences for a database that the chart runs beside Backstage.
    private func helm(_ release: HelmRelease) -> [String] {
        let names = release.volumeClaims.joined(separator: ", ")
        if migration.phase == .rollback { return [helmReturn(release)] }
        if migration.phase == .done {
            return [
                "What the chart has made for \(release.databaseName) is left\(names.isEmpty ? "" : ", with the volume claim \(names)"), "
                    + "for you to delete."
            ]
        }
        let data =
            release.losesDataWithStatefulSet
            ? "the data goes with them" : "the volume claim \(names) stays"
        return [
            "Backstage moves to \(target), and the values switch the chart's own database (\(release.databaseName)) off.",
            "Helm deletes its StatefulSet, Services and Secret at once when it is given these values, gate or not, unless they "
                + "bear helm.sh/resource-policy: keep, which the runbook's stage 3 sees to first; \(data).",
        ]
    }

    private func helmReturn(_ release: HelmRelease) -> String {
        guard migration.rollbackStep == .copyBack else {
            return
                "Backstage goes back to the chart's own database (\(release.databaseName)), which the values switch on again; "
                + "\(target) stays, fenced against writes."
        }
        return
            "Everything at \(target) is copied back to the chart's own database (\(release.databaseName)), which stands by since the "
            + "cut-over; Backstage stays on \(target), where it can only read once the "
            + "\(migration.copy.precopy ? "fence falls" : "copy begins")."
    }

    /// What happens to the operator's objects once `enableLocalDb: false` is applied.
    private func outcome(of backstage: BackstageResource, cause: String, isCutover: Bool) -> [String] {
        let local = backstage.localDatabaseName
        let secret = backstage.ownSecretName != nil ? "" : " and the Secret \(backstage.generatedSecretName)"
        let gap = isCutover ? ", and until a new pod is ready the old ones serve without a database" : ""
        let deletes =
            "deletes the StatefulSet and Service \(local)\(secret) at once when \(cause) is applied\(gap); "
            + "the volume claim data-\(local)-0 stays"
        let leaves =
            "leaves the StatefulSet, Service, Secret and the running \(local)-0 behind when \(cause) is applied, "
            + "for you to delete"
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
