import JobContract
import PostgresClient

/// What one database of the source holds, as far as it could stand in the way.
struct DatabaseContents: Sendable {
    struct Extension: Sendable {
        var name: Identifier
        /// Whether something that is no member of an extension is built on it.
        var isUsed: Bool
        /// Other extensions that are built on it.
        var requiredBy: [Identifier]
    }

    var tables: Int
    /// Whether a schema bears the name of the one that a staging database keeps its state in.
    var hasStateSchema: Bool
    /// The number of rows by the statistics.
    var rows: Int
    /// Without `plpgsql`, which every database has.
    var extensions: [Extension]
    /// Extensions that keep settings in tables of their own.
    var configuredExtensions: [Identifier]
    /// Subscriptions, security labels and tablespaces.
    var serverBound: [LeftOut]
    /// Subscriptions that are enabled: their workers write in spite of a fence.
    var subscriptions: [Identifier]
    var eventTriggers: [Identifier]
    /// Publications of all tables, or of all tables in a schema.
    var wholePublications: [Identifier]
    /// Wrappers and servers that no extension brings.
    var foreignData: [Identifier]
    var foreignTables: [RelationName]
    /// Functions in languages that are not trusted.
    var untrustedRoutines: [RelationName]
    var leakproofFunctions: [RelationName]
    /// Roles that have user mappings.
    var mappedRoles: [RoleName]
    /// Roles that policies name.
    var policyRoles: [RoleName]
    /// Tables, sequences and views of rows that this role may not read, or not all of.
    var unreadable: [RelationName]
    /// How many large objects this role may not read.
    var unreadableObjects: Int
    /// Tables whose row security holds for their owner too.
    var forcedSecurity: [RelationName]
    var demands: TargetDemands
    /// Functions, with their arguments, that are called while data is loaded and name something without its schema.
    var pathDependent: [ByteText]
    /// Functions, with their arguments, that checks call and that read tables.
    var readingChecks: [ByteText]
    var rowWidths: RowWidths
    /// The role whose place the owner takes at the target.
    var formerOwner: RoleName

    init(reading connection: Connection) throws(PostgresError) {
        let counts = try connection.query(
            """
            SELECT count(*), coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            """
        ).rows.first
        tables = counts?.integer(0) ?? 0
        hasStateSchema =
            try connection.query(
                "SELECT FROM pg_catalog.pg_namespace WHERE nspname = \(literal: StagingDatabase.stateSchema.text)"
            ).rows.isEmpty == false
        rows = counts?.integer(1) ?? 0
        (extensions, configuredExtensions) = try ExtensionUse.read(at: connection)
        serverBound = try ServerBound.read(at: connection)
        subscriptions = try ServerBound.subscriptions(at: connection, enabled: true)
        eventTriggers = try connection.query(
            "SELECT evtname FROM pg_catalog.pg_event_trigger WHERE \(Self.isNoMember("pg_event_trigger", "oid")) ORDER BY 1"
        ).names()
        let ofSchemas: SQL =
            connection.majorVersion >= 15
            ? "OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace n WHERE n.pnpubid = p.oid)" : ""
        wholePublications = try connection.query(
            "SELECT pubname FROM pg_catalog.pg_publication p WHERE puballtables \(ofSchemas) ORDER BY 1"
        ).names()
        foreignData = try connection.query(
            """
            SELECT fdwname FROM pg_catalog.pg_foreign_data_wrapper WHERE \(Self.isNoMember("pg_foreign_data_wrapper", "oid"))
            UNION SELECT srvname FROM pg_catalog.pg_foreign_server WHERE \(Self.isNoMember("pg_foreign_server", "oid")) ORDER BY 1
            """
        ).names()
        foreignTables = try connection.query(
            """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'f' AND \(Self.isNoMember("pg_class", "c.oid")) ORDER BY 1, 2
            """
        ).rows.map { $0.relation(0) }
        let routines: SQL = """
            SELECT n.nspname, p.proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            JOIN pg_catalog.pg_language l ON l.oid = p.prolang
            WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND \(Self.isNoMember("pg_proc", "p.oid"))
            """
        // Left out are the handlers of languages, which are made with their languages, and the constructors of ranges,
        // which are made with their types. An aggregate's language is always `internal`: its functions count instead.
        untrustedRoutines = try connection.query(
            """
            \(routines) AND NOT l.lanpltrusted AND p.prorettype <> 'language_handler'::regtype AND p.prokind <> 'a'
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
                            AND d.refclassid = 'pg_catalog.pg_type'::regclass AND d.deptype = 'i')
            ORDER BY 1, 2
            """
        ).rows.map { $0.relation(0) }
        mappedRoles = try connection.query(
            "SELECT DISTINCT usename FROM pg_catalog.pg_user_mappings WHERE umuser <> 0 AND usename IS NOT NULL ORDER BY 1"
        ).names()
        policyRoles = try connection.query(
            "SELECT DISTINCT r.rolname FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_roles r ON r.oid = ANY (p.polroles) ORDER BY 1"
        ).names()
        let tables: SQL = """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'm', 'S') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
              AND n.nspname !~ '^pg_(toast|temp)' AND \(Self.isNoMember("pg_class", "c.oid"))
            """
        unreadable = try connection.query(
            """
            \(tables) AND (NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') OR NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
                 OR pg_catalog.row_security_active(c.oid)) ORDER BY 1, 2
            """
        ).rows.map { $0.relation(0) }
        forcedSecurity = try connection.query("\(tables) AND c.relrowsecurity AND c.relforcerowsecurity ORDER BY 1, 2")
            .rows.map { $0.relation(0) }
        unreadableObjects =
            try connection.query(
                """
                SELECT count(*) FROM pg_catalog.pg_largeobject_metadata o WHERE NOT pg_catalog.pg_has_role(o.lomowner, 'USAGE')
                AND NOT current_setting('lo_compat_privileges')::pg_catalog.bool AND NOT EXISTS (
                    SELECT FROM pg_catalog.aclexplode(o.lomacl) a WHERE a.privilege_type = 'SELECT'
                    AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
                """
            ).integer ?? 0
        demands = try TargetDemands(reading: connection, tables: tables)
        pathDependent = try PathDependence.functions(at: connection)
        readingChecks = try ReadingChecks.functions(at: connection)
        rowWidths = try RowWidths(reading: connection)
        formerOwner = try ObjectOwners(reading: connection).former
        leakproofFunctions = try connection.query("\(routines) AND p.proleakproof ORDER BY 1, 2").rows.map {
            $0.relation(0)
        }
    }

    /// Whether an object is no member of an extension.
    static func isNoMember(_ catalog: SQL, _ oid: SQL) -> SQL {
        """
        NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.\(catalog)'::regclass AND e.objid = \(oid) AND e.deptype = 'e')
        """
    }
}
