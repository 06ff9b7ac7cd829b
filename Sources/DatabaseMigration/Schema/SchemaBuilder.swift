import JobContract
import PostgresClient

/// Makes a schema's objects in a staging database, as the owner or as an administrator, whichever each needs.
struct SchemaBuilder {
    let sessions: Sessions
    let rights: SchemaRights

    /// Entries per transaction: a table with a TOAST table takes five locks, and a server has some 6,400 in all.
    static let entriesPerTransaction = 300

    /// Makes objects in the dump's order. The caller has to run what is left in the batch.
    ///
    /// - Parameter deadline: when the fence is lifted.
    func make(
        _ entries: [SchemaScript.Entry], in database: DatabaseName, with batch: inout SQLBatch, at staging: Connection,
        until deadline: FenceDeadline = FenceDeadline(seconds: nil)
    ) throws {
        for (position, entry) in entries.enumerated() {
            if rights.maker(of: entry) == .administrator {
                try batch.run(on: staging, until: deadline)
                try makeAsAdministrator(entry, in: database)
                continue
            }
            for statement in entry.allStatements {
                batch.append(entry.title, rights.runnable(statement, of: entry).sql)
            }
            guard position % Self.entriesPerTransaction == Self.entriesPerTransaction - 1 else { continue }
            try batch.run(on: staging, until: deadline)
        }
    }

    /// Runs an entry's statements, each on its own, in a session of the administrator's.
    ///
    /// It runs only what is on the list of ``SchemaRights``, judged by the statement's own words, and none of that
    /// calls anything that the schema defines. Event triggers come last of all: they would fire on everything that an
    /// administrator did after them.
    func makeAsAdministrator(_ entry: SchemaScript.Entry, in database: DatabaseName) throws {
        guard entry.statements.allSatisfy({ rights.administratorMayRun($0, of: entry) }) else {
            throw MigrationFailure(
                .personMustAct,
                "\(entry.title): what pg_dump wrote of it holds a statement of another kind, which is not run with more than the owner's rights",
                advice: "Look at the object's name and comment at the source. Nothing of it was made.")
        }
        let connection = try sessions.openTarget(database)
        for statement in entry.statements {
            do {
                try connection.execute(SQL.trusting(statement))
            } catch {
                var error = error
                error.statement = nil
                var failure = MigrationFailure(error)
                failure.message = "\(entry.title), as administrator: \(failure.message)"
                throw failure
            }
        }
        if entry.kind == .foreignDataWrapper {
            try connection.execute(
                "GRANT USAGE ON FOREIGN DATA WRAPPER \(list: try wrappers(at: connection)) TO \(sessions.owner)")
        }
    }

    private func wrappers(at connection: Connection) throws(PostgresError) -> [Identifier] {
        try connection.query("SELECT fdwname FROM pg_catalog.pg_foreign_data_wrapper ORDER BY 1").names()
    }

    /// Marks as leakproof the functions that are leakproof at the source.
    func markLeakproof(_ functions: [LeakproofFunction], in database: DatabaseName) throws {
        guard !functions.isEmpty else { return }
        let connection = try sessions.openTarget(database)
        for function in functions {
            _ = try connection.query(
                """
                SELECT set_config('rehome.function', p.oid::regprocedure::text, false) FROM pg_catalog.pg_proc p
                JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = $1 AND p.proname = $2 AND pg_catalog.pg_get_function_identity_arguments(p.oid) = $3
                """, [function.name.schema.text, function.name.name.text, function.arguments])
            // The server writes the name itself, quoted as it needs it.
            try connection.execute(
                "DO $do$ BEGIN EXECUTE format('ALTER FUNCTION %s LEAKPROOF', current_setting('rehome.function')::regprocedure); END $do$"
            )
        }
    }
}

/// A function that reveals nothing about its arguments (PostgreSQL manual, CREATE FUNCTION, `LEAKPROOF`).
struct LeakproofFunction: Sendable {
    var name: RelationName
    /// As `pg_get_function_identity_arguments` writes them.
    var arguments: ByteText

    static func read(at connection: Connection) throws(PostgresError) -> [LeakproofFunction] {
        try connection.query(
            """
            SELECT n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            WHERE p.proleakproof AND n.nspname NOT IN ('pg_catalog', 'information_schema')
              AND \(DatabaseContents.isNoMember("pg_proc", "p.oid"))
            ORDER BY p.oid
            """
        ).rows.map { LeakproofFunction(name: $0.relation(0), arguments: $0[2] ?? "") }
    }
}
