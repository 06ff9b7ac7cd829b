import JobContract
import PostgresClient

extension Preflight {
    /// Settings that an application or a library has named itself (`myapp.tenant`; PostgreSQL manual, "Customized
    /// Options") and that the owner may not set for a database. Without being a superuser it may do so only if the
    /// server knows the name, or if the right was granted.
    func refusedNames(of database: DatabaseFacts, at connection: Connection) throws(PostgresError) -> [DatabaseSetting]
    {
        let named = database.settings.filter { $0.name.text.bytes.contains(UInt8(ascii: ".")) }
        let granted: SQL =
            connection.majorVersion >= 15
            ? "EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $2 AND pg_catalog.has_parameter_privilege(r.oid, $1, 'SET'))"
            : "$2 <> $2"
        var refused: [DatabaseSetting] = []
        for setting in named {
            let mayBeSet = try connection.query(
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE lower(name) = lower($1)) OR \(granted)",
                [setting.name.text, survey.rights.owner.text]
            ).isTrue
            if !mayBeSet { refused.append(setting) }
        }
        return refused
    }
}
