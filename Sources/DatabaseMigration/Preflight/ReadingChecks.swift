import JobContract
import PostgresClient

/// Functions that a check of a table or a domain calls, and that read tables.
///
/// A check is to be about its own row alone (PostgreSQL manual, "Check Constraints"). One that looks into another table
/// holds during a load only if that table's rows are there already, and no restore knows such an order.
enum ReadingChecks {
    /// - Returns: with their arguments, as `regprocedure` writes them.
    static func functions(at connection: Connection) throws(PostgresError) -> [ByteText] {
        // A body that was parsed is not text; what it reads is known to the server.
        let body: SQL = connection.majorVersion >= 14 ? "p.prosqlbody IS NOT NULL" : "false"
        return try connection.query(
            """
            WITH tables AS (
                SELECT c.oid, c.relname::text AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
            )
            SELECT DISTINCT p.oid::regprocedure FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_catalog.pg_proc'::regclass
            JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid JOIN pg_catalog.pg_language l ON l.oid = p.prolang
            WHERE k.contype = 'c' AND k.convalidated AND p.oid >= \(ObjectOwners.firstOfUsers) AND \(DatabaseContents.isNoMember("pg_proc", "p.oid"))
              AND (\(body) AND EXISTS (SELECT FROM pg_catalog.pg_depend r JOIN tables t ON t.oid = r.refobjid
                        WHERE r.classid = 'pg_catalog.pg_proc'::regclass AND r.objid = p.oid AND r.refclassid = 'pg_catalog.pg_class'::regclass)
                   OR l.lanname IN ('sql', 'plpgsql') AND EXISTS (SELECT FROM tables t WHERE
                        p.prosrc ~* ('\\m(from|join)\\s+(only\\s+)?([[:alnum:]_"]+\\s*[.]\\s*)?"?' || pg_catalog.regexp_replace(t.name, '([^[:alnum:]_])', '\\\\\\1', 'g') || '"?($|[^[:alnum:]_])')))
            ORDER BY 1 LIMIT 20
            """
        ).column
    }
}
