import Cryptography
import JobContract
import PostgresClient

/// A database at the target under a temporary name: marked, loading, then sealed.
///
/// While it loads, Rehome's own schema inside it records what is done, in the same transactions as the data. Sealing
/// drops that schema and writes the fingerprint into the database's comment.
struct StagingDatabase: Sendable {
    /// Holds the state of a loading database.
    static let stateSchema: Identifier = "_rehome"

    let identity: MigrationIdentity
    /// The database's final name.
    let database: DatabaseName
    /// The temporary name. It holds the migration's hash, by which an empty database without a mark is known as ours.
    let name: DatabaseName

    init(identity: MigrationIdentity, database: DatabaseName) {
        self.identity = identity
        self.database = database
        name = DatabaseName(Self.prefix(of: identity) + ByteText(shortHash(database.text)))
    }

    /// The beginning of the names of all staging databases of a migration.
    static func prefix(of identity: MigrationIdentity) -> ByteText { ByteText("rehome_\(identity.hash)_") }

    /// What an attempt found under the temporary name.
    enum State: Sendable, Equatable {
        case absent
        /// Ours; nothing in it can be relied on.
        case stale
        /// Ours, and its DROP DATABASE was broken off: nobody can connect to it, and it can only be dropped.
        case invalid
        case loading
        case sealed(SealedContents)
    }

    /// - Throws: ``MigrationFailure`` if the database is not ours.
    func state(maintenance: Connection) throws -> State {
        guard let (comment, isInvalid) = try DatabaseFacts.mark(of: name, at: maintenance) else { return .absent }
        switch DatabaseMark(comment: comment) {
        case .loading(identity, database: database)? where isInvalid,
            .sealed(identity, database: database, _)? where isInvalid,
            nil where comment == nil && isInvalid:
            return .invalid
        case .loading(identity, database: database)?: return .loading
        case .sealed(identity, database: database, let contents)?: return .sealed(contents)
        case nil where comment == nil:
            // It was created, and the attempt was killed before the mark. The caller makes sure that nobody has put
            // anything into it.
            return .stale
        default:
            throw MigrationFailure(
                .personMustAct,
                "\(maintenance.place): database \(name) has the name of a staging database, but a comment that is not Rehome's",
                advice: "Rename or drop it.")
        }
    }

    /// Creates the database empty, with the source's encoding and locale, and marks it.
    func create(like source: DatabaseFacts, owner: RoleName, maintenance: Connection) throws {
        var sql: SQL = """
            CREATE DATABASE \(name) OWNER \(owner) TEMPLATE template0 ENCODING \(literal: source.encoding) \
            LC_COLLATE \(literal: source.collate) LC_CTYPE \(literal: source.characterType)
            """
        if maintenance.majorVersion >= 15 {
            switch (source.localeProvider, source.locale) {
            case ("i", let locale?): sql += " LOCALE_PROVIDER icu ICU_LOCALE \(literal: locale)"
            case ("b", let locale?): sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE \(literal: locale)"
            default: sql += " LOCALE_PROVIDER libc"
            }
            if let rules = source.icuRules { sql += " ICU_RULES \(literal: rules)" }
        }
        try maintenance.execute(sql)
        // It is marked and closed to everybody else at once. What the source grants to others is granted last of all.
        let mark = try DatabaseMark.loading(identity, database: database).comment()
        try maintenance.execute(
            "COMMENT ON DATABASE \(name) IS \(literal: mark); REVOKE ALL ON DATABASE \(name) FROM PUBLIC")
    }

    /// Drops the database. Only ever called for one that ``state(maintenance:)`` has found to be ours.
    func drop(maintenance: Connection) throws(PostgresError) {
        try DatabaseDrop.run(name, at: maintenance)
    }

    // MARK: State while loading

    /// A step that was done, and the value that the state records of it.
    enum Step: Hashable {
        /// The script that made the tables; its hash.
        case schema
        /// A table that is filled and verified; its ``TableHash``.
        case table(RelationName)
        /// A range of a large table that is filled and not yet verified; its ``TableHash`` as it was sent.
        case range(RelationName, TableRange)
        case largeObjects
        /// An index or constraint that is built, by its entry's key; no value.
        case index(String)
        /// An entry of the section post-data that is made, by its key; no value.
        case entry(String)

        static let rangeKind = "range"
        static let entryKind = "entry"
        private static let indexKind = "index"

        /// Whether a table may be there in part, or with some of its indexes.
        static func hasParts(_ steps: Steps) -> Bool {
            [rangeKind, indexKind, entryKind].contains { steps[$0]?.isEmpty == false }
        }

        var kind: String {
            switch self {
            case .schema: "schema"
            case .table: "table"
            case .range: Self.rangeKind
            case .largeObjects: "large objects"
            case .index: Self.indexKind
            case .entry: Self.entryKind
            }
        }

        var name: ByteText {
            switch self {
            case .schema, .largeObjects: ""
            case .table(let table): Self.name(of: table)
            case .range(let table, let range): Self.name(of: table) + ByteText(" \(range.label)")
            case .index(let key), .entry(let key): ByteText(key)
            }
        }

        /// Quoted, so that no two tables share it.
        static func name(of table: RelationName) -> ByteText { ByteText(bytes: ("\(table)" as SQL).bytes) }
    }

    static func createState(epoch: Int) -> SQL {
        """
        CREATE SCHEMA \(stateSchema);
        CREATE TABLE \(stateSchema).attempt (epoch bigint NOT NULL);
        CREATE TABLE \(stateSchema).step (kind text, name text, value text NOT NULL, PRIMARY KEY (kind, name));
        INSERT INTO \(stateSchema).attempt VALUES (\(epoch))
        """
    }

    /// Takes over the state of a dead attempt. It waits for a commit of that attempt that is under way; every later one
    /// fails.
    static func adoptState(epoch: Int) -> SQL {
        "UPDATE \(stateSchema).attempt SET epoch = \(epoch) WHERE epoch < \(epoch); SELECT epoch FROM \(stateSchema).attempt"
    }

    /// Records a step, in the transaction of the data that it is about. If a newer attempt has begun, the value is
    /// NULL, which the column refuses, so the transaction fails.
    static func record(_ step: Step, value: String, epoch: Int) -> SQL {
        """
        INSERT INTO \(stateSchema).step VALUES (\(literal: step.kind), \(literal: step.name), \
        (SELECT \(literal: value) FROM \(stateSchema).attempt WHERE epoch = \(epoch) FOR SHARE)) \
        ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value
        """
    }

    /// Begins a step that may be done only once. The statement waits for another session that is doing the step, and
    /// fails with ``SQLState/uniqueViolation`` if that session has done it.
    static func claim(_ step: Step, epoch: Int) -> SQL {
        """
        INSERT INTO \(stateSchema).step VALUES (\(literal: step.kind), \(literal: step.name), \
        (SELECT 'begun' FROM \(stateSchema).attempt WHERE epoch = \(epoch) FOR SHARE))
        """
    }

    /// Values of the steps done, by kind and name.
    typealias Steps = [String: [ByteText: String]]

    /// What is done so far.
    static func steps(at staging: Connection) throws(PostgresError) -> Steps {
        var steps: Steps = [:]
        for row in try staging.query("SELECT kind, name, value FROM \(stateSchema).step").rows {
            steps[row.text(0), default: [:]][row[1] ?? ""] = row.text(2)
        }
        return steps
    }

    /// Ends the loading, on the condition that no newer attempt has begun.
    static func removeState(epoch: Int) -> SQL {
        "\(record(.schema, value: "sealing", epoch: epoch)); DROP SCHEMA \(stateSchema) CASCADE"
    }

    /// Marks the database as complete. A comment on a database fires no trigger.
    func seal(_ contents: SealedContents) throws -> SQL {
        let mark = try sealedMark(contents)
        return "COMMENT ON DATABASE \(name) IS \(literal: mark)"
    }

    /// The comment that a sealed database bears until it is published.
    func sealedMark(_ contents: SealedContents) throws -> ByteText {
        try DatabaseMark.sealed(identity, database: database, contents).comment()
    }

    /// Turns a sealed database back into one that is loading, with the state that it had.
    ///
    /// - Parameters:
    ///   - undoing: takes back what the seal has made.
    ///   - entries: keys of the entries that stay.
    ///   - replaced: tables that were changed on purpose, so that they have to be copied again.
    func unseal(
        _ contents: SealedContents, undoing: [SQL], entries: [String], replaced: [RelationName], epoch: Int
    ) throws -> SQL {
        let stale = Set(replaced.map(Step.name(of:)))
        var rows: [SQL] = [Self.row(.schema, contents.schema), Self.row(.largeObjects, contents.largeObjects)]
        rows += contents.tables.filter { !stale.contains($0.name) }.map {
            "('table', \(literal: $0.name), \(literal: $0.hash))" as SQL
        }
        rows += entries.map { Self.row(.entry($0), "made") }
        let mark = try DatabaseMark.loading(identity, database: database).comment()
        let state: SQL = """
            DROP SCHEMA IF EXISTS \(Self.stateSchema) CASCADE; \(Self.createState(epoch: epoch));
            INSERT INTO \(Self.stateSchema).step VALUES \(list: rows); COMMENT ON DATABASE \(name) IS \(literal: mark)
            """
        return (undoing + [state]).joined(separator: "; ")
    }

    private static func row(_ step: Step, _ value: String) -> SQL {
        "(\(literal: step.kind), \(literal: step.name), \(literal: value))"
    }
}

/// The content of a sealed database, kept in its mark: a later attempt goes on from there.
struct SealedContents: Codable, Hashable, Sendable {
    /// The fingerprint of everything. It also names the settings that change what the target holds of the same rows.
    var fingerprint: String
    /// Hash of the source's schema.
    var schema: String
    /// The tables ordered by name, so that the same contents give the same mark.
    var tables: [Table]
    var largeObjects: String

    struct Table: Codable, Hashable, Sendable {
        /// Quoted, with its schema.
        var name: ByteText
        /// The hash as ``StagingDatabase/Step/table(_:)`` records it.
        var hash: String
    }
}

/// Drops a database of Rehome's own, whoever is connected to it.
enum DatabaseDrop {
    /// Drops a database whose DROP was broken off. PostgreSQL lets nobody connect to such a database. If there is a
    /// session in it all the same, it is a new database of that name, and the statement fails instead of dropping it.
    static func finish(_ name: DatabaseName, at maintenance: Connection) throws(PostgresError) {
        try maintenance.execute("DROP DATABASE IF EXISTS \(name)")
    }

    static func run(_ name: DatabaseName, at maintenance: Connection) throws(PostgresError) {
        guard maintenance.majorVersion >= 13 else {
            _ = try maintenance.query(
                "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1",
                [name.text])
            try maintenance.execute("DROP DATABASE IF EXISTS \(name)")
            return
        }
        try maintenance.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }
}

/// A hash over everything that was copied of one database.
struct Fingerprint {
    /// A hash without the values of sequences: after a crash they may be up to 32 increments ahead (PostgreSQL's
    /// `SEQ_LOG_VALS`), though nobody has written.
    static func ofRows(tables: [RelationName: TableHash], largeObjects: ContentHash) -> String {
        of(tables: tables, sequences: [], largeObjects: largeObjects)
    }

    static func of(tables: [RelationName: TableHash], sequences: [SequenceValue], largeObjects: ContentHash) -> String {
        func name(_ relation: RelationName) -> ByteText { StagingDatabase.Step.name(of: relation) }
        var lines = tables.map { name($0.key) + ByteText(" \($0.value)") }.sorted()
        lines += sequences.map { name($0.name) + ByteText(" \($0.lastValue) \($0.isCalled)") }.sorted()
        lines.append(ByteText("large objects \(largeObjects)"))
        var digest = SHA256()
        for line in lines { digest.update(data: line.bytes + [UInt8(ascii: "\n")]) }
        return digest.finalize().map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }
}
