import JobContract
import PostgresClient

/// What the schema of a database asks of the target's programs, and of the role that is to own it.
struct TargetDemands: Sendable {
    struct Collation: Sendable {
        var name: RelationName
        /// Whether its provider is ICU.
        var isICU: Bool
        /// Whether somebody made it, so that it did not come with the cluster.
        var isOwn: Bool
    }

    var lz4Columns: [RelationName]
    var xmlColumns: [RelationName]
    /// The collations that something uses, and those that somebody made.
    var collations: [Collation]
    /// Operator classes, operator families and base types, which only a superuser can make.
    var superuserObjects: [RelationName]
    /// What else only a superuser can make, in words: such as access methods, and casts between types that come with
    /// the server.
    var otherSuperuserObjects: [ByteText]
    /// Settings that functions have of their own.
    var routineSettings: [(routine: RelationName, setting: Identifier)]

    /// - Parameter tables: a query for relations, `SELECT n.nspname, c.relname …`, to which `AND` and a condition on
    ///   `pg_class c` can be appended.
    init(reading connection: Connection, tables: SQL) throws(PostgresError) {
        func columns(_ condition: SQL) -> SQL {
            "EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND \(condition)) ORDER BY 1, 2"
        }
        let isLZ4: SQL = connection.majorVersion >= 14 ? "a.attcompression = 'l'" : "false"
        lz4Columns = try connection.query("\(tables) AND \(columns(isLZ4))").rows.map { $0.relation(0) }
        xmlColumns = try connection.query(
            """
            WITH RECURSIVE made (part, whole) AS (
                SELECT typelem, oid FROM pg_catalog.pg_type WHERE typelem <> 0
                UNION ALL SELECT typbasetype, oid FROM pg_catalog.pg_type WHERE typbasetype <> 0
                UNION ALL SELECT a.atttypid, t.oid FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.typrelid = a.attrelid
                    WHERE a.attnum > 0 AND NOT a.attisdropped
            ), xml (oid) AS (
                SELECT 'pg_catalog.xml'::pg_catalog.regtype::pg_catalog.oid
                UNION SELECT m.whole FROM xml JOIN made m ON m.part = xml.oid
            ) \(tables) AND \(columns("a.atttypid IN (SELECT oid FROM xml)"))
            """
        ).rows.map { $0.relation(0) }
        collations = try connection.query(
            """
            SELECT n.nspname, c.collname, c.collprovider = 'i', c.oid >= \(ObjectOwners.firstOfUsers) FROM pg_catalog.pg_collation c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
            WHERE \(DatabaseContents.isNoMember("pg_collation", "c.oid")) AND (c.oid >= \(ObjectOwners.firstOfUsers) OR EXISTS (
                SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_collation'::regclass AND d.refobjid = c.oid AND d.objid >= \(ObjectOwners.firstOfUsers)))
            ORDER BY 1, 2
            """
        ).rows.map { Collation(name: $0.relation(0), isICU: $0.isTrue(2), isOwn: $0.isTrue(3)) }
        superuserObjects = try connection.query(
            """
            SELECT n.nspname, o.name FROM (
                SELECT opcname, opcnamespace FROM pg_catalog.pg_opclass WHERE oid >= \(ObjectOwners.firstOfUsers) AND \(DatabaseContents.isNoMember("pg_opclass", "oid"))
                UNION SELECT opfname, opfnamespace FROM pg_catalog.pg_opfamily WHERE oid >= \(ObjectOwners.firstOfUsers) AND \(DatabaseContents.isNoMember("pg_opfamily", "oid"))
                UNION SELECT typname, typnamespace FROM pg_catalog.pg_type WHERE oid >= \(ObjectOwners.firstOfUsers) AND \(DatabaseContents.isNoMember("pg_type", "oid"))
                    AND (typtype = 'b' AND typcategory <> 'A' OR typtype = 'p')
            ) o (name, schema) JOIN pg_catalog.pg_namespace n ON n.oid = o.schema ORDER BY 1, 2
            """
        ).rows.map { $0.relation(0) }
        otherSuperuserObjects = try Self.otherSuperuserObjects(at: connection)
        routineSettings = try connection.query(
            """
            SELECT n.nspname, p.proname, split_part(s, '=', 1) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            CROSS JOIN LATERAL unnest(p.proconfig) s WHERE p.oid >= \(ObjectOwners.firstOfUsers) AND \(DatabaseContents.isNoMember("pg_proc", "p.oid")) ORDER BY 1, 2, 3
            """
        ).rows.map { ($0.relation(0), $0.name(2)) }
    }

    private static func otherSuperuserObjects(at connection: Connection) throws(PostgresError) -> [ByteText] {
        func isUsers(_ catalog: SQL, _ oid: SQL) -> SQL {
            "\(oid) >= \(ObjectOwners.firstOfUsers) AND \(DatabaseContents.isNoMember(catalog, oid))"
        }
        /// Whether all of these types come with the server or an extension.
        func areOthers(_ types: SQL) -> SQL {
            "NOT EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid IN (\(types)) AND \(isUsers("pg_type", "t.oid")))"
        }
        return try connection.query(
            """
            SELECT pg_catalog.format('text search parser %I.%I', n.nspname, p.prsname) FROM pg_catalog.pg_ts_parser p
                JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace WHERE \(isUsers("pg_ts_parser", "p.oid"))
            UNION SELECT pg_catalog.format('text search template %I.%I', n.nspname, p.tmplname) FROM pg_catalog.pg_ts_template p
                JOIN pg_catalog.pg_namespace n ON n.oid = p.tmplnamespace WHERE \(isUsers("pg_ts_template", "p.oid"))
            UNION SELECT pg_catalog.format('access method %I', a.amname) FROM pg_catalog.pg_am a WHERE \(isUsers("pg_am", "a.oid"))
            UNION SELECT pg_catalog.format('CAST (%s AS %s)', c.castsource::regtype, c.casttarget::regtype) FROM pg_catalog.pg_cast c
                WHERE \(isUsers("pg_cast", "c.oid")) AND (c.castmethod = 'b' OR \(areOthers("c.castsource, c.casttarget")))
            UNION SELECT pg_catalog.format('transform for %s', f.trftype::regtype) FROM pg_catalog.pg_transform f
                WHERE \(isUsers("pg_transform", "f.oid")) AND \(areOthers("f.trftype"))
            UNION SELECT pg_catalog.format('function %s, which has a SUPPORT function', p.oid::regprocedure) FROM pg_catalog.pg_proc p
                WHERE p.prosupport <> 0 AND \(isUsers("pg_proc", "p.oid"))
            ORDER BY 1
            """
        ).column
    }
}

/// What a server was built with, and what its roles may set.
struct TargetFeatures: Sendable {
    var hasLZ4: Bool
    var hasXML: Bool
    var hasICU: Bool
    /// The collations that come with a cluster.
    var collations: Set<Identifier>
    /// Whether a role may set each setting.
    var maySet: [Identifier: Bool]

    /// - Parameter owner: the role that is to own the databases.
    init(reading connection: Connection, owner: RoleName) throws(PostgresError) {
        hasLZ4 = try connection.query(
            "SELECT 'lz4' = ANY (enumvals) FROM pg_catalog.pg_settings WHERE name = 'default_toast_compression'"
        ).isTrue
        hasXML = try Self.runs("SELECT '<a/>'::xml", at: connection)
        hasICU = try Self.hasICU(connection)
        collations = Set(
            try connection.query(
                "SELECT collname FROM pg_catalog.pg_collation WHERE collnamespace = 'pg_catalog'::pg_catalog.regnamespace"
            ).names())
        // Before version 15 a provider may let a role set more in ways of its own, so nothing is looked up.
        let isGranted: SQL =
            connection.majorVersion >= 15
            ? "EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $1 AND pg_catalog.has_parameter_privilege(r.oid, s.name, 'SET'))"
            : "$1 = $1"
        maySet = Dictionary(
            try connection.query(
                "SELECT s.name, s.context IN ('user', 'backend') OR \(isGranted) FROM pg_catalog.pg_settings s",
                [owner.text]
            ).rows.map { ($0.name(0), $0.isTrue(1)) }, uniquingKeysWith: { first, _ in first })
    }

    /// From version 16 on, every server lists an ICU collation, so only trying tells whether the server has ICU.
    static func hasICU(_ connection: Connection) throws(PostgresError) -> Bool {
        guard connection.majorVersion < 16 else {
            return try runs("SELECT 'a' COLLATE pg_catalog.unicode < 'b'", at: connection)
        }
        return try connection.query("SELECT EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i')")
            .isTrue
    }

    /// Whether the server was built with what a statement needs.
    private static func runs(_ statement: SQL, at connection: Connection) throws(PostgresError) -> Bool {
        do {
            try connection.execute(statement)
            return true
        } catch {
            // The database's encoding has no such collation. So the question stays open, and the server is taken to
            // have ICU.
            if error.state == .undefinedObject { return true }
            guard error.state?.errorClass == "0A" else { throw error }
            return false
        }
    }
}
