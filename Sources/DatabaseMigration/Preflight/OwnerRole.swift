import JobContract
import PostgresClient

/// The role that Backstage runs as, where it is not the one that the Job connects as. It may log in, it owns the
/// databases, it may create more if the settings say so, and it may do nothing else.
struct OwnerRole {
    let settings: JobSettings

    /// What the role's comment begins with if we made the role; only then is it ours to change.
    private static let mark: ByteText = "rehome: "
    private var name: RoleName { RoleName(settings.owner) }

    /// Whether the Job makes and checks the role.
    var isOurs: Bool { !settings.ownerPassword.isEmpty && settings.owner != settings.target.user }

    private struct Facts {
        /// What it may do and should not, in words.
        var excess: [String]
        var canCreateDatabases: Bool
        var isMadeByUs: Bool
    }

    private func facts(_ connection: Connection) throws(PostgresError) -> Facts? {
        let result = try connection.query(
            """
            SELECT rolsuper, rolcreaterole, rolreplication, rolbypassrls, rolcreatedb,
                   coalesce(starts_with(shobj_description(oid, 'pg_authid'), $2), false)
            FROM pg_catalog.pg_roles WHERE rolname = $1
            """, [name.text, Self.mark])
        guard let row = result.rows.first else { return nil }
        let words = ["is a superuser", "may create roles", "may replicate", "goes past row security"]
        return Facts(
            excess: words.enumerated().filter { row.isTrue($0.offset) }.map(\.element),
            canCreateDatabases: row.isTrue(4), isMadeByUs: row.isTrue(5))
    }

    /// Findings about a role that does not exist yet; `nil` if it exists, or is not ours to make.
    func findings(_ connection: Connection, isSuperuser: Bool) throws(PostgresError) -> [Finding]? {
        guard isOurs, try facts(connection) == nil else { return nil }
        let mayCreate = try connection.query(
            "SELECT rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user"
        ).isTrue
        guard mayCreate || isSuperuser else {
            return [
                .error(
                    "role \(name), which is to own the databases, does not exist at the target, and \(settings.target.user) may not make it",
                    "\("ALTER ROLE \(RoleName(settings.target.user)) CREATEROLE" as SQL), or make the role: \(byHand)")
            ]
        }
        return [.note("role \(name) does not exist at the target yet; the Job will make it")]
    }

    /// Makes the role, or corrects what an earlier run made. A role that somebody else made is only looked at.
    ///
    /// - Throws: ``MigrationFailure`` if the role cannot be made, or cannot be Backstage's.
    func ensure(_ connection: Connection, sessions: Sessions) throws {
        guard isOurs else { return }
        guard let facts = try facts(connection) else {
            try make(connection)
            return try join(connection)
        }
        guard facts.excess.isEmpty else {
            throw MigrationFailure(
                .personMustAct,
                "role \(name) at \(connection.place) \(facts.excess.joined(separator: ", ")); Backstage's own role must not",
                advice: "Name another role in Backstage's Secret, or take the rights away from this one.")
        }
        if facts.isMadeByUs {
            try change(connection, "ALTER ROLE %I LOGIN \(createDatabases) PASSWORD %L", marking: nil)
        } else {
            try look(at: facts, connection, sessions)
        }
        try join(connection)
    }

    private var createDatabases: SQL { settings.ownerCreatesDatabases ? "CREATEDB" : "NOCREATEDB" }
    private var byHand: SQL { "CREATE ROLE \(name) LOGIN \(createDatabases) PASSWORD '…'" }

    private func make(_ connection: Connection) throws {
        let comment = Self.mark + ByteText("Backstage \(settings.namespace)/\(settings.instance)")
        do {
            try change(
                connection, "CREATE ROLE %I LOGIN \(createDatabases) PASSWORD %L",
                marking: "COMMENT ON ROLE \(name) IS \(literal: comment)")
        } catch {
            guard !error.isTransient else { throw error }
            throw MigrationFailure(
                .personMustAct, "role \(name) could not be made at \(connection.place): \(error.message)",
                advice: "Make it as an administrator of the target: \(byHand)")
        }
    }

    /// Runs a statement about the role. The server puts it together from settings, so that no statement of ours holds
    /// the password's verifier.
    ///
    /// - Parameters:
    ///   - statement: with `%I` for the role and `%L` for the verifier.
    ///   - mark: a statement that marks the role, in the same transaction. Without the mark, a role that we made would
    ///     count as somebody else's.
    private func change(_ connection: Connection, _ statement: SQL, marking mark: SQL?) throws(PostgresError) {
        let verifier = connection.passwordVerifier(of: settings.ownerPassword, for: name) ?? ""
        _ = try connection.query(
            "SELECT set_config('rehome.role', $1, false), set_config('rehome.verifier', $2, false)",
            [name.text, verifier])
        let change: SQL = """
            DO $do$ BEGIN
              EXECUTE format('\(statement)', current_setting('rehome.role'), current_setting('rehome.verifier'));
            END $do$
            """
        try connection.execute(mark.map { change + "; " + $0 } ?? change)
        try connection.execute("SELECT set_config('rehome.verifier', '', false)")
    }

    /// Makes us a member of the role: to create and fill what it is to own, we must be able to act as it.
    private func join(_ connection: Connection) throws(PostgresError) {
        guard try !connection.query("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").isTrue
        else { return }
        let option: SQL = connection.majorVersion >= 16 ? " WITH INHERIT TRUE, SET TRUE" : ""
        // If this was not enough, the preflight says so.
        _ = try? connection.execute("GRANT \(name) TO CURRENT_USER\(option)")
    }

    private func look(at facts: Facts, _ connection: Connection, _ sessions: Sessions) throws {
        if settings.ownerCreatesDatabases, !facts.canCreateDatabases {
            throw MigrationFailure(
                .personMustAct, "role \(name) at \(connection.place) may not create databases",
                advice:
                    "\("ALTER ROLE \(name) CREATEDB" as SQL), or set spec.adminCredentials.createDatabases to false: "
                    + "then each new plugin needs its database made by hand.")
        }
        do {
            _ = try sessions.openOwned(DatabaseName(settings.target.database))
        } catch {
            guard case .notConnected(.wrongCredentials) = error.kind else { throw error }
            throw MigrationFailure(
                .personMustAct, "role \(name) cannot log in at \(connection.place) with the password of its Secret",
                advice:
                    "The role is not one that rehome made, so its password is left alone: correct the Secret, or ALTER ROLE."
            )
        }
    }
}
