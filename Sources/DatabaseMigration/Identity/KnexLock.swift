import PostgresClient

/// The table by which knex keeps two schema migrations apart: exactly one row, `is_locked = 0`.
enum KnexLock {
    /// A row that says locked is a migration that was killed; two rows are one too many for knex's UPDATE, which
    /// wants to change exactly one; none is filled by knex itself, but not by all its versions. The sequence stays
    /// where the source's was.
    static func normalise(_ table: RelationName) -> SQL {
        """
        DELETE FROM \(table) WHERE ctid NOT IN (SELECT min(ctid) FROM \(table));
        UPDATE \(table) SET is_locked = 0 WHERE is_locked IS DISTINCT FROM 0;
        INSERT INTO \(table) ("index", is_locked) OVERRIDING SYSTEM VALUE
        SELECT 1, 0 WHERE NOT EXISTS (SELECT FROM \(table))
        """
    }
}
