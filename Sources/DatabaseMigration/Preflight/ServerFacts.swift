import JobContract
import PostgresClient

/// What one look at a server's shared catalogs tells.
struct ServerFacts: Sendable {
    var place: String
    var majorVersion: Int
    var versionText: String
    var systemIdentifier: String
    var role: String
    var isSuperuser: Bool
    var canCreateDatabases: Bool
    var connectionLimit: Int
    var connectionsInUse: Int
    var preparedTransactions: [String]
    var databases: [DatabaseFacts]

    func database(_ name: DatabaseName) -> DatabaseFacts? { databases.first { $0.name == name } }

    init(reading connection: Connection) throws(PostgresError) {
        place = "\(connection.parameters.server.host):\(connection.parameters.server.port)"
        majorVersion = connection.majorVersion
        versionText = connection.versionText
        let basics = try connection.query(
            """
            SELECT current_user, r.rolsuper, r.rolcreatedb OR r.rolsuper,
                   current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
                   (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'),
                   (SELECT system_identifier FROM pg_catalog.pg_control_system())
            FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
            """)
        let row = basics.rows.first ?? []
        func text(_ index: Int) -> String { index < row.count ? row[index] ?? "" : "" }
        role = text(0)
        isSuperuser = text(1) == "t"
        canCreateDatabases = text(2) == "t"
        connectionLimit = Int(text(3)) ?? 0
        connectionsInUse = Int(text(4)) ?? 0
        systemIdentifier = text(5)
        preparedTransactions = try connection.query(
            "SELECT gid || ' in ' || database FROM pg_catalog.pg_prepared_xacts ORDER BY 1").column
        databases = try DatabaseFacts.read(connection)
    }
}

/// One row of `pg_database`, with its comment, size and settings.
struct DatabaseFacts: Sendable {
    var name: DatabaseName
    var owner: String
    var encoding: String
    var collate: String
    var characterType: String
    /// `c` libc, `i` ICU, `b` builtin; always `c` before version 15.
    var localeProvider: String
    /// ICU or builtin locale.
    var locale: String?
    var icuRules: String?
    var isTemplate: Bool
    var allowsConnections: Bool
    /// -1 for none.
    var connectionLimit: Int
    var bytes: Int
    var comment: String?
    /// `name=value`, as in `pg_db_role_setting`, for all roles.
    var settings: [String]

    /// The fence's setting, if the database has one of its own.
    var readOnlySetting: String? {
        settings.first { $0.hasPrefix(Fence.parameter + "=") }.map { String($0.dropFirst(Fence.parameter.count + 1)) }
    }

    static func read(_ connection: Connection) throws(PostgresError) -> [DatabaseFacts] {
        let version = connection.majorVersion
        let provider = version >= 15 ? "d.datlocprovider::text" : "'c'"
        let locale = version >= 17 ? "d.datlocale" : version >= 15 ? "d.daticulocale" : "NULL"
        let rules = version >= 16 ? "d.daticurules" : "NULL"
        let result = try connection.query(
            """
            SELECT d.datname, r.rolname, pg_encoding_to_char(d.encoding), d.datcollate, d.datctype,
                   \(provider), \(locale), \(rules), d.datistemplate, d.datallowconn, d.datconnlimit,
                   CASE WHEN d.datallowconn AND has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) ELSE 0 END,
                   shobj_description(d.oid, 'pg_database'), s.setconfig::text[]
            FROM pg_catalog.pg_database d
            JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
            LEFT JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0
            ORDER BY d.datname
            """)
        return result.rows.map { row in
            DatabaseFacts(
                name: DatabaseName(row[0] ?? ""), owner: row[1] ?? "", encoding: row[2] ?? "", collate: row[3] ?? "",
                characterType: row[4] ?? "", localeProvider: row[5] ?? "c", locale: row[6], icuRules: row[7],
                isTemplate: row[8] == "t", allowsConnections: row[9] == "t", connectionLimit: Int(row[10] ?? "") ?? -1,
                bytes: Int(row[11] ?? "") ?? 0, comment: row[12], settings: row[13].map(TextArray.decode) ?? [])
        }
    }
}

extension DatabaseFacts {
    /// One database's comment, without the sizes of all of them, which take the server a while.
    ///
    /// - Returns: `nil` if there is no such database.
    static func comment(of name: DatabaseName, at connection: Connection) throws(PostgresError) -> String?? {
        try connection.query(
            "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = $1", [name.text]
        ).rows.first.map { $0.first ?? nil }
    }
}

/// The text form of a one-dimensional `text[]` (PostgreSQL manual, 8.15.6).
enum TextArray {
    static func decode(_ text: String) -> [String] {
        var items: [String] = []
        var current = ""
        var isQuoted = false
        var isEscaped = false
        var wasQuoted = false
        for character in text.dropFirst().dropLast() {
            if isEscaped {
                current.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
                wasQuoted = true
            } else if character == "," && !isQuoted {
                items.append(current)
                current = ""
                wasQuoted = false
            } else {
                current.append(character)
            }
        }
        if !current.isEmpty || wasQuoted { items.append(current) }
        return items
    }
}
