import JobContract
import PostgresClient

/// What has to be checked besides when the target is a server that was left before.
extension Preflight {
    /// Makes a database that was left behind give way to the newer copy of it.
    ///
    /// - Returns: whether nothing more has to be decided about the database.
    func returned(_ existing: DatabaseFacts, _ result: inout Result) throws -> Bool {
        guard let look = try formerDatabases.look(at: existing, sessions: sessions) else { return false }
        guard look.isStale || settings.existingDatabases == .setAside else {
            result.findings.append(
                .error(
                    "database \(existing.name) at the target is not the one that may give way: \(look.reason)",
                    "Nothing was changed. Look at what it holds; set spec.migration.existingDatabases to setAside to have it renamed all the same."
                ))
            return true
        }
        try setAsideFormer(existing, because: look.reason, &result)
        return true
    }

    private func setAsideFormer(_ existing: DatabaseFacts, because reason: String, _ result: inout Result) throws {
        let mark = try DatabaseMark.setAside(survey.identity, database: existing.name, comment: existing.comment)
            .comment()
        setAside(existing.name, because: "is what was left behind (\(reason))", mark: mark, &result)
    }

    /// Checks that the source of a rollback holds what the migration published, and sets aside old databases at the
    /// target whose names nothing takes.
    func returning(_ result: inout Result) throws {
        if settings.direction == .rollback && formerDatabases.stamps.isEmpty {
            result.findings.append(
                FormerDatabases.absence(source: source, target: target, settings: settings))
        }
        let wanted = Set(survey.databases.map(\.name) + settings.emptyDatabases.map { DatabaseName($0) })
        let selection = SourceSelection(settings)
        for name in formerDatabases.names.subtracting(wanted).sorted()
        where source.database(name) == nil && selection.mayMove(name) {
            guard let existing = target.database(name),
                let look = try formerDatabases.look(at: existing, sessions: sessions)
            else { continue }
            if look.isStale {
                try setAsideFormer(existing, because: look.reason, &result)
            } else {
                result.findings.append(
                    .warning(
                        "database \(name) is gone from the source, and the one at the target stays as it is: \(look.reason)",
                        "Drop it if its plugin is not used any more."))
            }
        }
    }
}
