import JobContract
import PostgresClient

/// Settings, the connection limit and the privileges of a database as a whole (`ALTER DATABASE`, `GRANT … ON
/// DATABASE`).
///
/// They are set after the load, so that they cannot disturb it, and by each attempt, so that an adopted copy has the
/// current ones. The owner sets them. What only a superuser may set is left out unless the Job's settings ask for it:
/// it would change what the server does for everybody in the database.
struct DatabaseProperties: Sendable {
    let sessions: Sessions
    let rights: SchemaRights

    /// A database's properties at the source.
    struct Wanted: Sendable, Equatable {
        var comment: ByteText?
        var connectionLimit: Int
        var settings: [DatabaseSetting]
        var access: DatabaseAccess
        /// The role whose place the owner takes at the target.
        var former: RoleName
    }

    /// Removes what an earlier attempt has set on a staging database, which could break the sessions that load it.
    ///
    /// - Parameter connection: of the owner or the administrator.
    static func takeBack(from staging: DatabaseName, at connection: Connection, sessions: Sessions)
        throws(PostgresError)
    {
        try connection.execute(
            """
            ALTER DATABASE \(staging) RESET ALL; ALTER DATABASE \(staging) CONNECTION LIMIT -1; REVOKE ALL ON DATABASE \(staging) FROM PUBLIC;
            GRANT ALL ON DATABASE \(staging) TO \(sessions.owner)
            """)
        let roles: [RoleName] = try connection.query(
            """
            SELECT r.rolname FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
            JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase WHERE d.datname = $1
            """, [staging.text]
        ).names()
        for role in roles {
            let setter =
                try role == sessions.owner
                ? sessions.openOwned(staging) : sessions.openTarget(DatabaseName(sessions.target.database))
            try setter.execute("ALTER ROLE \(role) IN DATABASE \(staging) RESET ALL")
        }
    }

    /// Gives a staging database the settings of its source. They hold for sessions that begin later.
    ///
    /// - Parameter connection: of the owner.
    /// - Returns: what could not be carried over.
    func applySettings(_ wanted: Wanted, to staging: DatabaseName, at connection: Connection) throws -> [LeftOut] {
        let ofRoles = wanted.access.settings.map { (role: Optional($0.role), setting: $0.setting) }
        let all = wanted.settings.map { (role: nil as RoleName?, setting: $0) } + ofRoles
        guard !all.isEmpty else { return [] }
        let privileged: Set<Identifier> = Set(
            try connection.query(
                "SELECT lower(name) FROM pg_catalog.pg_settings WHERE context NOT IN ('user', 'backend')"
            )
            .names())
        var leftOut: [LeftOut] = []
        for (role, setting) in all {
            let title = role.map { "setting \(setting) of role \($0)" } ?? "setting \(setting)"
            let isPrivileged = privileged.contains(Identifier(setting.name.text.lowercasedASCII))
            let isOwners = role.map { $0 == wanted.former } ?? true
            guard rights.made.contains(.settings) || !isPrivileged && isOwners else {
                leftOut.append(LeftOut(.settings, title))
                continue
            }
            let what: SQL =
                role.map { "ROLE \(isOwners ? rights.owner : $0) IN DATABASE \(staging)" } ?? "DATABASE \(staging)"
            do {
                try set(
                    "ALTER \(what) SET \(setting.name) = \(setting.valueSQL)", of: staging, at: connection,
                    asAdministrator: (isPrivileged || !isOwners) && rights.hasAdministrator)
            } catch {
                // Not allowed, unknown, or no valid value at the target. Any other error is not about the setting.
                guard ["42", "22"].contains(error.state?.errorClass) else { throw error }
                leftOut.append(LeftOut(.settings, "\(title): \(error.message)"))
            }
        }
        return leftOut
    }

    /// Changes a setting as the owner. If the server refuses that, an administrator changes it, provided that the Job's
    /// settings ask for that: no list has all settings that only a superuser may set, such as those that applications
    /// name themselves.
    private func set(
        _ change: SQL, of staging: DatabaseName, at connection: Connection, asAdministrator: Bool
    ) throws(PostgresError) {
        guard !asAdministrator else {
            try sessions.openTarget(staging).execute(change)
            return
        }
        do {
            try connection.execute(change)
        } catch {
            guard error.state == .insufficientPrivilege, rights.made.contains(.settings), rights.hasAdministrator else {
                throw error
            }
            try sessions.openTarget(staging).execute(change)
        }
    }

    /// What opens a staging database, closed to everybody until then, to those to whom the source's database is open.
    ///
    /// - Returns: the statements, for the owner, and what could not be carried over.
    func opening(_ wanted: Wanted, of staging: DatabaseName) -> (sql: SQL, leftOut: [LeftOut]) {
        var statements: [SQL] = ["REVOKE ALL ON DATABASE \(staging) FROM PUBLIC"]
        var leftOut: [LeftOut] = []
        for grant in (wanted.access.grants ?? DatabaseAccess.everybody).sorted(by: { $0.description < $1.description })
        {
            let privilege = grant.privilege.sql
            let option: SQL = grant.isGrantable ? " WITH GRANT OPTION" : ""
            guard let role = grant.role else {
                statements.append("GRANT \(privilege) ON DATABASE \(staging) TO PUBLIC")
                continue
            }
            if role == wanted.former { continue }
            guard rights.privileges == .keep, rights.knownRoles.contains(role) else {
                leftOut.append(LeftOut(.privileges, grant.description))
                continue
            }
            statements.append("GRANT \(privilege) ON DATABASE \(staging) TO \(role)\(option)")
        }
        if wanted.access.owner == wanted.former {
            for privilege in wanted.access.takenFromOwner.sorted(by: { $0.rawValue < $1.rawValue }) {
                statements.append("REVOKE \(privilege.sql) ON DATABASE \(staging) FROM \(rights.owner)")
            }
        }
        if wanted.connectionLimit != -1 {
            statements.append("ALTER DATABASE \(staging) CONNECTION LIMIT \(wanted.connectionLimit)")
        }
        return (statements.joined(separator: "; "), leftOut)
    }
}

extension Migration {
    /// The properties that each staging database is to have, as the source has them now.
    ///
    /// - Parameter before: the fence's records, since the setting that the fence has changed is not the database's own.
    static func properties(
        of followers: some Collection<DatabaseFollower>, at source: Connection,
        before: [DatabaseName: ControlDatabase.FenceRecord]
    ) throws -> [DatabaseName: DatabaseProperties.Wanted] {
        let access = try DatabaseAccess.read(at: source)
        let facts = Dictionary(
            try DatabaseFacts.read(source).map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first })
        var wanted: [DatabaseName: DatabaseProperties.Wanted] = [:]
        for follower in followers {
            let name = follower.name
            let facts = facts[name] ?? follower.database.facts
            let readOnly = before[name].map(\.previous) ?? facts.readOnlySetting
            var settings = facts.settings.filter { $0.name != Fence.parameter }
            if let readOnly { settings.append(DatabaseSetting(name: Fence.parameter, value: readOnly)) }
            wanted[name] = .init(
                comment: facts.comment, connectionLimit: facts.connectionLimit, settings: settings,
                access: access[name] ?? DatabaseAccess(),
                former: follower.database.catalog.owners.former)
        }
        return wanted
    }
}
