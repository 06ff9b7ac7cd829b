import JobContract
import PostgresClient

/// Roles whose own `default_transaction_read_only = off` beats the fence: a role's setting counts more than a
/// database's (PostgreSQL manual, ALTER ROLE).
struct RolesExemptFromFence {
    let roles: [RoleName]

    /// Finds those that can connect to one of the databases.
    static func find(in databases: [DatabaseName], at source: Connection) throws(PostgresError) -> RolesExemptFromFence
    {
        RolesExemptFromFence(
            roles: try source.query(
                """
                SELECT DISTINCT r.rolname FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
                CROSS JOIN pg_catalog.unnest(s.setconfig) c
                JOIN pg_catalog.pg_database d ON s.setdatabase IN (0, d.oid) AND d.datname = ANY (\(array: databases.map(\.text)))
                WHERE r.rolcanlogin AND pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')
                  AND CASE WHEN c LIKE 'default_transaction_read_only=%' THEN NOT pg_catalog.split_part(c, '=', 2)::bool END
                ORDER BY 1
                """
            ).names())
    }

    /// `nil` if there are none.
    var finding: Finding? {
        guard !roles.isEmpty else { return nil }
        let cure: SQL = roles.map { "ALTER ROLE \($0) RESET default_transaction_read_only" as SQL }.joined(
            separator: "; ")
        return .error(
            "roles \(roles.map(\.description).joined(separator: ", ")) at the source have default_transaction_read_only = off of their own, which beats the fence: they could write there even after everything is published",
            "\(cure) (with IN DATABASE where it was set so).")
    }
}
