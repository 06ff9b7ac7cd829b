import JobContract
import PostgresClient

extension ValueSettings {
    /// Reads the settings under which the schema of a staging database is to compute values: those of the target's
    /// server and role, and over them those that the database and its owner will have from the source
    /// (``DatabaseProperties``).
    ///
    /// - Parameters:
    ///   - connection: of the owner, in the staging database, without settings of its own (``ValueSettings/unset``).
    ///   - ofDatabase: `ALTER DATABASE … SET` at the source.
    ///   - ofRole: `ALTER ROLE … IN DATABASE … SET` at the source, of the role whose place the owner takes.
    static func read(
        at connection: Connection, ofDatabase: [DatabaseSetting], ofRole: [DatabaseSetting]
    ) throws -> ValueSettings {
        // A role's own setting is stronger than its database's (PostgreSQL manual, ALTER ROLE).
        let ownersAnywhere: Set<Identifier> = Set(
            try connection.query("SELECT lower(name) FROM pg_catalog.pg_settings WHERE source = 'user'").names())
        let known = Set(shared.map { ByteText($0.name) })
        let coming = ofDatabase.filter { !ownersAnywhere.contains(Identifier($0.name.text.lowercasedASCII)) } + ofRole
        for setting in coming where known.contains(setting.name.text.lowercasedASCII) {
            do {
                try connection.execute("SET \(setting.name) = \(setting.valueSQL)")
            } catch {
                // The target does not take it, so the database will not have it either.
                guard ["22", "42"].contains(error.state?.errorClass) else { throw error }
            }
        }
        let names = shared.map { "\(literal: $0.name)" as SQL }
        return .own(
            try connection.query(
                "SELECT lower(name), setting FROM pg_catalog.pg_settings WHERE lower(name) IN (\(list: names)) ORDER BY 1"
            ).rows.map { Setting(name: $0.text(0), value: $0.text(1)) })
    }
}
