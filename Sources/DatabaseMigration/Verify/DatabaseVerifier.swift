import JobContract
import PostgresClient

/// Compares one published database with its source.
struct DatabaseVerifier: Sendable {
    let sessions: Sessions
    let programs: ClientPrograms
    /// Whether both servers are of one major version.
    let isSameVersion: Bool
    /// Says what was left out at the target, which is not compared.
    let rights: SchemaRights
    /// Whether to name rows.
    let explains: Bool
    let progress: VerificationProgress

    /// How many rows of a table are named.
    private static let explainedRows = 10

    func verify(_ stamp: Stamp, encoding: String) async throws -> VerifiedDatabase {
        let name = stamp.database
        let sessions = sessions
        let isNew = stamp.changes.contains { $0.kind == .createdEmpty }
        let (here, there) = (place(name, .source), place(name, .target))
        async let theirs = ContentReader().read(there, telling: progress, skipsUnreadable: true) {
            () throws(PostgresError) in
            try sessions.openOwned(name)
        }
        let ours =
            isNew
            ? nil
            : try await ContentReader().read(here, telling: progress) { () throws(PostgresError) in
                try sessions.openSource(name)
            }
        let target = try await theirs
        var verified = VerifiedDatabase(
            name: name, tables: target.tables.count, rows: target.tables.values.reduce(0) { $0 + $1.base.rows },
            bytes: target.tables.values.reduce(0) { $0 + $1.base.bytes },
            isWrittenTo: target.hidden.isEmpty
                ? target.fingerprint != stamp.published : isWrittenTo(target.tables, since: stamp),
            isPartial: !target.hidden.isEmpty, differences: [], notes: [], leftOut: stamp.changes,
            notMoved: stamp.leftOut ?? [])
        guard let source = ours else { return verified }
        progress.begin(there)
        defer { progress.end(there) }
        progress.read("comparing the schemas", at: there)
        let comparison = ContentComparison(source: source, target: target, changes: stamp.changes)
        verified.differences = comparison.differences
        verified.notes =
            comparison.notes
            + target.unreadable.map { "\($0) is not compared: \(sessions.owner) may not read it" }
            + target.hidden.filter { !target.unreadable.contains($0) }.map {
                "table \($0) is not compared: its rows are hidden from \(sessions.owner) (FORCE ROW LEVEL SECURITY)"
            }
        let settings = try await ExtensionSettingsComparison().run(
            source: { () throws(PostgresError) in try sessions.openSource(name) },
            target: { () throws(PostgresError) in try sessions.openOwned(name) }, leftOut: stamp.leftOut)
        verified.differences += settings.differences
        verified.notes += settings.notes
        if target.unreadable.isEmpty {
            // What the move has left out is named as that.
            verified.differences += try await schemaDifferences(
                name, encoding: encoding, owners: source.catalog.owners, published: stamp.schemas
            ).filter { difference in !verified.notMoved.contains { difference.isMissing($0) } }
                .prefix(SchemaComparison.mostShown)
        } else {
            verified.notes.append(
                "the schema is not compared: pg_dump has to lock what \(sessions.owner) may not read")
        }
        if explains {
            progress.read("looking for the rows that differ", at: there)
            try await explain(
                &verified.differences, in: name, tables: source.catalog.tables.filter { target.tables[$0.name] != nil })
        }
        return verified
    }

    /// Whether a table that can be read holds something else than was published.
    private func isWrittenTo(_ tables: [RelationName: TableHash], since stamp: Stamp) -> Bool {
        var published: [ByteText: String] = [:]
        for table in stamp.tables ?? [] { published[table.name] = table.hash }
        for table in stamp.changed ?? [] { published[table.name] = table.published }
        return tables.contains { name, hash in
            published[StagingDatabase.Step.name(of: name)].flatMap { TableHash($0) }.map { $0 != hash } ?? false
        }
    }

    private func place(_ name: DatabaseName, _ side: MigrationEvent.Side) -> VerificationProgress.Place {
        VerificationProgress.Place(database: name, side: side)
    }

    /// - Parameter published: hashes of the dumps when the schema was compared. Some schemas no restore reproduces
    ///   exactly. If both dumps are as they were then, nothing has changed.
    private func schemaDifferences(
        _ name: DatabaseName, encoding: String, owners: ObjectOwners, published: SchemaHashes?
    ) async throws -> [Difference] {
        async let source = programs.schema(of: sessions.sourceParameters(name), encoding: encoding)
        let target = try await programs.schema(of: sessions.ownedParameters(name), encoding: encoding)
        let wanted = rights.divide(try await source, owners: owners).script
        let found = rights.divide(target, owners: owners.ownedBy(sessions.owner)).script
        func differences(_ part: (SchemaScript) -> SchemaScript) -> [String] {
            SchemaComparison(source: [part(wanted)], target: part(found), isSameVersion: isSameVersion).differences
        }
        // What sets the owner's own rights was made after that comparison.
        func compared(_ script: SchemaScript) -> SchemaScript { script.settingOwnersRights(rights, false) }
        let now = SchemaHashes(
            program: programs.majorVersion, source: compared(wanted).hash, target: compared(found).hash)
        let all = (now == published ? [] : differences(compared)) + differences { $0.settingOwnersRights(rights, true) }
        return all.map { Difference(subject: .schema, name: name.description, message: $0) }
    }

    private func explain(_ differences: inout [Difference], in name: DatabaseName, tables: [TableContents]) async throws
    {
        let differing = differences.indices.filter { differences[$0].subject == .table }
        guard !differing.isEmpty else { return }
        let rows = try RowDifferences(
            limit: Self.explainedRows, source: sessions.openSource(name), target: sessions.openOwned(name))
        for place in differing {
            guard let table = tables.first(where: { $0.name.description == differences[place].name }) else { continue }
            differences[place].rows = try await rows.find(in: table)
        }
    }
}
