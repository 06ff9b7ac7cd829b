import JobContract
import PostgresClient

/// Functions that rely on the search path, and are called while data is loaded.
///
/// Every restore runs with an empty search path (CVE-2018-1058). So such a function does not find there what it finds
/// in daily work.
enum PathDependence {
    /// Functions whose text names a function, relation or type of the database without a schema. They have no search
    /// path of their own, and an index, a constraint, a default, a generated column or a materialized view calls them.
    ///
    /// - Returns: with their arguments, as `regprocedure` writes them.
    static func functions(at connection: Connection) throws(PostgresError) -> [ByteText] {
        let isText: SQL = connection.majorVersion >= 14 ? "p.prosqlbody IS NULL" : "true"
        return try connection.query(
            """
            WITH RECURSIVE refreshed (oid) AS (
                SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'm'
                UNION SELECT v.oid FROM refreshed JOIN pg_catalog.pg_rewrite r ON r.ev_class = refreshed.oid
                JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
                JOIN pg_catalog.pg_class v ON v.oid = d.refobjid AND v.relkind = 'v'
            ), called AS (
                SELECT DISTINCT d.refobjid AS oid FROM pg_catalog.pg_depend d
                LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
                WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass
                  AND (d.classid IN ('pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_attrdef'::regclass, 'pg_catalog.pg_class'::regclass) OR r.ev_class IN (SELECT oid FROM refreshed))
            ), names AS (
                SELECT p.proname::text AS name FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
                UNION SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
                UNION SELECT t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                WHERE t.typrelid = 0 AND t.typelem = 0 AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
            )
            SELECT p.oid::regprocedure FROM called JOIN pg_catalog.pg_proc p USING (oid)
            JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
            WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND l.lanname IN ('sql', 'plpgsql') AND \(isText)
              AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE starts_with(s, 'search_path='))
              AND EXISTS (SELECT FROM names WHERE name <> p.proname
                          AND (name ~ '^[a-z_][a-z0-9_]*$' AND p.prosrc ~* ('(^|[^.[:alnum:]_"])' || name || '($|[^[:alnum:]_])')
                               OR name !~ '^[a-z_][a-z0-9_]*$' AND strpos(p.prosrc, quote_ident(name)) > 0
                               AND strpos(p.prosrc, '.' || quote_ident(name)) = 0))
            ORDER BY 1 LIMIT 20
            """
        ).column
    }

    /// What to do when a function did not find something while data was loaded.
    static func advice(on error: PostgresError) -> String? {
        guard hasNotFound(error), let frame = error.context.first else { return nil }
        guard !hasNamedSchema(error) else {
            return
                "\(frame) uses what is not made yet: no dump knows what the text of a function uses, whoever restores it. "
                + "At the source: write the function with BEGIN ATOMIC, which tells the server, or take it out of what calls it "
                + "until the databases are moved. Then run the Job again."
        }
        return "\(frame) names something without its schema, and a restore has an empty search path, whoever does it. "
            + "At the source: ALTER FUNCTION … SET search_path = public, pg_catalog, and run the Job again."
    }

    /// What to do when a materialized view could not be refreshed. A function such as `ts_stat` runs a text within the
    /// view's query, and that text names something without its schema.
    static func advice(onRefresh error: PostgresError) -> String? {
        guard hasNotFound(error), error.context.isEmpty else { return nil }
        return
            "Its query holds a text that names something without its schema, and a restore has an empty search path, whoever "
            + "does it. At the source: make the view anew with the schema before the name there, and run the Job again."
    }

    /// Whether what was not found was named with its schema: `relation "public.v" does not exist`,
    /// `function public.f(integer) does not exist`.
    private static func hasNamedSchema(_ error: PostgresError) -> Bool {
        let parts = error.message.split(separator: "\"", omittingEmptySubsequences: false)
        let name = parts.count > 2 ? parts[1] : error.message.prefix { $0 != "(" }
        return name.contains(".")
    }

    private static func hasNotFound(_ error: PostgresError) -> Bool {
        error.state == .undefinedFunction || error.state == .undefinedTable || error.state == .undefinedObject
    }
}
