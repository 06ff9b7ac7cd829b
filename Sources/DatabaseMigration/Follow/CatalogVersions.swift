import PostgresClient

/// Tells whether a database's schema may have changed between two snapshots.
///
/// The catalogs are tables, so what ``Snapshot/madeSince`` says of rows holds for the schema. A catalog is unchanged if
/// no row in it is younger than the older snapshot, and if it has as many rows as then.
///
/// Temporary objects come and go with sessions and are no part of the schema. Leaving them out doubles the work, so
/// that is done only where something has changed. Statistics are not counted, since every ANALYZE changes them. Large
/// objects are looked at on their own.
struct CatalogVersions: Sendable {
    /// Visible rows of each catalog, by name; `nil` if this role may not see enough to tell.
    private let counts: [Identifier: Int]?

    var canTell: Bool { counts != nil }

    /// Prepares the query in a session; it is run once for every snapshot that the session takes.
    ///
    /// - Returns: the catalogs that the query counts; `nil` if the counts would not show every change, as when this
    ///   role may not read a catalog that matters.
    static func prepare(at connection: Connection) throws(PostgresError) -> [Identifier]? {
        // Before version 14 CREATE INDEX CONCURRENTLY marks an index as valid in place, which no row's version shows.
        guard connection.majorVersion >= 14 else { return nil }
        let catalogs = try connection.query(
            """
            SELECT relname, pg_catalog.has_table_privilege(oid, 'SELECT') FROM pg_catalog.pg_class
            WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared
              AND relname NOT IN ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject', 'pg_largeobject_metadata') ORDER BY relname
            """
        ).rows.map { (name: $0.name(0) as Identifier, isReadable: $0.isTrue(1)) }
        // User mappings hold passwords, so an ordinary role may not read them; without servers there are none.
        let unreadable = catalogs.filter { !$0.isReadable }.map(\.name)
        guard unreadable.allSatisfy({ $0 == "pg_user_mapping" }) else { return nil }
        let readable = catalogs.filter(\.isReadable).map(\.name)
        try connection.execute(
            "PREPARE rehome_catalogs (int) AS \(counts(of: readable, since: "$1")) ORDER BY place")
        return readable
    }

    private static func counts(of catalogs: [Identifier], since age: SQL, where conditions: [Identifier: SQL] = [:])
        -> SQL
    {
        catalogs.enumerated().map { place, name in
            "SELECT \(place) AS place, count(*), count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= \(age)) FROM ONLY pg_catalog.\(name) t WHERE \(conditions[name] ?? "true")"
                as SQL
        }.joined(separator: " UNION ALL ")
    }

    /// The statement that counts, temporary objects included.
    static func execute(since snapshot: Snapshot) -> SQL { "EXECUTE rehome_catalogs (\(age(of: snapshot)))" }

    private static func age(of snapshot: Snapshot) -> SQL { "pg_catalog.age('\(snapshot.horizon)'::xid)" }

    /// Whether the schema is certainly the same in two snapshots, temporary objects left out.
    ///
    /// - Parameters:
    ///   - older: in a transaction of the snapshot.
    ///   - newer: in a transaction of a later one.
    static func arePermanentUnchanged(
        of catalogs: [Identifier]?, since snapshot: Snapshot, older: Connection, newer: Connection
    ) throws(PostgresError) -> Bool {
        guard let catalogs else { return false }
        let query: SQL = """
            WITH relations (oids) AS MATERIALIZED (SELECT coalesce(array_agg(oid), '{}') FROM pg_catalog.pg_class WHERE relpersistence = 't'),
                 types (oids) AS MATERIALIZED (SELECT coalesce(array_agg(y.oid), '{}') FROM pg_catalog.pg_type y, relations r WHERE y.typrelid = ANY (r.oids))
            \(counts(of: catalogs, since: "(SELECT \(age(of: snapshot)))", where: permanent)) ORDER BY place
            """
        let before = CatalogVersions(try older.query(query), of: catalogs)
        return before.areUnchanged(try newer.query(query), of: catalogs)
    }

    private static let relations: SQL = "ALL ((SELECT oids FROM relations)::oid[])"
    private static let types: SQL = "ALL ((SELECT oids FROM types)::oid[])"

    /// What keeps temporary objects out, of the catalogs in which they show.
    private static let permanent: [Identifier: SQL] = [
        "pg_class": "t.relpersistence <> 't'", "pg_namespace": "t.nspname !~ '^pg_(toast_)?temp_'",
        "pg_attribute": "t.attrelid <> \(relations)",
        "pg_index": "t.indrelid <> \(relations)", "pg_constraint": "t.conrelid <> \(relations)",
        "pg_attrdef": "t.adrelid <> \(relations)",
        "pg_trigger": "t.tgrelid <> \(relations)", "pg_rewrite": "t.ev_class <> \(relations)",
        "pg_sequence": "t.seqrelid <> \(relations)",
        "pg_inherits": "t.inhrelid <> \(relations)", "pg_statistic_ext": "t.stxrelid <> \(relations)",
        "pg_policy": "t.polrelid <> \(relations)",
        "pg_description": "t.objoid <> \(relations)", "pg_type": "t.typrelid <> \(relations) AND t.typelem <> \(types)",
        "pg_depend":
            "t.objid <> \(relations) AND t.refobjid <> \(relations) AND t.objid <> \(types) AND t.refobjid <> \(types)",
    ]

    /// - Parameters:
    ///   - result: of ``execute(since:)``.
    ///   - catalogs: as ``prepare(at:)`` has returned them.
    init(_ result: QueryResult?, of catalogs: [Identifier]?) {
        guard let catalogs, let result, result.rows.count == catalogs.count else {
            counts = nil
            return
        }
        let all = Dictionary(
            zip(catalogs, result.rows.map { $0.integer(1) ?? 0 }), uniquingKeysWith: { first, _ in first })
        let hidesMappings = !catalogs.contains("pg_user_mapping") && all["pg_foreign_server"] != 0
        counts = hidesMappings ? nil : all
    }

    /// Whether the schema is certainly the one that these counts were read of.
    ///
    /// - Parameter result: of ``execute(since:)`` for the older snapshot, run in the newer one.
    func areUnchanged(_ result: QueryResult?, of catalogs: [Identifier]?) -> Bool {
        guard let counts, let result, let now = CatalogVersions(result, of: catalogs).counts else { return false }
        return now == counts && result.rows.allSatisfy { $0.integer(2) == 0 }
    }
}
