import JobContract
import PostgresClient

/// Settings, the connection limit and the privileges of a database as a whole (`ALTER DATABASE`, `GRANT … ON DATABASE`).
///
/// They come last, so that they cannot get in the way of the load, and at each attempt, so that a copy that was adopted has
/// today's. The owner sets them. What only a superuser may set is left out unless it is asked for: it would change what the
/// server does for everybody in the database.
struct DatabaseProperties: Sendable {
    let sessions: Sessions
    let rights: SchemaRights

    /// A database's properties at the source.
    struct Wanted: Sendable {
        var connectionLimit: Int
        var settings: [DatabaseSetting]
        var access: DatabaseAccess
        /// Its own at the source, and whoever owns something in it: at the target these are one.
        var owners: Set<RoleName>
    }

    /// Brings a staging database's properties to those of its source.
    ///
    /// - Returns: what could not be carried over.
    func apply(_ wanted: Wanted, to staging: DatabaseName) throws -> [LeftOut] {
        let connection = try sessions.openOwned(staging)
        let present = try connection.query(
            """
            SELECT d.datconnlimit, EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid AND s.setrole = 0), d.datacl IS NOT NULL
            FROM pg_catalog.pg_database d WHERE d.datname = current_database()
            """
        ).rows.first
        if present?.isTrue(1) == true { try connection.execute("ALTER DATABASE \(staging) RESET ALL") }
        if present?.integer(0) != wanted.connectionLimit { try connection.execute("ALTER DATABASE \(staging) CONNECTION LIMIT \(wanted.connectionLimit)") }
        return try applyGrants(wanted, to: staging, at: connection) + applySettings(wanted, to: staging, at: connection)
    }

    private func applySettings(_ wanted: Wanted, to staging: DatabaseName, at connection: Connection) throws -> [LeftOut] {
        let ofRoles = wanted.access.settings.map { (role: Optional($0.role), setting: $0.setting) }
        let all = wanted.settings.map { (role: nil as RoleName?, setting: $0) } + ofRoles
        guard !all.isEmpty else { return [] }
        let privileged: Set<Identifier> = Set(
            try connection.query("SELECT name FROM pg_catalog.pg_settings WHERE context NOT IN ('user', 'backend')").names())
        var leftOut: [LeftOut] = []
        for (role, setting) in all {
            let title = role.map { "setting \(setting) of role \($0)" } ?? "setting \(setting)"
            let isPrivileged = privileged.contains(Identifier(setting.name.text.lowercasedASCII))
            let isOwners = role.map { wanted.owners.contains($0) } ?? true
            guard rights.made.contains(.settings) || !isPrivileged && isOwners else {
                leftOut.append(LeftOut(.settings, title))
                continue
            }
            let what: SQL = role.map { "ROLE \(isOwners ? rights.owner : $0) IN DATABASE \(staging)" } ?? "DATABASE \(staging)"
            do {
                let setter = (isPrivileged || !isOwners) && rights.hasAdministrator ? try sessions.openTarget(staging) : connection
                try setter.execute("ALTER \(what) SET \(setting.name) = \(setting.valueSQL)")
            } catch {
                // Not allowed here, not known here, or not a value here; anything else is no question of the setting.
                guard ["42", "22"].contains(error.state?.errorClass) else { throw error }
                leftOut.append(LeftOut(.settings, "\(title): \(error.message)"))
            }
        }
        return leftOut
    }

    /// A staging database is closed to everybody; here it gets what the source's grants.
    private func applyGrants(_ wanted: Wanted, to staging: DatabaseName, at connection: Connection) throws -> [LeftOut] {
        var statements: [SQL] = ["REVOKE ALL ON DATABASE \(staging) FROM PUBLIC"]
        var leftOut: [LeftOut] = []
        for grant in (wanted.access.grants ?? DatabaseAccess.everybody).sorted(by: { $0.description < $1.description }) {
            let privilege: SQL = switch grant.privilege {
            case .connect: "CONNECT"
            case .create: "CREATE"
            case .temporary: "TEMPORARY"
            }
            let option: SQL = grant.isGrantable ? " WITH GRANT OPTION" : ""
            guard let role = grant.role else {
                statements.append("GRANT \(privilege) ON DATABASE \(staging) TO PUBLIC")
                continue
            }
            if wanted.owners.contains(role) { continue }
            guard rights.privileges == .keep, rights.knownRoles.contains(role) else {
                leftOut.append(LeftOut(.privileges, grant.description))
                continue
            }
            statements.append("GRANT \(privilege) ON DATABASE \(staging) TO \(role)\(option)")
        }
        try connection.execute(statements.joined(separator: "; "))
        return leftOut
    }
}

extension Migration {
    /// Gives staging databases their last properties.
    func applyProperties(to sealed: [SealedDatabase], run: Run) async throws -> [SealedDatabase] {
        let properties = DatabaseProperties(sessions: run.sessions, rights: run.survey.rights)
        let before = try run.control.fenceRecords()
        let access = run.survey.access
        let leftOut = try await BlockingLanes.map(sealed, lanes: settings.workers) { database in
            let name = database.facts.name
            // What the fence has set is not the database's own.
            let readOnly = before[name].map(\.previous) ?? database.facts.readOnlySetting
            var settings = database.facts.settings.filter { $0.name != Fence.parameter }
            if let readOnly { settings.append(DatabaseSetting(name: Fence.parameter, value: readOnly)) }
            return try properties.apply(
                .init(
                    connectionLimit: database.facts.connectionLimit, settings: settings, access: access[name] ?? DatabaseAccess(),
                    owners: database.owners.union([database.facts.owner])),
                to: database.staging.name)
        }
        return zip(sealed, leftOut).map { database, leftOut in
            var database = database
            database.leftOut += leftOut
            if !leftOut.isEmpty { report(.leftOut(database: database.facts.name, objects: leftOut)) }
            return database
        }
    }
}
