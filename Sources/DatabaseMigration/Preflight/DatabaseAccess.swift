import JobContract
import PostgresClient

/// Who may do what with a database as a whole, and the settings that roles have in it (`ALTER ROLE … IN DATABASE …
/// SET`).
struct DatabaseAccess: Sendable, Equatable {
    struct Grant: Sendable, Hashable {
        /// `nil` for everybody (`PUBLIC`).
        var role: RoleName?
        /// `CONNECT`, `CREATE` or `TEMPORARY`.
        var privilege: Privilege
        var isGrantable: Bool

        enum Privilege: String, Sendable, CaseIterable {
            case connect = "CONNECT"
            case create = "CREATE"
            case temporary = "TEMPORARY"

            var sql: SQL {
                switch self {
                case .connect: "CONNECT"
                case .create: "CREATE"
                case .temporary: "TEMPORARY"
                }
            }
        }
    }

    /// `nil` for the privileges of a new database, which were never changed: everybody may connect and make temporary
    /// tables.
    var grants: Set<Grant>?
    var settings: [RoleSetting] = []
    /// Privileges that its owner has taken from itself.
    var takenFromOwner: Set<Grant.Privilege> = []
    var owner: RoleName?

    struct RoleSetting: Sendable, Hashable {
        var role: RoleName
        var setting: DatabaseSetting
    }

    /// What a new database grants to everybody (PostgreSQL manual, "Privileges").
    static let everybody: Set<Grant> = [
        Grant(role: nil, privilege: .connect, isGrantable: false),
        Grant(role: nil, privilege: .temporary, isGrantable: false),
    ]

    /// Reads the privileges and settings of all databases of a server.
    static func read(at connection: Connection) throws -> [DatabaseName: DatabaseAccess] {
        // In one round trip: a busy server may let each wait.
        let results = try connection.execute(
            """
            SELECT d.datname, r.rolname, a.privilege_type, a.is_grantable FROM pg_catalog.pg_database d
            CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
            WHERE a.grantee <> d.datdba AND (a.grantee = 0 OR r.rolname IS NOT NULL)
            UNION ALL SELECT datname, NULL, '', false FROM pg_catalog.pg_database WHERE datacl IS NOT NULL;

            SELECT d.datname, o.rolname, pg_catalog.string_agg(a.privilege_type, ',') FROM pg_catalog.pg_database d
            JOIN pg_catalog.pg_roles o ON o.oid = d.datdba
            LEFT JOIN LATERAL pg_catalog.aclexplode(d.datacl) a ON a.grantee = d.datdba WHERE d.datacl IS NOT NULL GROUP BY 1, 2;

            SELECT d.datname, r.rolname, unnest(s.setconfig) FROM pg_catalog.pg_db_role_setting s
            JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase JOIN pg_catalog.pg_roles r ON r.oid = s.setrole ORDER BY 1, 2, 3
            """
        ).map(\.rows)
        guard results.count == 3 else {
            throw MigrationFailure(
                .internalError, "\(connection.place): three results were asked for, and \(results.count) came")
        }
        let (grants, owners, settings) = (results[0], results[1], results[2])
        var access: [DatabaseName: DatabaseAccess] = [:]
        for row in grants {
            var grants = access[row.name(0), default: DatabaseAccess()].grants ?? []
            if let privilege = Grant.Privilege(rawValue: row.text(2)) {
                grants.insert(
                    Grant(role: row[1].map { RoleName($0) }, privilege: privilege, isGrantable: row.isTrue(3)))
            }
            access[row.name(0), default: DatabaseAccess()].grants = grants
        }
        for row in owners {
            let kept = row.text(2).split(separator: ",").compactMap { Grant.Privilege(rawValue: String($0)) }
            access[row.name(0), default: DatabaseAccess()].takenFromOwner = Set(Grant.Privilege.allCases)
                .subtracting(kept)
            access[row.name(0), default: DatabaseAccess()].owner = row.name(1)
        }
        for row in settings {
            guard let setting = row[2].flatMap({ DatabaseSetting($0) }) else { continue }
            access[row.name(0), default: DatabaseAccess()].settings.append(
                RoleSetting(role: row.name(1), setting: setting))
        }
        return access
    }
}

extension DatabaseAccess.Grant: CustomStringConvertible {
    var description: String {
        "\(privilege.rawValue) on the database to \(role.map(\.description) ?? "everybody")\(isGrantable ? ", with grant option" : "")"
    }
}
