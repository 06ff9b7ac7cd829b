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

/// What became of schemas that were to be renamed.
public struct SchemaRenamings: Sendable {
    /// Renamed now.
    public var renamed: [SchemaRenaming] = []
    /// Bear their new name already.
    public var done: [SchemaRenaming] = []
    /// There under neither name: what would use them has never run, or the names are wrong.
    public var missing: [SchemaRenaming] = []
}

extension Maintenance {
    /// Renames schemas of a published database, all of them or none. What is renamed already stays.
    ///
    /// - Throws: ``MigrationFailure`` if the database is not published, or if schemas of the old and of the new name
    ///   exist.
    public func renameSchemas(
        _ renamings: [SchemaRenaming], in database: DatabaseName
    ) throws(MigrationFailure) -> SchemaRenamings {
        do {
            let target = try sessions.openTarget(DatabaseName(settings.target.database))
            let facts = try ServerFacts(reading: target, hasSizes: false)
            switch try PublishedState(target: facts, settings: settings) {
            case .complete, .otherPlan: break
            case .none:
                throw MigrationFailure(
                    .personMustAct, "\(target.place): the databases are not published yet",
                    advice: "Wait until the Job is Complete; 'rehome-job status' says how far it is.")
            case .left:
                throw MigrationFailure(
                    .personMustAct, "\(target.place): the databases were moved away again, and are fenced",
                    advice: "Nothing was changed. Rename the schemas where Backstage's databases are now.")
            }
            // The database of a program that was never used is not there.
            guard let found = facts.database(database) else { return SchemaRenamings(missing: renamings) }
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

    private func rename(_ renamings: [SchemaRenaming], at session: Connection) throws -> SchemaRenamings {
        let rows = try session.query("SELECT nspname FROM pg_catalog.pg_namespace").rows
        let present = Set(rows.map { $0.name(0) as Identifier })
        var result = SchemaRenamings()
        for renaming in renamings {
            switch (present.contains(renaming.old), present.contains(renaming.new)) {
            case (true, false): result.renamed.append(renaming)
            case (false, true): result.done.append(renaming)
            case (false, false): result.missing.append(renaming)
            case (true, true):
                throw MigrationFailure(
                    .personMustAct,
                    "\(session.place): schema \(renaming.new) is there already, beside \(renaming.old), which holds what was copied",
                    advice:
                        "If a program has made it since and has begun there anew, stop the program and drop the schema "
                        + "\(renaming.new) if nothing in it is to be kept. Then run this again.")
            }
        }
        // One message, and so one transaction.
        let statements = result.renamed.map { "ALTER SCHEMA \($0.old) RENAME TO \($0.new);\n" as SQL }
        if !statements.isEmpty { try session.execute(statements.reduce("", +)) }
        return result
    }
}
