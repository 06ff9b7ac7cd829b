import JobContract
public import PostgresClient

/// A schema that programs look for under another name at the new place.
public struct SchemaRenaming: Sendable, Hashable {
    public var old: Identifier
    public var new: Identifier

    public init(old: Identifier, new: Identifier) {
        self.old = old
        self.new = new
    }
}

extension Maintenance {
    /// Renames schemas of a published database, all of them or none. What is renamed already stays.
    ///
    /// - Returns: those that were renamed now.
    /// - Throws: ``MigrationFailure`` if the database is not published, or a schema bears the new name beside the old one.
    public func renameSchemas(
        _ renamings: [SchemaRenaming], in database: DatabaseName
    ) throws(MigrationFailure) -> [SchemaRenaming] {
        do {
            let target = try sessions.openTarget(DatabaseName(settings.target.database))
            let facts = try ServerFacts(reading: target, hasSizes: false)
            guard try PublishedState(target: facts, settings: settings).stamp != nil else {
                throw MigrationFailure(
                    .personMustAct, "\(target.place): the databases are not published yet",
                    advice: "Wait until the Job is Complete; 'rehome-job status' says how far it is.")
            }
            // Who never used the program has no database of its.
            guard let found = facts.database(database) else { return [] }
            guard isPublished(found) else {
                throw MigrationFailure(
                    .personMustAct,
                    "\(target.place): database \(database) is not one that this migration has published",
                    advice: "Nothing was changed. Rename its schemas by hand if they are to be renamed.")
            }
            return try rename(renamings, at: sessions.openOwned(database))
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }

    private func isPublished(_ database: DatabaseFacts) -> Bool {
        guard case .published(let stamp)? = DatabaseMark(comment: database.comment) else { return false }
        return stamp.migration.matches(settings)
    }

    private func rename(_ renamings: [SchemaRenaming], at session: Connection) throws -> [SchemaRenaming] {
        let rows = try session.query("SELECT nspname FROM pg_catalog.pg_namespace").rows
        let present = Set(rows.map { $0.name(0) as Identifier })
        let due = renamings.filter { present.contains($0.old) }
        if let doubled = due.first(where: { present.contains($0.new) }) {
            throw MigrationFailure(
                .personMustAct,
                "\(session.place): schema \(doubled.new) is there already, beside \(doubled.old), which holds what was copied",
                advice:
                    "A program has made it since and has begun there anew. Stop the program, drop the schema \(doubled.new) if "
                    + "nothing in it is to be kept, and run this again.")
        }
        // One message, and so one transaction.
        let statements = due.map { "ALTER SCHEMA \($0.old) RENAME TO \($0.new);\n" as SQL }
        if !statements.isEmpty { try session.execute(statements.reduce("", +)) }
        return due
    }
}
