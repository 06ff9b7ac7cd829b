import JobContract
import PostgresClient

/// Who owns what in a database.
struct ObjectOwners: Sendable {
    /// The database's owner, and the owners of the objects in it.
    var roles: Set<RoleName>
    /// The role whose place the owner takes at the target: its privileges and settings become the owner's, and no other
    /// role's do. It is the database's owner, unless that role owns nothing in it and one other role owns all tables.
    var former: RoleName
    /// The members of extensions, and whose members they are. Functions of one name may belong to several extensions.
    var ofExtensions: [GrantedObject: Set<Identifier>]

    /// Catalogs of objects that have owners, and the column that names the owner.
    private static let catalogs: [(name: SQL, owner: SQL)] = [
        ("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_type", "typowner"), ("pg_namespace", "nspowner"),
        ("pg_collation", "collowner"), ("pg_conversion", "conowner"), ("pg_operator", "oprowner"),
        ("pg_opclass", "opcowner"), ("pg_opfamily", "opfowner"), ("pg_ts_config", "cfgowner"),
        ("pg_ts_dict", "dictowner"), ("pg_statistic_ext", "stxowner"), ("pg_foreign_data_wrapper", "fdwowner"),
        ("pg_foreign_server", "srvowner"), ("pg_event_trigger", "evtowner"), ("pg_publication", "pubowner"),
        ("pg_largeobject_metadata", "lomowner"),
    ]

    /// Objects that `initdb` makes have smaller object identifiers (`FirstNormalObjectId` in the server's source).
    static let firstOfUsers = 16384

    init(reading connection: Connection) throws(PostgresError) {
        let objects = Self.catalogs.map { catalog, owner in
            let condition: SQL =
                switch catalog {
                case "pg_class": "o.relpersistence <> 't' AND o.relkind NOT IN ('i', 'I', 't')"
                case "pg_namespace": "o.nspname !~ '^pg_(toast|temp)'"
                case "pg_type": "o.typrelid = 0 AND o.typelem = 0"
                default: "true"
                }
            // A large object may have a smaller identifier, since its creator may choose it.
            let isUsers: SQL = catalog == "pg_largeobject_metadata" ? "true" : "o.oid >= \(Self.firstOfUsers)"
            return """
                SELECT 'pg_catalog.\(catalog)'::regclass, o.oid, o.\(owner), \(catalog == "pg_class" ? "o.relkind IN ('r', 'p')" : "false" as SQL)
                FROM pg_catalog.\(catalog) o WHERE \(isUsers) AND \(condition)
                """ as SQL
        }
        let rows = try connection.query(
            """
            WITH objects (class, oid, owner, is_table) AS (\(objects.joined(separator: " UNION ALL "))), all_of_them AS (
                SELECT owner, is_table, true AS is_within FROM objects o
                WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e')
                UNION ALL SELECT datdba, false, false FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
            )
            SELECT r.rolname, pg_catalog.bool_or(o.is_table), pg_catalog.bool_or(o.is_within), pg_catalog.bool_or(NOT o.is_within)
            FROM all_of_them o JOIN pg_catalog.pg_roles r ON r.oid = o.owner WHERE r.rolname <> 'pg_database_owner' GROUP BY 1
            """
        ).rows
        roles = Set(rows.map { $0.name(0) })
        let ofDatabase = rows.first { $0.isTrue(3) }
        let ofTables = rows.filter { $0.isTrue(1) }
        let hasOnlyMadeIt = ofDatabase?.isTrue(2) == false && ofTables.count == 1
        former = (hasOnlyMadeIt ? ofTables.first : ofDatabase)?.name(0) ?? ""
        let members = try connection.query(
            """
            SELECT n.nspname, o.name, o.kind, x.extname FROM pg_catalog.pg_extension x
            JOIN pg_catalog.pg_depend e ON e.refclassid = 'pg_catalog.pg_extension'::regclass AND e.refobjid = x.oid AND e.deptype = 'e'
            -- Members are few, and all functions are not, so each member is looked up.
            CROSS JOIN LATERAL (
                SELECT c.relname, c.relnamespace, 'r' FROM pg_catalog.pg_class c WHERE e.classid = 'pg_catalog.pg_class'::regclass AND c.oid = e.objid
                UNION ALL SELECT p.proname, p.pronamespace, 'f' FROM pg_catalog.pg_proc p WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = e.objid
                UNION ALL SELECT t.typname, t.typnamespace, 't' FROM pg_catalog.pg_type t WHERE e.classid = 'pg_catalog.pg_type'::regclass AND t.oid = e.objid
                UNION ALL SELECT s.nspname, s.oid, 'n' FROM pg_catalog.pg_namespace s WHERE e.classid = 'pg_catalog.pg_namespace'::regclass AND s.oid = e.objid
                UNION ALL SELECT l.lanname, 0, 'l' FROM pg_catalog.pg_language l WHERE e.classid = 'pg_catalog.pg_language'::regclass AND l.oid = e.objid
                UNION ALL SELECT w.fdwname, 0, 'w' FROM pg_catalog.pg_foreign_data_wrapper w
                    WHERE e.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND w.oid = e.objid
                UNION ALL SELECT s.srvname, 0, 's' FROM pg_catalog.pg_foreign_server s
                    WHERE e.classid = 'pg_catalog.pg_foreign_server'::regclass AND s.oid = e.objid
            ) o (name, schema, kind)
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.schema
            """)
        ofExtensions = Dictionary(
            members.rows.map { row in
                let object: GrantedObject =
                    switch row.text(2) {
                    case "r": .relation(row.relation(0))
                    case "f": .routine(row.relation(0))
                    case "n": .schema(row.name(1))
                    case "l": .language(row.name(1))
                    case "w": .foreignDataWrapper(row.name(1))
                    case "s": .foreignServer(row.name(1))
                    default: .type(row.relation(0))
                    }
                return (object, [row.name(3)])
            }, uniquingKeysWith: { $0.union($1) })
    }

    /// The owners in a copy of the database, where one role owns everything.
    func ownedBy(_ role: RoleName) -> ObjectOwners {
        var owners = self
        (owners.roles, owners.former) = ([role], role)
        return owners
    }
}
