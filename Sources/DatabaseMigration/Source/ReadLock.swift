import JobContract
import PostgresClient
import Synchronization

/// Statements that come before a query over relations of the source, in the same message.
///
/// After the catalog was read, the owner of a relation may put a view of the same name in its place, and the view's
/// functions would run as the role that queries it. So the relations are locked first (`ACCESS SHARE`), and under the
/// lock it is checked what the names stand for. `COPY table TO` does the same by itself. Servers since August 2024 also
/// refuse views to our sessions (`restrict_nonsystem_relation_kind`).
enum ReadLock {
    /// If a message is cancelled between PREPARE and DEALLOCATE, the statement stays, so each gets a name of its own.
    private static let number = Atomic(0)

    /// Locks relations, and fails if one of them, such as a view, has no rows of its own and is not partitioned either.
    ///
    /// PREPARE locks the relations that the statement names, and plans and runs nothing. LOCK would not do: it takes
    /// neither sequences nor materialized views. The functions of the check see the catalogs as they are now, not as in
    /// the snapshot. If the check fails, the server's error is of the class 42, as for a relation that is gone
    /// (PostgreSQL manual, appendix A).
    ///
    /// - Parameter withPartitions: whether the relations are read with their partitions and children, not alone.
    static func statements(for names: [RelationName], withPartitions: Bool = false) -> SQL {
        guard !names.isEmpty else { return "" }
        let relations = names.enumerated().map { number, name in
            (withPartitions ? "\(name) AS r\(number)" : "ONLY \(name) AS r\(number)") as SQL
        }
        // Names are resolved to object identifiers when this statement runs, and so under the lock.
        let classes = names.map { "\(literal: StagingDatabase.Step.name(of: $0))::pg_catalog.regclass" as SQL }
        let number = number.wrappingAdd(1, ordering: .relaxed).newValue
        return """
            PREPARE rehome_lock_\(number) AS SELECT FROM \(list: relations); DEALLOCATE rehome_lock_\(number); \
            SELECT pg_catalog.count(CASE WHEN pg_catalog.pg_relation_filenode(r) IS NULL AND pg_catalog.pg_get_partkeydef(r) IS NULL \
            THEN pg_catalog.concat('pg_catalog."', pg_catalog.replace(r::text, '"', ''), ' with rows of its own"')::pg_catalog.regclass END) \
            FROM pg_catalog.unnest(ARRAY[\(list: classes)]) r; \

            """
    }

    /// How many rows a relation has, and a sum of hashes over them.
    static func contents(of relation: RelationName, at connection: Connection) throws(PostgresError) -> QueryResult.Row?
    {
        try connection.execute(
            connection.parameters.values.reading(
                """
                \(statements(for: [relation]))SELECT pg_catalog.count(*), pg_catalog.sum(pg_catalog.hashtextextended("rehome row"::pg_catalog.text, 0)) \
                FROM \(relation) AS "rehome row"
                """)
        ).last?.rows.first
    }

    static func countRows(of relation: RelationName, at connection: Connection) throws(PostgresError) -> Int {
        let results = try connection.execute(
            "\(statements(for: [relation]))SELECT pg_catalog.count(*) FROM \(relation)")
        return results.last?.integer ?? 0
    }
}
