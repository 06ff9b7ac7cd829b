import JobContract
import PostgresClient

/// Large objects: contents, identifiers and comments (PostgreSQL manual, "Large Objects").
///
/// Read with `lo_get`, not from `pg_largeobject`: managed services do not let their administrators see that table.
struct LargeObjects {
    /// Bytes per call, so that an object of any size passes through little memory.
    private static let piece = 1024 * 1024

    /// The objects that a session sees.
    static func identifiers(at connection: Connection) throws(PostgresError) -> [UInt32] {
        try connection.query("SELECT oid FROM pg_catalog.pg_largeobject_metadata ORDER BY oid").column.compactMap {
            UInt32($0.description)
        }
    }

    /// Copies all objects anew, verifies them, and keeps the state of the loading database up to date.
    ///
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/mismatch``.
    static func replaceAll(_ identifiers: [UInt32], from source: Connection, into target: Connection, epoch: Int) throws
        -> ContentHash
    {
        let incomplete = StagingDatabase.record(.largeObjects, value: "incomplete", epoch: epoch)
        try removeAll(at: target, recording: incomplete)
        try target.execute("BEGIN")
        let hash = try copy(identifiers, from: source, into: target)
        guard try hash == Self.hash(identifiers, at: target) else {
            throw MigrationFailure(
                .mismatch, "\(source.parameters.database): large objects differ after the copy",
                advice: "Nothing was published. Run the Job again.")
        }
        try target.execute("\(incomplete); COMMIT")
        let complete = StagingDatabase.record(.largeObjects, value: hash.description, epoch: epoch)
        try copyComments(from: source, to: target) { isLast in isLast ? complete : incomplete }
        return hash
    }

    /// Copies objects, without their comments, within the target's open transaction and hashes them.
    private static func copy(_ identifiers: [UInt32], from source: Connection, into target: Connection)
        throws(PostgresError) -> ContentHash
    {
        var hash = ContentHash()
        for identifier in identifiers {
            try target.execute("SELECT pg_catalog.lo_create(\(identifier)::oid)")
            try read(identifier, from: source, hash: &hash) { bytes, offset throws(PostgresError) in
                _ = try target.query("SELECT pg_catalog.lo_put(\(identifier)::oid, \(offset), $1)", binary: bytes)
            }
        }
        return hash
    }

    /// Objects that are removed or commented on in one transaction: each takes a lock, and a server has some 6,400 in
    /// all.
    private static let changedAtOnce = 1000

    /// Brings the comments over, in transactions of their own.
    ///
    /// - Parameter record: makes the statement that each transaction begins with; it is told whether the transaction is
    ///   the last. There is a last one even if there is no comment.
    private static func copyComments(
        from source: Connection, to target: Connection, recording record: (_ isLast: Bool) -> SQL
    ) throws(PostgresError) {
        var rest = try source.query(
            """
            SELECT objoid, description FROM pg_catalog.pg_description
            WHERE classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass ORDER BY objoid
            """
        ).rows[...]
        repeat {
            let comments = rest.prefix(changedAtOnce).map {
                "; COMMENT ON LARGE OBJECT \($0.integer(0) ?? 0) IS \(literal: $0[1])" as SQL
            }
            rest = rest.dropFirst(changedAtOnce)
            try target.execute(record(rest.isEmpty) + comments.joined(separator: ""))
        } while !rest.isEmpty
    }

    /// Removes every object of a database.
    ///
    /// - Parameter record: a statement that each transaction begins with.
    private static func removeAll(at connection: Connection, recording record: SQL) throws(PostgresError) {
        let some: SQL = "(SELECT oid FROM pg_catalog.pg_largeobject_metadata LIMIT \(changedAtOnce)) objects"
        repeat {
            let removed =
                try connection.execute("\(record); SELECT count(pg_catalog.lo_unlink(oid)) FROM \(some)").last?.integer
                ?? 0
            if removed < changedAtOnce { return }
        } while true
    }

    /// Hashes objects where they are.
    static func hash(_ identifiers: [UInt32], at connection: Connection) throws(PostgresError) -> ContentHash {
        var hash = ContentHash()
        for identifier in identifiers {
            try read(identifier, from: connection, hash: &hash) { _, _ in }
        }
        return hash
    }

    /// Each piece is hashed together with its place, `identifier:offset:`, so that no piece can stand in for another.
    private static func read(
        _ identifier: UInt32, from connection: Connection, hash: inout ContentHash,
        _ body: ([UInt8], Int) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        var offset = 0
        while true {
            let bytes =
                try connection.binaryValue("SELECT pg_catalog.lo_get(\(identifier)::oid, \(offset), \(piece))") ?? []
            let labelled = Array("\(identifier):\(offset):".utf8) + bytes
            labelled.withUnsafeBytes { hash.add($0) }
            guard !bytes.isEmpty else { return }
            try body(bytes, offset)
            offset += bytes.count
            if bytes.count < piece { return }
        }
    }
}
