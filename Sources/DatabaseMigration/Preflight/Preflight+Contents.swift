import JobContract
import PostgresClient

/// What a look into each database of the source shows.
extension Preflight {
    func contents(
        isolation: isolated (any Actor)? = #isolation, _ targetConnection: Connection, _ result: inout Result
    ) async throws {
        let available = Set(try targetConnection.query("SELECT name FROM pg_catalog.pg_available_extensions").names() as [Identifier])
        let sessions = sessions
        let open = databases.filter(\.allowsConnections)
        let contents = try await BlockingLanes.map(open, lanes: settings.workers) { try DatabaseContents(reading: sessions.openSource($0.name)) }
        for (database, contents) in zip(open, contents) {
            result.tables += contents.tables
            result.rows += contents.rows
            let missing = contents.extensions.map(\.name).filter { !available.contains($0) }
            if !missing.isEmpty {
                result.findings.append(.error(
                    "\(database.name) uses extensions that the target does not offer: \(Self.list(missing))",
                    "Install them there, or allow them in the provider's settings."))
            }
            if !contents.configuredExtensions.isEmpty {
                result.findings.append(.warning(
                    "\(database.name): extensions keep settings in tables of their own, which are not moved: \(Self.list(contents.configuredExtensions))",
                    "Set them up again at the target, if they were changed."))
            }
            if contents.subscriptions > 0 {
                result.findings.append(.warning("\(database.name) at the source subscribes to a publication", "Subscriptions are not moved; create them anew."))
            }
            result.findings += administratorObjects(of: database, contents)
        }
        for database in databases where !database.allowsConnections {
            result.findings.append(.error("\(database.name) at the source allows no connections", "ALTER DATABASE … ALLOW_CONNECTIONS true, or exclude it."))
        }
    }

    private static func list(_ names: [some CustomStringConvertible]) -> String { names.map(\.description).joined(separator: ", ") }

    /// What only an administrator can make: what becomes of it, before anything is done.
    private func administratorObjects(of database: DatabaseFacts, _ contents: DatabaseContents) -> [Finding] {
        let rights = survey.rights
        func finding(_ kind: AdministratorObject, _ what: String, isAlways: Bool = false) -> Finding? {
            if rights.ownerIsSuperuser && !isAlways || rights.made.contains(kind) { return nil }
            return .warning(
                "\(database.name): left out, since only an administrator can make it: \(what)",
                "If the target is to have it, name '\(kind.rawValue)' in spec.migration.administratorObjects.")
        }
        var findings: [Finding?] = []
        let untrusted = contents.extensions.filter { !rights.trustedExtensions.contains($0.name) }
        if rights.hasAdministrator {
            // What others of the database are built on cannot be left out.
            let needed = untrusted.filter(\.isUsed)
            if !needed.isEmpty, !rights.made.contains(.extensions) {
                findings.append(.error(
                    "\(database.name) is built on extensions that only an administrator can make at the target: \(Self.list(needed.map(\.name)))",
                    "Name 'extensions' in spec.migration.administratorObjects to have them made by \(RoleName(settings.target.user)), or exclude the database."))
            }
            let unneeded = untrusted.filter { !$0.isUsed }
            if !unneeded.isEmpty { findings.append(finding(.extensions, "extensions \(Self.list(unneeded.map(\.name)))")) }
        }
        if !contents.eventTriggers.isEmpty { findings.append(finding(.eventTriggers, "event triggers \(Self.list(contents.eventTriggers))", isAlways: true)) }
        if !contents.wholePublications.isEmpty {
            findings.append(finding(.publications, "publications of all tables, or of all in a schema: \(Self.list(contents.wholePublications))"))
        }
        if !contents.foreignData.isEmpty { findings.append(finding(.foreignData, "foreign data wrappers and servers \(Self.list(contents.foreignData))")) }
        if !contents.foreignTables.isEmpty, !rights.ownerIsSuperuser, !rights.made.contains(.foreignData) {
            findings.append(.error(
                "\(database.name) has foreign tables, which need servers that only an administrator can make: \(Self.list(contents.foreignTables))",
                "Name 'foreignData' in spec.migration.administratorObjects, or drop them at the source."))
        }
        if !contents.untrustedRoutines.isEmpty, !rights.ownerIsSuperuser {
            findings.append(.error(
                "\(database.name) has functions that only a superuser can own, since their languages are not trusted: \(Self.list(contents.untrustedRoutines))",
                "They would run as whoever made them. Drop them at the source, or let a superuser own the database at the target."))
        }
        if !contents.leakproofFunctions.isEmpty { findings.append(finding(.leakproof, "the mark LEAKPROOF of \(Self.list(contents.leakproofFunctions))")) }
        return findings.compactMap { $0 }
    }
}
