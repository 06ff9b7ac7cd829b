import JobContract
import PostgresClient

/// Settings and the connection limit of a database (`ALTER DATABASE`).
///
/// They come last, so that they cannot get in the way of the load, and at each attempt, so that a copy that was adopted has
/// today's. The owner sets them. What only a superuser may set is left out unless it is asked for: it would change what the
/// server does for everybody in the database.
struct DatabaseProperties: Sendable {
    let sessions: Sessions
    let rights: SchemaRights

    /// Brings a staging database's properties to those of its source.
    ///
    /// - Parameter readOnly: `default_transaction_read_only` before the fence; `nil` if it was not set.
    /// - Returns: what could not be carried over, and why.
    func apply(_ facts: DatabaseFacts, readOnly: ByteText?, to staging: DatabaseName) throws -> (leftOut: [SchemaRights.LeftOut], findings: [Finding]) {
        var wanted = facts.settings.filter { $0.name != Fence.parameter }
        if let readOnly, let setting = DatabaseSetting("default_transaction_read_only=" + readOnly) { wanted.append(setting) }
        let connection = try sessions.openOwned(staging)
        let present = try connection.query(
            """
            SELECT d.datconnlimit, EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid AND s.setrole = 0)
            FROM pg_catalog.pg_database d WHERE d.datname = current_database()
            """
        ).rows.first
        if present?.isTrue(1) == true { try connection.execute("ALTER DATABASE \(staging) RESET ALL") }
        if present?.integer(0) != facts.connectionLimit { try connection.execute("ALTER DATABASE \(staging) CONNECTION LIMIT \(facts.connectionLimit)") }
        guard !wanted.isEmpty else { return ([], []) }
        let privileged: Set<Identifier> = Set(try connection.query(
            "SELECT name FROM pg_catalog.pg_settings WHERE context NOT IN ('user', 'backend')").names())
        var leftOut: [SchemaRights.LeftOut] = []
        var findings: [Finding] = []
        for setting in wanted {
            let isPrivileged = privileged.contains(Identifier(setting.name.text.lowercasedASCII))
            if isPrivileged && !rights.made.contains(.settings) {
                leftOut.append(.init(kind: .settings, title: "setting \(setting)"))
                continue
            }
            do {
                let setter = isPrivileged && rights.hasAdministrator ? try sessions.openTarget(staging) : connection
                try setter.execute("ALTER DATABASE \(staging) SET \(setting.name) = \(setting.valueSQL)")
            } catch {
                // Not allowed here, not known here, or not a value here; anything else is no question of the setting.
                guard ["42", "22"].contains(error.state?.errorClass) else { throw error }
                leftOut.append(.init(kind: .settings, title: "setting \(setting)"))
                findings.append(.warning(
                    "database \(facts.name): its setting \(setting) cannot be carried over: \(error.message)",
                    "Ask the target's administrator to set it, if it matters."))
            }
        }
        return (leftOut, findings)
    }
}

extension Migration {
    /// Gives staging databases their last properties.
    func applyProperties(to sealed: [SealedDatabase], run: Run) async throws -> [SealedDatabase] {
        let properties = DatabaseProperties(sessions: run.sessions, rights: run.survey.rights)
        let before = try run.control.fenceRecords()
        let found = try await BlockingLanes.map(sealed, lanes: settings.workers) { database in
            let name = database.facts.name
            let readOnly = before[name].map(\.previous) ?? database.facts.readOnlySetting
            return try properties.apply(database.facts, readOnly: readOnly, to: database.staging.name)
        }
        return zip(sealed, found).map { database, found in
            var database = database
            for finding in found.findings { report(.finding(finding)) }
            let silent = found.leftOut.filter { left in !found.findings.contains { $0.message.contains(left.title) } }
            if !silent.isEmpty { report(.leftOut(database: database.facts.name, objects: silent)) }
            database.leftOut += found.leftOut
            return database
        }
    }
}
