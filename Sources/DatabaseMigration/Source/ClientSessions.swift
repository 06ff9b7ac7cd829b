import JobContract
import PostgresClient

/// Who is connected to which database of a server, Rehome's own sessions left out.
struct ClientSessions {
    struct Client {
        var database: DatabaseName
        var role: RoleName
        var application: ByteText
    }

    var clients: [Client]

    /// A session counts as Rehome's if its application name says so and it is of our own role. So no other role can
    /// hide behind the name.
    static func read(at connection: Connection) throws(PostgresError) -> ClientSessions {
        ClientSessions(
            clients: try connection.query(
                """
                SELECT datname, coalesce(usename, ''), application_name FROM pg_catalog.pg_stat_activity
                WHERE datname IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()
                  AND NOT (starts_with(application_name, 'rehome/') AND usename = current_user)
                  -- The kind of a foreign role's session is hidden from ordinary roles.
                  AND (backend_type = 'client backend' OR backend_type IS NULL)
                """
            ).rows.map { Client(database: $0.name(0), role: $0.name(1), application: $0[2] ?? "") })
    }

    /// How many sessions each database has.
    ///
    /// - Parameter role: whose; `nil` for everybody's.
    func counts(of role: RoleName?) -> [DatabaseName: Int] {
        Dictionary(grouping: clients.filter { role == nil || $0.role == role }, by: \.database).mapValues(\.count)
    }
}
