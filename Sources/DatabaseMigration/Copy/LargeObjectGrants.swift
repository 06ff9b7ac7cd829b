import JobContract
import PostgresClient

/// Rights that roles have on large objects (PostgreSQL manual, GRANT, `ON LARGE OBJECT`). No dump of a schema has them.
struct LargeObjectGrants {
    private struct Grant: Hashable {
        /// `SELECT` or `UPDATE`.
        var privilege: String
        /// `nil` for everybody.
        var role: RoleName?
        var isGrantable: Bool
    }

    /// Numbers of the large objects.
    private let objects: [Grant: [Int]]
    /// Rights that owners have taken from themselves, and on how many objects. They are not taken from the owner at the
    /// target, which may have to write to the objects once more.
    private let takenFromOwners: [(privilege: String, count: Int)]

    init(reading connection: Connection) throws(PostgresError) {
        let rows = try connection.query(
            """
            SELECT a.privilege_type, r.rolname, a.is_grantable, o.oid FROM pg_catalog.pg_largeobject_metadata o
            CROSS JOIN LATERAL pg_catalog.aclexplode(o.lomacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
            WHERE a.grantee <> o.lomowner AND (a.grantee = 0 OR r.rolname IS NOT NULL) ORDER BY 4
            """
        ).rows
        objects = Dictionary(
            grouping: rows,
            by: { row in
                Grant(privilege: row.text(0), role: row[1].map { RoleName($0) }, isGrantable: row.isTrue(2))
            }
        ).mapValues { $0.compactMap { $0.integer(3) } }
        takenFromOwners = try connection.query(
            """
            SELECT p, count(*) FROM pg_catalog.pg_largeobject_metadata o CROSS JOIN pg_catalog.unnest(ARRAY['SELECT', 'UPDATE']) p
            WHERE o.lomacl IS NOT NULL AND NOT EXISTS (
                SELECT FROM pg_catalog.aclexplode(o.lomacl) a WHERE a.grantee = o.lomowner AND a.privilege_type = p)
            GROUP BY 1 ORDER BY 1
            """
        ).rows.map { ($0.text(0), $0.integer(1) ?? 0) }
    }

    /// How many are granted in one statement: each takes a lock until the transaction ends, and a server has some
    /// 6,400.
    private static let atOnce = 1000

    /// - Returns: the statements that give the rights that come over, and what does not.
    func statements(_ rights: SchemaRights, former: RoleName) -> (made: [SQL], leftOut: [LeftOut]) {
        var made: [SQL] = []
        var leftOut: [LeftOut] = []
        for (grant, objects) in objects.sorted(by: { Self.title($0.key, $0.value) < Self.title($1.key, $1.value) }) {
            // The owner has all rights.
            if grant.role == former { continue }
            guard rights.privileges == .keep, grant.role.map(rights.knownRoles.contains) ?? true else {
                leftOut.append(LeftOut(.privileges, Self.title(grant, objects)))
                continue
            }
            let privilege: SQL = grant.privilege == "UPDATE" ? "UPDATE" : "SELECT"
            let role: SQL = grant.role.map { "\($0)" } ?? "PUBLIC"
            let option: SQL = grant.isGrantable ? " WITH GRANT OPTION" : ""
            for start in stride(from: 0, to: objects.count, by: Self.atOnce) {
                let some = objects[start..<min(start + Self.atOnce, objects.count)].map { "\($0)" as SQL }
                made.append("GRANT \(privilege) ON LARGE OBJECT \(list: some) TO \(role)\(option)")
            }
        }
        leftOut += takenFromOwners.map {
            LeftOut(.privileges, "that owners have taken \($0.privilege) on \($0.count) large objects from themselves")
        }
        return (made, leftOut)
    }

    private static func title(_ grant: Grant, _ objects: [Int]) -> String {
        let what = objects.count == 1 ? "large object \(objects[0])" : "\(objects.count) large objects"
        let option = grant.isGrantable ? ", with grant option" : ""
        return "\(grant.privilege) on \(what) to \(grant.role.map(\.description) ?? "everybody")\(option)"
    }
}
