import PostgresClient

/// Tells whether large objects may have changed between two snapshots. Their content and their list are catalogs, and
/// so tables too (``CatalogVersions``).
struct LargeObjectVersions: Sendable {
    let objects: Int
    /// Pieces of content; `nil` if this role may not see them.
    private let pieces: Int?

    /// - Parameter snapshot: the older one.
    static func query(since snapshot: Snapshot, canReadContent: Bool) -> SQL {
        func count(_ catalog: Identifier) -> SQL {
            "SELECT count(*), count(*) FILTER (WHERE \(snapshot.madeSince)) FROM pg_catalog.\(catalog) t"
        }
        return count("pg_largeobject_metadata") + (canReadContent ? " UNION ALL " + count("pg_largeobject") : "")
    }

    static func canReadContent(at connection: Connection) throws(PostgresError) -> Bool {
        try connection.query("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')").isTrue
    }

    /// - Parameter result: of ``query(since:canReadContent:)``; the list comes first.
    init(_ result: QueryResult) {
        objects = result.rows.first?.integer(0) ?? 0
        pieces = result.rows.count > 1 ? result.rows[1].integer(0) : nil
    }

    /// - Parameter result: for the older snapshot, run in the newer one.
    func areUnchanged(_ result: QueryResult) -> Bool {
        let now = LargeObjectVersions(result)
        guard now.objects == objects, result.rows.allSatisfy({ $0.integer(1) == 0 }) else { return false }
        return objects == 0 || pieces != nil && pieces == now.pieces
    }
}
