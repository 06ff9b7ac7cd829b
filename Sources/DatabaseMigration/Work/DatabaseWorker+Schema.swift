import JobContract
import PostgresClient

/// The schema of a staging database: making it, and comparing it with the source's.
extension DatabaseWorker {
    /// Entries per transaction: a table with a TOAST table takes five locks, and a server has some 6,400 in all.
    private static let entriesPerTransaction = 300

    /// Makes everything that is there before the rows, in one transaction with its state where the locks suffice.
    func load(_ database: OpenedDatabase, schema: String) throws {
        let staging = try staging(of: database)
        var batch = SQLBatch()
        batch.append("the migration's own state", StagingDatabase.createState(epoch: epoch))
        try make(database.preData.entries, of: database.staging, with: &batch, at: staging)
        batch.append("the migration's own state", StagingDatabase.record(.schema, value: schema, epoch: epoch))
        try batch.run(on: staging)
    }

    /// Makes objects in the dump's order. What is left in the batch is the caller's to run.
    private func make(_ entries: [SchemaScript.Entry], of database: StagingDatabase, with batch: inout SQLBatch, at staging: Connection) throws {
        for (position, entry) in entries.enumerated() {
            if context.rights.maker(of: entry) == .administrator {
                try batch.run(on: staging)
                try makeAsAdministrator(entry, in: database)
                continue
            }
            for statement in entry.statements { batch.append(entry.title, context.rights.runnable(statement, of: entry).sql) }
            if position % Self.entriesPerTransaction == Self.entriesPerTransaction - 1 { try batch.run(on: staging) }
        }
    }

    /// Compares the finished staging database with what was dumped at the source.
    ///
    /// Some schemas come out of a dump otherwise than they went in, whoever restores them: a child table whose parent got a
    /// column later, constraints that a newer version names. So where the two differ, the dump is restored once more, alone
    /// and without rows, and what that gives is what counts.
    ///
    /// - Returns: the first differences, one line each, and what both sides' dumps were.
    func compareSchema(_ database: OpenedDatabase) async throws -> (differences: [String], hashes: SchemaHashes) {
        let found = try await schema(of: database.staging, like: database.facts)
        let hashes = SchemaHashes(
            program: programs.majorVersion, source: SchemaScript(entries: database.preData.entries + database.postData.entries).hash, target: found.hash)
        let differences = SchemaComparison(
            source: [database.preData, database.postData], target: found,
            isSameVersion: try source(of: database).majorVersion == staging(of: database).majorVersion
        ).differences
        guard !differences.isEmpty else { return ([], hashes) }
        let reference = StagingDatabase(identity: identity, database: DatabaseName(database.name.text + "/reference"))
        if try reference.state(maintenance: maintenance()) != .absent { try reference.drop(maintenance: maintenance()) }
        try reference.create(like: database.facts, owner: sessions.owner, maintenance: maintenance())
        do {
            let connection = try sessions.openStaging(reference.name)
            var batch = SQLBatch()
            try make(database.preData.entries + database.postData.entries, of: reference, with: &batch, at: connection)
            try batch.run(on: connection)
        }
        let restored = try await schema(of: reference, like: database.facts)
        try reference.drop(maintenance: maintenance())
        let remaining = SchemaComparison(source: [restored], target: found, isSameVersion: true).differences
        return (remaining.isEmpty ? [] : differences, hashes)
    }

    private func schema(of database: StagingDatabase, like facts: DatabaseFacts) async throws -> SchemaScript {
        let dumped = try await programs.schema(of: sessions.ownedParameters(database.name), encoding: facts.encoding)
        // What is left out is compared on neither side.
        return context.rights.divide(dumped, owners: [sessions.owner]).script
    }
}
