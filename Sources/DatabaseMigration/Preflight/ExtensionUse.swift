import PostgresClient

/// What is built on extensions.
enum ExtensionUse {
    /// `users`: for each object that is built on a member of an extension, that extension (`used`), and the extension
    /// that has brought the object itself, if one has (`extension`).
    ///
    /// A rule, constraint, default, trigger, policy, index, or an operator or function of an operator class counts as
    /// the object that it belongs to. It is no member of an extension itself, even if that object is one.
    static let users: SQL = """
        WITH dependents AS (
            SELECT m.refobjid AS used, d.classid, d.objid FROM pg_catalog.pg_depend m
            JOIN pg_catalog.pg_depend d ON d.refclassid = m.classid AND d.refobjid = m.objid
            -- A member's own parts, such as the array type of a type.
            WHERE m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.deptype = 'e' AND d.deptype NOT IN ('i', 'e')
        ), owning AS (
            SELECT used, coalesce(p.classid, d.classid) AS classid, coalesce(p.objid, d.objid) AS objid FROM dependents d
            LEFT JOIN LATERAL (
                SELECT 'pg_catalog.pg_class'::regclass::oid, ev_class FROM pg_catalog.pg_rewrite WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND oid = d.objid
                UNION ALL SELECT CASE WHEN conrelid <> 0 THEN 'pg_catalog.pg_class'::regclass ELSE 'pg_catalog.pg_type'::regclass END, CASE WHEN conrelid <> 0 THEN conrelid ELSE contypid END
                    FROM pg_catalog.pg_constraint WHERE d.classid = 'pg_catalog.pg_constraint'::regclass AND oid = d.objid
                UNION ALL SELECT 'pg_catalog.pg_class'::regclass, adrelid FROM pg_catalog.pg_attrdef WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND oid = d.objid
                UNION ALL SELECT 'pg_catalog.pg_class'::regclass, tgrelid FROM pg_catalog.pg_trigger WHERE d.classid = 'pg_catalog.pg_trigger'::regclass AND oid = d.objid
                UNION ALL SELECT 'pg_catalog.pg_class'::regclass, polrelid FROM pg_catalog.pg_policy WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND oid = d.objid
                UNION ALL SELECT 'pg_catalog.pg_class'::regclass, indrelid FROM pg_catalog.pg_index WHERE d.classid = 'pg_catalog.pg_class'::regclass AND indexrelid = d.objid
                UNION ALL SELECT 'pg_catalog.pg_opfamily'::regclass, amopfamily FROM pg_catalog.pg_amop WHERE d.classid = 'pg_catalog.pg_amop'::regclass AND oid = d.objid
                UNION ALL SELECT 'pg_catalog.pg_opfamily'::regclass, amprocfamily FROM pg_catalog.pg_amproc WHERE d.classid = 'pg_catalog.pg_amproc'::regclass AND oid = d.objid
            ) p (classid, objid) ON true
        ), users AS (
            SELECT o.used, e.refobjid AS extension FROM owning o
            LEFT JOIN pg_catalog.pg_depend e ON e.classid = o.classid AND e.objid = o.objid AND e.deptype = 'e'
            -- An extension that requires another one.
            WHERE o.classid <> 'pg_catalog.pg_extension'::regclass
            UNION SELECT refobjid, objid FROM pg_catalog.pg_depend
            WHERE refclassid = 'pg_catalog.pg_extension'::regclass AND classid = refclassid AND deptype = 'n'
        )
        """

    /// Reads the database's extensions, `plpgsql` left out, which every database has from the beginning.
    ///
    /// - Returns: those that have settings of their own besides (`pg_extension_config_dump`).
    static func read(
        at connection: Connection
    ) throws(PostgresError) -> (all: [DatabaseContents.Extension], configured: [Identifier]) {
        let extensions = try connection.query(
            "SELECT extname, extconfig IS NOT NULL FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"
        ).rows
        // Most databases have none, and what is built on them takes the server longest to find.
        guard !extensions.isEmpty else { return ([], []) }
        let used: Set<Identifier> = Set(
            try connection.query(
                """
                \(users) SELECT DISTINCT e.extname FROM users u JOIN pg_catalog.pg_extension e ON e.oid = u.used
                WHERE u.extension IS NULL
                """
            ).names())
        let requirements = try requirements(at: connection)
        let all = extensions.map { row in
            let name: Identifier = row.name(0)
            return DatabaseContents.Extension(
                name: name, isUsed: used.contains(name), requiredBy: requirements[name] ?? [])
        }
        return (all, extensions.filter { $0.isTrue(1) }.map { $0.name(0) })
    }

    /// For each extension, the extensions that are built on it.
    private static func requirements(at connection: Connection) throws(PostgresError) -> [Identifier: [Identifier]] {
        let rows = try connection.query(
            """
            \(users) SELECT DISTINCT e.extname, o.extname FROM users u JOIN pg_catalog.pg_extension e ON e.oid = u.used
            JOIN pg_catalog.pg_extension o ON o.oid = u.extension WHERE o.oid <> e.oid ORDER BY 1, 2
            """
        ).rows
        return Dictionary(grouping: rows, by: { $0.name(0) }).mapValues { $0.map { $0.name(1) } }
    }
}
