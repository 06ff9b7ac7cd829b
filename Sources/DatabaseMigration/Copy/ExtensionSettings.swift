import JobContract
import PostgresClient

/// A table or sequence in which an extension keeps what its users set (PostgreSQL manual, "Extension Configuration
/// Tables").
struct ExtensionSettings: Sendable {
    let name: RelationName
    let isSequence: Bool
    /// Columns that COPY carries.
    let columns: [Identifier]
    /// Which rows are its users': `WHERE …`, or nothing for all of them. Only an extension's script can declare it, so
    /// it was written by an administrator of the server.
    let condition: DumpedStatement

    static func read(at connection: Connection) throws(PostgresError) -> [ExtensionSettings] {
        try connection.query(
            """
            SELECT n.nspname, c.relname, c.relkind = 'S', s.condition,
                   ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                         AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum)
            FROM pg_catalog.pg_extension e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) s (oid, condition)
            JOIN pg_catalog.pg_class c ON c.oid = s.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'S') ORDER BY e.oid, 1, 2
            """
        ).rows.map { row in
            ExtensionSettings(
                name: row.relation(0), isSequence: row.isTrue(2),
                columns: TextArray.decode(row[4] ?? "").map { Identifier($0) },
                condition: DumpedStatement(row[3]?.bytes ?? []))
        }
    }

    /// What they are called, to people.
    var title: String { "settings of an extension in \(name)" }

    /// - Parameter condition: ``condition`` as SQL: trusted for a session at the source, and left as the source's own
    ///   for one of the target's owner (``SQL/isForeign``).
    func copyOut(_ condition: SQL) -> SQL {
        "COPY (SELECT \(list: columns) FROM ONLY \(name) \(condition)) TO STDOUT"
    }
}

/// Copies the settings of extensions as `pg_dump` does: they replace what the extension's script has inserted.
struct ExtensionSettingsCopy {
    let source: ExtensionSettingsReader
    /// A session of the target's owner.
    let staging: Connection

    /// - Parameters:
    ///   - source: in a transaction that only keeps its snapshot.
    ///   - isPatient: whether it waits for as long as another session keeps a lock.
    init(source: Connection, staging: Connection, isPatient: Bool) {
        self.source = .source(source, isPatient: isPatient)
        self.staging = staging
    }

    /// - Returns: what could not be carried over.
    func run() throws -> [LeftOut] {
        try ExtensionSettings.read(at: source.connection).compactMap { settings in
            do {
                let problem = try settings.isSequence ? setSequence(settings) : replaceRows(of: settings)
                return problem.map { Self.leftOut(settings, $0) }
            } catch {
                // Not allowed, or the target's version of the extension does not take them.
                guard let failure = error as? PostgresError ?? (error as? MigrationFailure)?.cause,
                    failure.kind == .statementFailed,
                    // Cancelled, out of resources, or blocked by another transaction: that says nothing about the
                    // settings.
                    !["57", "53", "40", "25", "55"].contains(failure.state?.errorClass)
                else { throw error }
                return Self.leftOut(settings, failure.message)
            }
        }
    }

    private static func leftOut(_ settings: ExtensionSettings, _ problem: String) -> LeftOut {
        LeftOut(.extensions, "\(settings.title): \(problem)")
    }

    /// What the owner may do with a relation; `nil` if the relation does not exist, since its extension was left out.
    private func rights(on name: RelationName, writing privileges: String) throws -> (read: Bool, write: Bool)? {
        try staging.query(
            """
            SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT'),
                   (SELECT pg_catalog.bool_and(pg_catalog.has_table_privilege(c.oid, p)) FROM unnest($3::text[]) p)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2
            """, [name.schema.text, name.name.text, ByteText(privileges)]
        ).rows.first.map { ($0.isTrue(0), $0.isTrue(1)) }
    }

    /// - Returns: why the rows differ and could not be replaced; otherwise `nil`.
    private func replaceRows(of settings: ExtensionSettings) throws -> String? {
        let wanted = try source.rows(of: settings)
        guard let rights = try rights(on: settings.name, writing: "{INSERT,DELETE}") else { return nil }
        let copyOut = settings.copyOut(settings.condition.sql)
        if rights.read, try ExtensionSettingsReader.rows(copyOut, at: staging).hash == wanted.hash { return nil }
        if !rights.read, wanted.hash.rows == 0 { return nil }
        guard rights.read, rights.write else {
            return "\(wanted.hash.rows) rows, which \(staging.parameters.server.user) may not write"
        }
        guard let bytes = wanted.bytes else {
            return "\(wanted.hash.rows) rows, which are more than \(ExtensionSettingsReader.mostBytes >> 20) MiB"
        }
        return try atTarget {
            try staging.execute("DELETE FROM ONLY \(settings.name) \(settings.condition)")
            try staging.send("COPY \(settings.name) (\(list: settings.columns)) FROM STDIN")
            try CopyStream.expect(.in, at: staging, for: settings.name)
            try bytes.withUnsafeBytes { try staging.putRows($0) }
            try staging.endRows()
            try CopyStream.expectEnd(at: staging)
            let found = try ExtensionSettingsReader.rows(copyOut, at: staging).hash
            return found == wanted.hash ? nil : "\(wanted.hash.rows) rows, of which the target made other ones"
        }
    }

    /// - Returns: why it could not be set, where it stands elsewhere.
    private func setSequence(_ settings: ExtensionSettings) throws -> String? {
        let wanted = try source.value(of: settings)
        guard let rights = try rights(on: settings.name, writing: "{UPDATE}") else { return nil }
        if rights.read, try SequenceValue.read([settings.name], from: staging) == wanted { return nil }
        guard rights.write else {
            return "where the sequence stands, which \(staging.parameters.server.user) may not set"
        }
        try SequenceValue.set(wanted, at: staging)
        return nil
    }

    /// Runs `body` in a transaction.
    ///
    /// - Parameter body: returns why its work is to be rolled back; `nil` to commit.
    private func atTarget(_ body: () throws -> String?) throws -> String? {
        try staging.execute("BEGIN")
        let result = Swift.Result { try body() }
        if case .success(nil) = result {
            try staging.execute("COMMIT")
        } else {
            try staging.stopStatement()
            try staging.execute("ROLLBACK")
        }
        return try result.get()
    }
}

/// The settings of extensions as they were copied, by which a later look tells whether they have changed.
struct CopiedExtensionSettings: Sendable {
    /// A hash of each setting at the source.
    private var hashes: [ByteText] = []
    /// What could not be carried over.
    private(set) var leftOut: [LeftOut] = []

    /// Whether no extension keeps any.
    var isEmpty: Bool { hashes.isEmpty }

    /// Copies the settings, unless they are as they were the last time.
    ///
    /// - Parameters:
    ///   - source: in a transaction that only keeps its snapshot.
    ///   - staging: a session of the target's owner.
    ///   - retriesLeftOut: copies again if some could not be carried over: the target may take them once rows are
    ///     there.
    ///   - isPatient: whether it waits for as long as another session at the source keeps a lock.
    mutating func copy(
        from source: Connection, to staging: Connection, retriesLeftOut: Bool = false, isPatient: Bool = false
    ) throws {
        let now = try Self.hashes(at: source, isPatient: isPatient)
        guard now != hashes || retriesLeftOut && !leftOut.isEmpty else { return }
        leftOut = try ExtensionSettingsCopy(source: source, staging: staging, isPatient: isPatient).run()
        hashes = now
    }

    func haveChanged(at source: Connection) throws -> Bool { try !isEmpty && Self.hashes(at: source) != hashes }

    private static func hashes(at source: Connection, isPatient: Bool = false) throws -> [ByteText] {
        let reader = ExtensionSettingsReader.source(source, isPatient: isPatient)
        return try ExtensionSettings.read(at: source).map { settings in
            do {
                guard settings.isSequence else {
                    return ByteText(try reader.rows(of: settings).hash.description)
                }
                return ByteText("\(try reader.value(of: settings))")
            } catch let error as PostgresError where error.kind == .statementFailed {
                // What cannot be read is not carried over either.
                return ByteText(error.state?.rawValue ?? "")
            }
        }
    }
}
