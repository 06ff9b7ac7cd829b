import JobContract
import PostgresClient

/// Looks at both servers before anything is changed, and names everything that stands in the way at once.
struct Preflight {
    let settings: JobSettings
    let survey: Migration.Survey

    /// What stayed at the target when the databases were moved away from it.
    let formerDatabases: FormerDatabases

    /// The attempt that has published everything, if that is done already. Its databases are no obstacle then.
    var publishedBy: String?

    init(settings: JobSettings, survey: Migration.Survey) {
        self.settings = settings
        self.survey = survey
        formerDatabases = FormerDatabases(source: survey.source, target: survey.target, settings: settings)
    }

    var source: ServerFacts { survey.source }
    var target: ServerFacts { survey.target }
    var databases: [DatabaseFacts] { survey.databases }
    var sessions: Sessions { survey.sessions }

    struct Result {
        var findings: [Finding] = []
        /// Existing databases that are renamed to make room.
        var aside: [SetAsideDatabase] = []
        var tables = 0
        /// The number of rows by the source's statistics.
        var rows = 0
        /// The bytes of the widest row, of tables that have wide ones.
        var widths: [DatabaseName: [RelationName: Int]] = [:]
        var hasErrors: Bool { findings.contains { $0.severity == .error } }
    }

    func run(
        isolation: isolated (any Actor)? = #isolation, sourceConnection: Connection, targetConnection: Connection
    ) async throws -> Result {
        var result = Result()
        result.findings += versions() + targetPrivileges(targetConnection) + preparedTransactions() + invalidDatabases()
        result.findings += try connections(sourceConnection, targetConnection) + oldSnapshots(sourceConnection)
        result.findings += try readOnlyTarget(targetConnection)
        result.findings += try sourcePrivileges(sourceConnection)
        // On the way back the source is a server that stays, so what others keep there is no concern of ours.
        if settings.direction == .forward { result.findings += try objectsInMaintenanceDatabases() }
        result.findings += try locales(targetConnection) + databaseSettings(targetConnection)
        try await contents(targetConnection, &result)
        try names(&result)
        try returning(&result)
        return result
    }

    private func targetPrivileges(_ connection: Connection) -> [Finding] {
        var findings: [Finding] = []
        if !target.canCreateDatabases {
            findings.append(
                .error(
                    "role \(target.role) may not create databases at \(target.place)",
                    "\("ALTER ROLE \(target.role) CREATEDB" as SQL), as an administrator of the target."))
        }
        do {
            // A role that does not exist yet can only be checked once it is made.
            let role = OwnerRole(settings: settings)
            findings += try role.findings(connection, isSuperuser: target.isSuperuser) ?? ownership(connection)
        } catch {
            findings.append(.error("the roles of the target cannot be read: \(error.message)", "Look at the target."))
        }
        return findings
    }

    /// Whether the Job can give what it creates to the role that is to own it.
    func ownership(_ connection: Connection) -> [Finding] {
        var findings: [Finding] = []
        if sessions.owner != target.role {
            // The only sure way to know is to try, which changes nothing.
            do {
                try connection.execute("SET ROLE \(sessions.owner)")
                try connection.execute("RESET ROLE")
                // Without inheriting the owner's rights, the Job could create databases for it and not even mark them.
                if try !connection.query("SELECT pg_catalog.pg_has_role($1, 'USAGE')", [sessions.owner.text]).isTrue {
                    findings.append(
                        .error(
                            "role \(target.role) does not inherit the rights of \(sessions.owner), which is to own the databases",
                            "\("ALTER ROLE \(target.role) INHERIT, or GRANT \(sessions.owner)" as SQL) TO it WITH INHERIT TRUE."
                        ))
                }
            } catch {
                findings.append(
                    .error(
                        "role \(target.role) may not act as \(sessions.owner), which is to own the databases: \(error.message)",
                        "\("GRANT \(sessions.owner) TO \(target.role)" as SQL), as an administrator of the target."))
            }
        }
        return findings
    }

    private func sourcePrivileges(_ connection: Connection) throws(PostgresError) -> [Finding] {
        var findings: [Finding] = []
        if settings.fence {
            findings +=
                try RolesExemptFromFence.find(in: databases.map(\.name), at: connection).finding.map { [$0] } ?? []
        }
        guard !source.isSuperuser else { return findings }
        let names = databases.map(\.name.text)
        let foreign: [DatabaseName] = try connection.query(
            "SELECT datname FROM pg_catalog.pg_database WHERE datname = ANY (\(array: names)) AND NOT pg_catalog.pg_has_role(datdba, 'USAGE') ORDER BY 1"
        ).names()
        if settings.fence && !foreign.isEmpty {
            findings.append(
                .error(
                    "role \(source.role) does not own \(foreign.map(\.description).joined(separator: ", ")) at the source, so it cannot fence it",
                    "Use the owner or a superuser, or stop all writers yourself and set the fence off."))
        }
        let closed = databases.filter { !$0.admitsUs }
        if !closed.isEmpty {
            findings.append(
                .error(
                    "role \(source.role) may not connect to \(Self.list(closed.map(\.name))) at the source",
                    "GRANT CONNECT on it, or use the role that the operator uses."))
        }
        return findings
    }

    /// Objects of users in the server's own databases: they would be lost with the server's volume.
    private func objectsInMaintenanceDatabases() throws -> [Finding] {
        let selection = DatabaseSelection(include: settings.include, exclude: settings.exclude)
        var findings: [Finding] = []
        for name in ["postgres", "template1"] as [DatabaseName]
        where !selection.names(name) {
            guard let database = source.database(name), database.takesConnections else {
                continue
            }
            guard database.admitsUs else {
                findings.append(
                    .warning(
                        "role \(source.role) may not connect to database \(name) at the source, so nobody has looked whether it holds objects of users",
                        "GRANT CONNECT on it, or look yourself: what it holds is not moved."))
                continue
            }
            let connection = try sessions.openSource(name)
            guard try UserObjects.count(at: connection) > 0 else { continue }
            findings.append(
                .error(
                    "database \(name) at the source holds objects of users",
                    "Name it in spec.migration.include to move it, or in exclude to leave it behind knowingly."))
        }
        return findings
    }

    /// Finds wanted names that are taken at the target, and the databases there that can give way.
    private func names(_ result: inout Result) throws {
        let wanted = Set(databases.map(\.name) + settings.emptyDatabases.map { DatabaseName($0) }).sorted()
        for name in wanted where name.text == settings.target.database {
            result.findings.append(
                .error(
                    "database \(name) is to be published, but the Job is connected to the one of that name at the target",
                    "Name another database to connect to first, or exclude it."))
        }
        let selection = DatabaseSelection(include: settings.include, exclude: settings.exclude)
        for template in source.databases
        where template.isTemplate && (settings.include.contains(template.name.text) || selection.selects(template.name))
        {
            result.findings.append(
                .error(
                    "database \(template.name) at the source is selected, but it is a template, and templates are not moved",
                    "ALTER DATABASE … IS_TEMPLATE false, or exclude it."))
        }
        for name in settings.emptyDatabases where name.bytes.count > Identifier.maximumLength {
            result.findings.append(
                .error(
                    "the name \(name) is longer than \(Identifier.maximumLength) bytes",
                    "PostgreSQL would cut it; choose a shorter one."))
        }
        for name in wanted {
            // An invalid one is told already: it can be neither looked at nor renamed.
            guard let existing = target.database(name), !existing.isInvalid, try !returned(existing, &result) else {
                continue
            }
            if case .published(let stamp)? = DatabaseMark(comment: existing.comment) {
                if stamp.migration.isOf(settings), stamp.migration.generation < settings.generation {
                    try setAsideEarlier(existing, publishedAs: stamp, &result)
                    continue
                }
                guard !stamp.migration.isOf(settings) else {
                    result.findings.append(ownPublication(of: name, stamp))
                    continue
                }
                result.findings.append(
                    .error(
                        "database \(name) at the target was published by \(stamp.migration.namespace)/\(stamp.migration.instance) at \(stamp.publishedAt)",
                        "Two instances cannot share a database of that name; use another server, or exclude it."))
                continue
            }
            let objects = existing.isOpen ? try UserObjects.count(at: sessions.openTarget(name)) : nil
            guard objects == 0 || settings.existingDatabases == .setAside else {
                let contents =
                    objects.map { "holds \($0) objects" }
                    ?? (existing.takesConnections
                        ? "role \(target.role) may not connect to it"
                        : "takes no connections, so nobody can look at what it holds")
                result.findings.append(
                    .error(
                        "database \(name) exists at the target and \(contents)",
                        "It is not Rehome's, so it is not touched. Rename it, or set spec.migration.existingDatabases to setAside to have it renamed."
                    ))
                continue
            }
            setAside(name, because: objects == 0 ? "is empty" : "is to be replaced", mark: nil, &result)
        }
    }

    /// What a run of this instance has published already.
    private func ownPublication(of name: DatabaseName, _ stamp: Stamp) -> Finding {
        if stamp.attempt == publishedBy {
            return .note(
                "database \(name) was published by this migration at \(stamp.publishedAt), so it is not moved again")
        }
        return .error(
            "database \(name) at the target was published by generation \(stamp.migration.generation) of this migration already, at \(stamp.publishedAt)",
            "See 'rehome-job status'. To move again, raise spec.migration.generation above that.")
    }

    /// Sets aside what an earlier generation of the same migration has published, if the settings ask for that. Its
    /// cut-over was given up, or Backstage has moved on.
    private func setAsideEarlier(_ existing: DatabaseFacts, publishedAs stamp: Stamp, _ result: inout Result) throws {
        let generation = stamp.migration.generation
        guard settings.existingDatabases == .setAside else {
            result.findings.append(
                .error(
                    "database \(existing.name) at the target was published by generation \(generation) of this migration at \(stamp.publishedAt)",
                    "Make sure that nobody uses it any more; then set spec.migration.existingDatabases to setAside to have it renamed."
                ))
            return
        }
        let mark = try DatabaseMark.setAside(survey.identity, database: existing.name, comment: existing.comment)
            .comment()
        setAside(
            existing.name, because: "was published by generation \(generation) at \(stamp.publishedAt)", mark: mark,
            &result)
    }

    func setAside(_ name: DatabaseName, because reason: String, mark: ByteText?, _ result: inout Result) {
        let aside = SetAsideDatabase(
            name: name, newName: SetAsideDatabase.newName(of: name, identity: survey.identity), comment: mark)
        if target.database(aside.newName) != nil {
            result.findings.append(
                .error(
                    "database \(aside.newName) exists at the target already, so \(name) cannot be set aside again",
                    "Rename or drop it."))
        }
        if target.preparedTransactions.contains(where: { $0.database == name }) {
            result.findings.append(
                .error(
                    "database \(name) at the target is to be set aside, and cannot be renamed while it has prepared transactions",
                    "COMMIT PREPARED or ROLLBACK PREPARED them."))
        }
        result.aside.append(aside)
        result.findings.append(
            .note("database \(name) at the target \(reason) and will be renamed to \(aside.newName)"))
    }
}
