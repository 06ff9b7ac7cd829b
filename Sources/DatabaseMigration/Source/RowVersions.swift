import PostgresClient

/// Tells whether a database still holds what a snapshot of it held, though transactions have come and gone.
///
/// A row version bears the transaction that made it (`xmin`; PostgreSQL manual, section 5.6). A table in which every
/// visible version is older than a moment, and in which there are as many as then, holds exactly the rows of then: an
/// insert or an update would have left a younger version, a delete one version less. The catalogs are tables too, so
/// the same holds for the schema. Counting is far cheaper than hashing, and ANALYZE, VACUUM and the freezing of rows,
/// which take transactions and change nothing, do not show.
struct RowVersions: Sendable {
    /// Visible rows of each catalog that describes a database's objects, by name; `nil` if this role may not see enough
    /// for a proof.
    private let catalogs: [Identifier: Int]?

    /// Counts the catalogs as the connection's snapshot sees them.
    init(readingCatalogs connection: Connection) throws(PostgresError) {
        catalogs = try Self.countCatalogs(connection, youngerThan: nil)?.mapValues(\.all)
    }

    /// - Parameters:
    ///   - tables: the tables, and how many rows each had. Their snapshot may be younger than `moment`, never older.
    ///   - moment: a look at which no transaction was in progress.
    ///   - connection: a session in the database, with no snapshot of its own.
    /// - Returns: false for everything that is not proof, such as a catalog that this role may not read.
    func prove(_ tables: [(table: TableContents, rows: Int)], since moment: Stillness, at connection: Connection) throws(PostgresError) -> Bool {
        guard let catalogs, let next = moment.nextTransaction else { return false }
        do {
            let now = try Self.countCatalogs(connection, youngerThan: next)
            guard let now, Self.equal(now, catalogs) else { return false }
            let found = try Self.count(tables.map(\.table.scope), youngerThan: next, at: connection)
            return zip(tables, found).allSatisfy { $0.rows == $1.all && $1.younger == 0 }
        } catch {
            // A table that is gone, or may not be read any more.
            guard error.state?.errorClass == "42" else { throw error }
            return false
        }
    }

    private static func equal<Name: Hashable>(_ found: [Name: Count], _ wanted: [Name: Int]) -> Bool {
        found.mapValues(\.all) == wanted && found.values.allSatisfy { $0.younger == 0 }
    }

    private struct Count {
        var all: Int
        var younger: Int
    }

    /// Statistics change with every ANALYZE and are no part of the schema.
    private static let statistics: SQL = "('pg_statistic', 'pg_statistic_ext_data')"

    /// What an ordinary role may not read must be empty, which shows elsewhere: without servers there are no user
    /// mappings, without metadata no large objects.
    private static let shownBy: [Identifier: Identifier] = ["pg_user_mapping": "pg_foreign_server", "pg_largeobject": "pg_largeobject_metadata"]

    private static func countCatalogs(_ connection: Connection, youngerThan next: UInt32?) throws(PostgresError) -> [Identifier: Count]? {
        let catalogs = try connection.query(
            """
            SELECT relname, pg_catalog.has_table_privilege(oid, 'SELECT') FROM pg_catalog.pg_class
            WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared AND relname NOT IN \(statistics)
            ORDER BY relname
            """
        ).rows.map { (name: $0.name(0) as Identifier, isReadable: $0.isTrue(1)) }
        let readable = catalogs.filter(\.isReadable).map(\.name)
        let counts = Dictionary(
            zip(readable, try count(readable.map { "ONLY pg_catalog.\($0)" }, youngerThan: next, at: connection)),
            uniquingKeysWith: { first, _ in first })
        for catalog in catalogs where !catalog.isReadable {
            guard let other = shownBy[catalog.name], counts[other]?.all == 0 else { return nil }
        }
        return counts
    }

    private static let tablesPerQuery = 100

    /// - Parameter next: a row counts as younger if this transaction or a later one made it. The age of one that is frozen
    ///   for two thousand million transactions may look young too, which only costs the proof.
    private static func count(_ tables: [SQL], youngerThan next: UInt32?, at connection: Connection) throws(PostgresError) -> [Count] {
        let isYounger: SQL = next.map { "pg_catalog.age(xmin) <= pg_catalog.age('\($0)'::xid)" } ?? "false"
        var counts: [Count] = []
        for start in stride(from: 0, to: tables.count, by: tablesPerQuery) {
            let sql = tables[start..<min(start + tablesPerQuery, tables.count)].enumerated().map { place, table in
                "SELECT \(place) AS place, count(*), count(*) FILTER (WHERE \(isYounger)) FROM \(table)" as SQL
            }
            for row in try connection.query(sql.joined(separator: " UNION ALL ") + " ORDER BY place").rows {
                counts.append(Count(all: row.integer(1) ?? 0, younger: row.integer(2) ?? 0))
            }
        }
        return counts
    }
}
