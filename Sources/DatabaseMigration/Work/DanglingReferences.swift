import JobContract
import PostgresClient

/// Rows that refer to rows which do not exist. A source can hold some if somebody wrote with its triggers disabled.
enum DanglingReferences {
    /// Foreign keys that are tried in one transaction: each locks its tables until the transaction ends.
    private static let atOnce = 100

    /// Tries the foreign keys that are made under the fence, so that one which cannot be made is known before the
    /// fence.
    static func look(for database: OpenedDatabase, at staging: Connection) throws {
        let keys = database.entries(in: .afterRounds).filter { $0.isForeignKey && !$0.isNotValid }
        for start in stride(from: 0, to: keys.count, by: atOnce) {
            var batch = SQLBatch()
            batch.append("trying foreign keys", "BEGIN")
            for entry in keys[start..<min(start + atOnce, keys.count)] {
                for statement in entry.statements { batch.append(entry.title, statement.sql) }
            }
            batch.append("trying foreign keys", "ROLLBACK")
            try batch.run(on: staging)
        }
    }

    /// Gives the failure of a foreign key its advice.
    ///
    /// - Parameter source: in a transaction. Others may read by its snapshot, so the transaction survives whatever
    ///   fails here.
    static func explained(_ failure: MigrationFailure, at source: Connection) -> MigrationFailure {
        var failure = failure
        guard (try? source.execute("SAVEPOINT advice")) != nil else { return failure }
        failure.advice = (try? advice(on: failure.cause, at: source)) ?? failure.advice
        _ = try? source.execute("ROLLBACK TO SAVEPOINT advice; RELEASE SAVEPOINT advice")
        return failure
    }

    /// What to do about a foreign key that cannot be made.
    ///
    /// - Parameters:
    ///   - error: what the target said.
    ///   - source: a session in the database at the source.
    /// - Returns: advice with the query that finds the rows. It names columns, and no value.
    static func advice(on error: PostgresError?, at source: Connection) throws(PostgresError) -> String? {
        guard let relation = error?.relation, let constraint = error?.constraint else { return nil }
        let rows = try source.query(
            """
            SELECT n.nspname, c.relname, a.attname, b.attname
            FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class r ON r.oid = k.conrelid JOIN pg_catalog.pg_namespace s ON s.oid = r.relnamespace
            JOIN pg_catalog.pg_class c ON c.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN unnest(k.conkey, k.confkey) WITH ORDINALITY u (own, other, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.own
            JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.other
            WHERE k.contype = 'f' AND k.conname = $1 AND s.nspname = $2 AND r.relname = $3 ORDER BY u.place
            """, [constraint.text, relation.schema.text, relation.name.text]
        ).rows
        guard let first = rows.first else { return nil }
        let present = rows.map { "c.\($0.name(2) as Identifier) IS NOT NULL" as SQL }.joined(separator: " AND ")
        let equal = rows.map { "p.\($0.name(3) as Identifier) = c.\($0.name(2) as Identifier)" as SQL }.joined(
            separator: " AND ")
        let query: SQL =
            "SELECT * FROM \(relation) c WHERE \(present) AND NOT EXISTS (SELECT FROM \(first.relation(0)) p WHERE \(equal))"
        return
            "The source holds rows that refer to nothing, since somebody wrote them past the constraint's triggers. This finds them there: "
            + "\(VisibleText.of(query.bytes)); remove or mend them, and run the Job again."
    }
}
