import PostgresClient

/// The table by which knex keeps two schema migrations apart: exactly one row, `is_locked = 0`.
enum KnexLock {
    /// Leaves exactly one unlocked row, for three reasons. A locked row comes from a schema migration that was killed.
    /// With two rows knex's UPDATE fails, since it wants to change exactly one. An empty table is filled by some
    /// versions of knex, but not by all. The sequence stays where the source's was.
    static func normalise(_ table: RelationName) -> SQL {
        """
        DELETE FROM \(table) WHERE ctid NOT IN (SELECT min(ctid) FROM \(table));
        UPDATE \(table) SET is_locked = 0 WHERE is_locked IS DISTINCT FROM 0;
        INSERT INTO \(table) ("index", is_locked) OVERRIDING SYSTEM VALUE
        SELECT 1, 0 WHERE NOT EXISTS (SELECT FROM \(table))
        """
    }
}
