import JobContract
import PostgresClient
import Synchronization

/// Statements that come before a query over relations of the source, in the same message.
///
/// Between the look at the catalog and the query, whoever owns a relation may put a view of the same name in its place, and a
/// view's functions run as whoever reads it. So the relations are locked first (`ACCESS SHARE`), and what stands behind the
/// names is looked at under the lock. `COPY table TO` does the same by itself. Servers since August 2024 refuse views to our
/// sessions besides (`restrict_nonsystem_relation_kind`).
enum ReadLock {
    /// What was prepared stays when it is cancelled before it is deallocated, so no two have one name.
    private static let number = Atomic(0)

    /// Locks relations and fails unless each has rows of its own, or is partitioned.
    ///
    /// A statement that is only parsed locks what it names, plans nothing and runs nothing; LOCK takes neither sequences nor
    /// materialized views. The functions of the check see the catalogs of this moment, not those of the snapshot. The
    /// server's error is of the class 42, as for a relation that is gone (PostgreSQL manual, appendix A).
    ///
    /// - Parameter withPartitions: whether the relations are read with their partitions and children, not alone.
    static func statements(for names: [RelationName], withPartitions: Bool = false) -> SQL {
        guard !names.isEmpty else { return "" }
        let relations = names.enumerated().map { number, name in
            (withPartitions ? "\(name) AS r\(number)" : "ONLY \(name) AS r\(number)") as SQL
        }
        // Names become object identifiers when this statement has its turn, so under the lock.
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
