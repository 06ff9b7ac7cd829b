import JobContract
import PostgresClient

/// What is looked at in each database of the source.
extension Preflight {
    func contents(
        isolation: isolated (any Actor)? = #isolation, _ targetConnection: Connection, _ result: inout Result
    ) async throws {
        let available = Set(
            try targetConnection.query("SELECT name FROM pg_catalog.pg_available_extensions").names() as [Identifier])
        let sessions = sessions
        let offered = try TargetFeatures(reading: targetConnection, owner: sessions.owner)
        let open = databases.filter(\.isOpen)
        let contents = try await BlockingLanes.map(open, lanes: settings.workers) {
            try DatabaseContents(reading: sessions.openSource($0.name))
        }
        for (database, contents) in zip(open, contents) {
            result.tables += contents.tables
            result.rows += contents.rows
            for (side, facts) in [("source", source), ("target", target)] where contents.tables > facts.lockCapacity {
                result.findings.append(
                    .warning(
                        "\(database.name) has \(contents.tables) tables, each of which pg_dump locks, and the \(side) has room for some \(facts.lockCapacity) locks",
                        "If pg_dump ends with 'out of shared memory' there, raise max_locks_per_transaction and restart that server."
                    ))
            }
            if contents.hasStateSchema {
                result.findings.append(
                    .error(
                        "\(database.name) at the source has a schema \(StagingDatabase.stateSchema), the name under which this migration keeps its own state at the target",
                        "\("ALTER SCHEMA \(StagingDatabase.stateSchema) RENAME TO …" as SQL), or DROP SCHEMA if nothing uses it."
                    ))
            }
            let missing = contents.extensions.map(\.name).filter { !available.contains($0) }
            if !missing.isEmpty {
                result.findings.append(
                    .error(
                        "\(database.name) uses extensions that the target does not offer: \(Self.list(missing))",
                        "Install them there, or allow them in the provider's settings."))
            }
            if !contents.configuredExtensions.isEmpty, !survey.rights.ownerIsSuperuser {
                result.findings.append(
                    .warning(
                        "\(database.name): extensions keep settings in tables of their own, which come over only where the owner may write them: \(Self.list(contents.configuredExtensions))",
                        "The log names what it may not write: set that up again at the target."))
            }
            result.findings +=
                administratorObjects(of: database, contents) + otherRoles(in: database, contents)
                + serverBound(in: database, contents) + demands(of: database, contents, offered: offered)
            result.widths[database.name] = contents.rowWidths.widths
        }
        let widest = zip(open, contents).compactMap { database, contents in
            contents.rowWidths.widest.map { (database.name, $0.table, $0.bytes) }
        }.max { $0.2 < $1.2 }
        if let widest { result.findings += memory(widest.0, widest.1, width: widest.2) }
        for database in databases where !database.allowsConnections {
            result.findings.append(
                .error(
                    "\(database.name) at the source allows no connections",
                    "ALTER DATABASE … ALLOW_CONNECTIONS true, or exclude it."))
        }
    }

    /// Whether the container's memory suffices for the widest row.
    private func memory(_ database: DatabaseName, _ table: RelationName, width: Int) -> [Finding] {
        let needed = MemoryBudget.needed(for: width)
        func mebibytes(_ bytes: Int) -> String { "\((bytes + 1024 * 1024 - 1) / 1024 / 1024) MiB" }
        let message =
            "the widest row, in \(database).\(table), takes \(mebibytes(width)) on its way, so the Job needs \(mebibytes(needed)) of memory"
        guard let limit = MemoryBudget.limit(), needed > limit else {
            return width < 16 * MemoryBudget.wideRow ? [] : [.note(message)]
        }
        return [
            .error(
                "\(message), and its limit is \(mebibytes(limit))",
                "Raise spec.migration.resources.limits.memory to \(mebibytes(needed)) or more.")
        ]
    }

    static func list(_ names: [some CustomStringConvertible]) -> String {
        names.map(\.description).joined(separator: ", ")
    }

    /// Says beforehand what becomes of objects that only an administrator can make.
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
            // An extension on which other objects of the database are built cannot be left out.
            let needed = Self.needed(of: untrusted)
            if !needed.isEmpty, !rights.made.contains(.extensions) {
                findings.append(
                    .error(
                        "\(database.name) is built on extensions that only an administrator can make at the target: \(Self.list(needed.map(\.name)))",
                        "Name 'extensions' in spec.migration.administratorObjects to have them made by \(RoleName(settings.target.user)), or exclude the database."
                    ))
            }
            let unneeded = untrusted.filter { candidate in !needed.contains { $0.name == candidate.name } }
            if !unneeded.isEmpty {
                findings.append(finding(.extensions, "extensions \(Self.list(unneeded.map(\.name)))"))
            }
        } else if !rights.ownerIsSuperuser, !untrusted.isEmpty {
            findings.append(
                .warning(
                    "\(database.name) has extensions that only a superuser may make, unless the target's provider lets \(rights.owner) make them: \(Self.list(untrusted.map(\.name)))",
                    "If the Job ends there with 'permission denied': drop them at the source where nothing uses them, or give spec.adminCredentials and name 'extensions' in spec.migration.administratorObjects."
                ))
        }
        if !contents.eventTriggers.isEmpty {
            findings.append(
                finding(.eventTriggers, "event triggers \(Self.list(contents.eventTriggers))", isAlways: true))
        }
        if !contents.wholePublications.isEmpty {
            findings.append(
                finding(
                    .publications,
                    "publications of all tables, or of all in a schema: \(Self.list(contents.wholePublications))"))
        }
        if !contents.foreignData.isEmpty {
            findings.append(
                finding(.foreignData, "foreign data wrappers and servers \(Self.list(contents.foreignData))"))
        }
        if !contents.foreignTables.isEmpty, !rights.ownerIsSuperuser, !rights.made.contains(.foreignData) {
            findings.append(
                .error(
                    "\(database.name) has foreign tables, which need servers that only an administrator can make: \(Self.list(contents.foreignTables))",
                    "Name 'foreignData' in spec.migration.administratorObjects, or drop them at the source."))
        }
        if !contents.untrustedRoutines.isEmpty, !rights.ownerIsSuperuser {
            findings.append(
                .error(
                    "\(database.name) has functions that only a superuser can own, since their languages are not trusted: \(Self.list(contents.untrustedRoutines))",
                    "They would run as whoever made them. Drop them at the source, or let a superuser own the database at the target."
                ))
        }
        if !contents.leakproofFunctions.isEmpty {
            findings.append(finding(.leakproof, "the mark LEAKPROOF of \(Self.list(contents.leakproofFunctions))"))
        }
        return findings.compactMap { $0 }
    }

    /// What belongs to the source's server, and is left there.
    private func serverBound(in database: DatabaseFacts, _ contents: DatabaseContents) -> [Finding] {
        func list(_ kind: LeftOut.Kind) -> String? {
            let titles = contents.serverBound.filter { $0.kind == kind }.map(\.title)
            return titles.isEmpty ? nil : titles.joined(separator: ", ")
        }
        var findings: [Finding] = []
        if let subscriptions = list(.subscriptions) {
            findings.append(
                .warning(
                    "\(database.name) at the source subscribes to a publication: \(subscriptions)",
                    "Subscriptions are not moved; create them anew."))
        }
        if !contents.subscriptions.isEmpty {
            let disable: SQL = contents.subscriptions.map { "ALTER SUBSCRIPTION \($0) DISABLE" as SQL }.joined(
                separator: "; ")
            findings.append(
                .error(
                    "\(database.name) at the source is written to by subscriptions, which no fence holds up: \(Self.list(contents.subscriptions))",
                    "\(disable), and make them anew at the target after the move."))
        }
        if let labels = list(.securityLabels) {
            findings.append(
                .warning(
                    "\(database.name) has security labels, which are left out: \(labels)",
                    "They mean something to a provider that the source's server has loaded. If the target has it too, set them anew there with SECURITY LABEL."
                ))
        }
        if let spaces = list(.tablespaces) {
            findings.append(
                .note(
                    "\(database.name) lies in tablespaces of the source's server, and at the target in the default one: \(spaces)"
                ))
        }
        return findings
    }

    /// Extensions on which something is built that comes over, be it another extension.
    private static func needed(of untrusted: [DatabaseContents.Extension]) -> [DatabaseContents.Extension] {
        var unneeded = Set(untrusted.filter { !$0.isUsed }.map(\.name))
        while let next = untrusted.first(where: { candidate in
            unneeded.contains(candidate.name) && !candidate.requiredBy.allSatisfy(unneeded.contains)
        }) {
            unneeded.remove(next.name)
        }
        return untrusted.filter { !unneeded.contains($0.name) }
    }

    /// What depends on roles: policies and user mappings that name some, relations and large objects that we may not
    /// read, and tables that hide rows from their owner.
    private func otherRoles(in database: DatabaseFacts, _ contents: DatabaseContents) -> [Finding] {
        var findings: [Finding] = []
        let missing = contents.policyRoles.filter { !survey.rights.knownRoles.contains($0) }
        if !missing.isEmpty {
            findings.append(
                .error(
                    "\(database.name) has policies for roles that the target lacks: \(Self.list(missing))",
                    "Make them there: \(missing.map { "\("CREATE ROLE \($0)" as SQL)" }.joined(separator: "; "))"))
        }
        let unmapped = contents.mappedRoles.filter { role in
            !survey.rights.knownRoles.contains(role) && role != contents.formerOwner
        }
        if !unmapped.isEmpty, survey.rights.ownerIsSuperuser || survey.rights.made.contains(.foreignData) {
            findings.append(
                .warning(
                    "\(database.name) has user mappings of roles that the target lacks, which are left out: \(Self.list(unmapped))",
                    "If the target is to have them, make the roles there: \(unmapped.map { "\("CREATE ROLE \($0)" as SQL)" }.joined(separator: "; "))"
                ))
        }
        if !contents.unreadable.isEmpty {
            findings.append(
                .error(
                    "role \(source.role) may not read all rows of \(database.name) at the source: \(Self.list(contents.unreadable))",
                    "GRANT SELECT on them, and BYPASSRLS where row security holds; or use the role that the operator uses."
                ))
        }
        if contents.unreadableObjects > 0 {
            findings.append(
                .error(
                    "role \(source.role) may not read \(contents.unreadableObjects) large objects of \(database.name) at the source",
                    "GRANT SELECT ON LARGE OBJECT …, or use the role that the operator uses."))
        }
        if !contents.forcedSecurity.isEmpty, !survey.rights.ownerIsSuperuser {
            findings.append(
                .warning(
                    "\(database.name) hides rows from their owner (FORCE ROW LEVEL SECURITY): \(Self.list(contents.forcedSecurity))",
                    "They are moved and verified before that holds. Afterwards 'verify' cannot read them, and says so.")
            )
        }
        return findings
    }
}
