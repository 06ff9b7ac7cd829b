import JobContract
import PostgresClient

/// What one look at a server's shared catalogs tells.
struct ServerFacts: Sendable {
    var place: String
    var majorVersion: Int
    var versionText: String
    /// As a number: 150018 for 15.18.
    var version: Int
    var systemIdentifier: String
    var role: RoleName
    var isSuperuser: Bool
    var canCreateDatabases: Bool
    var connectionLimit: Int
    /// Without Rehome's own.
    var connectionsInUse: Int
    /// Whether a role or a database has a CONNECTION LIMIT.
    var hasLimitedSessions: Bool
    /// Whether the server writes its messages in English (`lc_messages`).
    var hasEnglishMessages: Bool
    /// How many locks all transactions together can surely hold (PostgreSQL manual, `max_locks_per_transaction`).
    var lockCapacity: Int
    var preparedTransactions: [PreparedTransaction]
    /// Whether it is a standby, on which nothing can be written.
    var isStandby: Bool
    /// Whether a pooler between us and the server shares sessions.
    var isBehindPooler: Bool
    var databases: [DatabaseFacts]

    struct PreparedTransaction: Sendable, CustomStringConvertible {
        var name: ByteText
        var database: DatabaseName

        var description: String { "\(name) in \(database)" }
    }

    var traits: ServerTraits {
        ServerTraits(version: version, isSuperuser: isSuperuser, hasEnglishMessages: hasEnglishMessages)
    }

    func database(_ name: DatabaseName) -> DatabaseFacts? { databases.first { $0.name == name } }

    /// - Parameter hasSizes: whether the databases' sizes are read, for which the server looks at all their files.
    init(reading connection: Connection, hasSizes: Bool = true) throws(PostgresError) {
        place = "\(connection.parameters.server.host):\(connection.parameters.server.port)"
        majorVersion = connection.majorVersion
        versionText = connection.versionText
        let basics = try connection.query(
            """
            SELECT current_user, r.rolsuper, r.rolcreatedb OR r.rolsuper,
                   current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
                   (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'
                      AND NOT (starts_with(application_name, 'rehome/') AND usename = current_user)),
                   (SELECT system_identifier FROM pg_catalog.pg_control_system()), pg_catalog.pg_is_in_recovery(), pg_catalog.pg_backend_pid(),
                   current_setting('max_locks_per_transaction')::bigint * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint),
                   EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolcanlogin AND rolconnlimit >= 0)
                     OR EXISTS (SELECT FROM pg_catalog.pg_database WHERE datallowconn AND datconnlimit >= 0),
                   current_setting('lc_messages') ~ '^(C|POSIX|en)([^a-z]|$)'
            FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
            """)
        let row = basics.rows.first
        role = row?.name(0) ?? ""
        isSuperuser = row?.isTrue(1) ?? false
        canCreateDatabases = row?.isTrue(2) ?? false
        connectionLimit = row?.integer(3) ?? 0
        connectionsInUse = row?.integer(4) ?? 0
        systemIdentifier = row?.text(5) ?? ""
        isStandby = row?.isTrue(6) ?? false
        lockCapacity = row?.integer(8) ?? 0
        hasLimitedSessions = row?.isTrue(9) ?? false
        hasEnglishMessages = row?.isTrue(10) ?? false
        isBehindPooler = row?.integer(7) != connection.backendPID
        version = connection.version
        preparedTransactions = try connection.query(
            "SELECT gid, database FROM pg_catalog.pg_prepared_xacts ORDER BY 1, 2"
        ).rows.map {
            PreparedTransaction(name: $0[0] ?? "", database: $0.name(1))
        }
        databases = try DatabaseFacts.read(connection, hasSizes: hasSizes)
    }
}

extension ServerFacts {
    /// Extensions that the owner of a database may create in it.
    static func trustedExtensions(at connection: Connection) throws(PostgresError) -> Set<Identifier> {
        let mayCreate: SQL = connection.majorVersion >= 13 ? "v.trusted OR NOT v.superuser" : "NOT v.superuser"
        let names: [Identifier] = try connection.query(
            """
            SELECT e.name FROM pg_catalog.pg_available_extensions e
            JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version WHERE \(mayCreate)
            """
        ).names()
        return Set(names)
    }
}

extension ServerFacts {
    static func roles(at connection: Connection) throws(PostgresError) -> Set<RoleName> {
        let names: [RoleName] = try connection.query("SELECT rolname FROM pg_catalog.pg_roles").names()
        return Set(names)
    }

    /// Roles whose rights a role has (`pg_has_role`, `USAGE`); none if there is no such role.
    static func roles(at connection: Connection, representedBy role: RoleName) throws(PostgresError) -> Set<RoleName> {
        let names: [RoleName] = try connection.query(
            """
            SELECT r.rolname FROM pg_catalog.pg_roles r, pg_catalog.pg_roles o
            WHERE o.rolname = $1 AND pg_catalog.pg_has_role(o.oid, r.oid, 'USAGE')
            """, [role.text]
        ).names()
        return Set(names)
    }
}

/// One row of `pg_database`, with its comment, size and settings.
struct DatabaseFacts: Sendable {
    var name: DatabaseName
    var owner: RoleName
    var encoding: String
    var collate: ByteText
    var characterType: ByteText
    /// `c` libc, `i` ICU, `b` builtin; always `c` before version 15.
    var localeProvider: String
    /// ICU or builtin locale.
    var locale: ByteText?
    var icuRules: ByteText?
    var isTemplate: Bool
    var allowsConnections: Bool
    /// Whether the role that asked may connect to it (CONNECT).
    var admitsUs: Bool
    /// Whether CONNECTION LIMIT 0 shuts the role that asked out; it does not hold superusers.
    var isClosedByLimit: Bool
    /// -1 for none.
    var connectionLimit: Int
    var bytes: Int
    var comment: ByteText?
    /// The settings for all roles, as in `pg_db_role_setting`.
    var settings: [DatabaseSetting]

    /// Whether a DROP DATABASE was begun and never ended: nobody can connect to it (`datconnlimit` -2).
    var isInvalid: Bool { connectionLimit == -2 }

    /// Whether the role that asked can look at what it holds.
    var isOpen: Bool { takesConnections && admitsUs }

    /// Whether those who have the right to can connect to it.
    var takesConnections: Bool { allowsConnections && !isInvalid && !isClosedByLimit }

    /// The fence's setting, if the database has one of its own.
    var readOnlySetting: ByteText? { settings.first { $0.name == Fence.parameter }?.value }

    /// - Parameter hasSizes: whether the server is to look at every file of every database; else all sizes are 0.
    static func read(_ connection: Connection, hasSizes: Bool = false) throws(PostgresError) -> [DatabaseFacts] {
        let version = connection.majorVersion
        let provider: SQL = version >= 15 ? "d.datlocprovider::text" : "'c'"
        let locale: SQL = version >= 17 ? "d.datlocale" : version >= 15 ? "d.daticulocale" : "NULL"
        let rules: SQL = version >= 16 ? "d.daticurules" : "NULL"
        let result = try connection.query(
            """
            SELECT d.datname, r.rolname, pg_encoding_to_char(d.encoding), d.datcollate, d.datctype,
                   \(provider), \(locale), \(rules), d.datistemplate, d.datallowconn, d.datconnlimit,
                   CASE WHEN \(hasSizes) AND d.datallowconn AND d.datconnlimit <> -2 AND has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) ELSE 0 END,
                   shobj_description(d.oid, 'pg_database'), s.setconfig::text[], has_database_privilege(d.oid, 'CONNECT'),
                   d.datconnlimit = 0 AND NOT (SELECT m.rolsuper FROM pg_catalog.pg_roles m WHERE m.rolname = current_user)
            FROM pg_catalog.pg_database d
            JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
            LEFT JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0
            ORDER BY d.datname
            """)
        return result.rows.map { row in
            DatabaseFacts(
                name: row.name(0), owner: row.name(1), encoding: row.text(2), collate: row[3] ?? "",
                characterType: row[4] ?? "",
                localeProvider: row.text(5), locale: row[6], icuRules: row[7], isTemplate: row.isTrue(8),
                allowsConnections: row.isTrue(9), admitsUs: row.isTrue(14), isClosedByLimit: row.isTrue(15),
                connectionLimit: row.integer(10) ?? -1,
                bytes: row.integer(11) ?? 0,
                comment: row[12], settings: row[13].map(TextArray.decode)?.compactMap { DatabaseSetting($0) } ?? [])
        }
    }
}

extension DatabaseFacts {
    /// The comment of one database, and whether its DROP DATABASE was broken off. ``read(_:hasSizes:)`` would look at
    /// all databases.
    ///
    /// - Returns: `nil` if there is no such database.
    static func mark(of name: DatabaseName, at connection: Connection) throws(PostgresError) -> (
        comment: ByteText?, isInvalid: Bool
    )? {
        try connection.query(
            "SELECT pg_catalog.shobj_description(oid, 'pg_database'), datconnlimit = -2 FROM pg_catalog.pg_database WHERE datname = $1",
            [name.text]
        ).rows.first.map { ($0[0], $0.isTrue(1)) }
    }
}

/// The text form of a one-dimensional `text[]` (PostgreSQL manual, "Array Input and Output Syntax").
enum TextArray {
    static func decode(_ text: ByteText) -> [ByteText] {
        var items: [ByteText] = []
        var current: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        var wasQuoted = false
        for byte in text.bytes.dropFirst().dropLast() {
            if isEscaped {
                current.append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                wasQuoted = true
            } else if byte == UInt8(ascii: ",") && !isQuoted {
                items.append(ByteText(bytes: current))
                current = []
                wasQuoted = false
            } else {
                current.append(byte)
            }
        }
        if !current.isEmpty || wasQuoted { items.append(ByteText(bytes: current)) }
        return items
    }
}
