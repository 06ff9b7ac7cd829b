import PostgresClient

/// Whether anybody has made anything in a database.
enum UserObjects {
    /// Relations, functions, types, schemas and large objects that neither the system nor an extension made.
    static func count(at connection: Connection) throws(PostgresError) -> Int {
        let user: SQL = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"
        func foreign(_ catalog: SQL, _ alias: SQL) -> SQL {
            "NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = '\(catalog)'::regclass AND e.objid = \(alias).oid AND e.deptype IN ('e', 'i'))"
        }
        return try connection.query(
            """
            SELECT (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                    WHERE \(user) AND \(foreign("pg_class", "c")))
                 + (SELECT count(*) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                    WHERE \(user) AND \(foreign("pg_proc", "p")))
                 + (SELECT count(*) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                    WHERE \(user) AND t.typrelid = 0 AND t.typelem = 0 AND \(foreign("pg_type", "t")))
                 + (SELECT count(*) FROM pg_catalog.pg_namespace n WHERE \(user) AND n.nspname <> 'public')
                 + (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata)
            """
        ).integer ?? 0
    }
}
