import Crypto
import JobContract
import PostgresClient

/// A database at the target under a temporary name: marked, loading, then sealed.
///
/// While it loads, a schema of Rehome's own inside it says what is done, written in the same transactions as the data
/// it speaks of. Sealing drops that schema and writes the fingerprint into the database's comment, in one transaction.
struct StagingDatabase: Sendable {
    /// Holds the state of a loading database.
    static let stateSchema = "_rehome"

    let identity: MigrationIdentity
    /// The database's final name.
    let database: DatabaseName
    /// The temporary name: it holds the migration's hash, so that even an unmarked, empty one is known as ours.
    let name: DatabaseName

    init(identity: MigrationIdentity, database: DatabaseName) {
        self.identity = identity
        self.database = database
        name = DatabaseName("\(Self.prefix(of: identity))\(shortHash(database.text))")
    }

    /// What the names of all staging databases of a migration begin with.
    static func prefix(of identity: MigrationIdentity) -> String { "rehome_\(identity.hash)_" }

    /// What an attempt found under the temporary name.
    enum State: Sendable, Equatable {
        case absent
        /// Ours; nothing in it can be relied on.
        case worthless
        case loading
        case sealed(fingerprint: String)
    }

    /// - Throws: ``MigrationFailure`` if the database is not ours.
    func state(maintenance: Connection) throws -> State {
        guard let comment = try DatabaseFacts.comment(of: name, at: maintenance) else { return .absent }
        switch DatabaseMark(comment: comment) {
        case .loading(identity, database: database)?: return .loading
        case .sealed(identity, database: database, let fingerprint)?: return .sealed(fingerprint: fingerprint)
        case nil where comment == nil:
            // Created, and killed before the mark; the caller makes sure that nobody has put anything in.
            return .worthless
        default:
            throw MigrationFailure(
                .personMustAct, "\(maintenance.place): database \(name) has the name of a staging database, but a comment that is not Rehome's",
                advice: "Rename or drop it.")
        }
    }

    /// Creates the database empty, with the source's encoding and locale, and marks it.
    func create(like source: DatabaseFacts, owner: String, maintenance: Connection) throws {
        var sql = "CREATE DATABASE \(name.quoted) OWNER \(SQL.identifier(owner)) TEMPLATE template0"
        sql += " ENCODING \(SQL.literal(source.encoding))"
        sql += " LC_COLLATE \(SQL.literal(source.collate)) LC_CTYPE \(SQL.literal(source.characterType))"
        if maintenance.majorVersion >= 15 {
            switch (source.localeProvider, source.locale) {
            case ("i", let locale?): sql += " LOCALE_PROVIDER icu ICU_LOCALE \(SQL.literal(locale))"
            case ("b", let locale?): sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE \(SQL.literal(locale))"
            default: sql += " LOCALE_PROVIDER libc"
            }
            if let rules = source.icuRules { sql += " ICU_RULES \(SQL.literal(rules))" }
        }
        try maintenance.execute(sql)
        try mark(.loading(identity, database: database), connection: maintenance)
    }

    /// Drops the database. Only ever called for one that ``state(maintenance:)`` has found to be ours.
    func drop(maintenance: Connection) throws(PostgresError) {
        try DatabaseDrop.run(name, at: maintenance)
    }

    private func mark(_ mark: DatabaseMark, connection: Connection) throws {
        try connection.execute("COMMENT ON DATABASE \(name.quoted) IS \(SQL.literal(mark.comment()))")
    }

    // MARK: State while loading

    /// A thing that was done, with what is to be known of it.
    enum Step: Hashable {
        /// The script that made the tables; its hash.
        case schema
        /// A table that is filled and verified; its ``TableHash``.
        case table(RelationName)
        /// A range of a large table that is filled and not yet verified; its ``TableHash`` as it was sent.
        case range(RelationName, TableRange)
        case largeObjects
        /// An index or constraint that is built; nothing.
        case index(String)
        /// Extended statistics that are defined; nothing.
        case statistics(String)

        static let rangeKind = "range"

        var kind: String {
            switch self {
            case .schema: "schema"
            case .table: "table"
            case .range: Self.rangeKind
            case .largeObjects: "large objects"
            case .index: "index"
            case .statistics: "statistics"
            }
        }

        var name: String {
            switch self {
            case .schema, .largeObjects: ""
            case .table(let table): table.quoted
            case .range(let table, let range): "\(table.quoted) \(range.label)"
            case .index(let title), .statistics(let title): title
            }
        }
    }

    static func createState(epoch: Int) -> String {
        """
        CREATE SCHEMA \(stateSchema);
        CREATE TABLE \(stateSchema).attempt (epoch bigint NOT NULL);
        CREATE TABLE \(stateSchema).step (kind text, name text, value text NOT NULL, PRIMARY KEY (kind, name));
        INSERT INTO \(stateSchema).attempt VALUES (\(epoch))
        """
    }

    /// Takes over the state of a dead attempt. Waits for a commit of its that is under way; every later one fails.
    static func adoptState(epoch: Int) -> String {
        "UPDATE \(stateSchema).attempt SET epoch = \(epoch) WHERE epoch < \(epoch); SELECT epoch FROM \(stateSchema).attempt"
    }

    /// Records a step, in the transaction of what it speaks of, on the condition that no newer attempt has begun: the
    /// value is NULL then, which the column refuses.
    static func record(_ step: Step, value: String, epoch: Int) -> String {
        """
        INSERT INTO \(stateSchema).step VALUES (\(SQL.literal(step.kind)), \(SQL.literal(step.name)), \
        (SELECT \(SQL.literal(value)) FROM \(stateSchema).attempt WHERE epoch = \(epoch) FOR SHARE)) \
        ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value
        """
    }

    /// Begins a step that may be done once only: fails with ``SQLState/uniqueViolation`` if it was done, after waiting for
    /// whoever is at it.
    static func claim(_ step: Step, epoch: Int) -> String {
        """
        INSERT INTO \(stateSchema).step VALUES (\(SQL.literal(step.kind)), \(SQL.literal(step.name)), \
        (SELECT 'begun' FROM \(stateSchema).attempt WHERE epoch = \(epoch) FOR SHARE))
        """
    }

    /// What is done so far: values by kind and name.
    static func steps(at staging: Connection) throws(PostgresError) -> [String: [String: String]] {
        var steps: [String: [String: String]] = [:]
        for row in try staging.query("SELECT kind, name, value FROM \(stateSchema).step").rows {
            steps[row[0] ?? "", default: [:]][row[1] ?? ""] = row[2]
        }
        return steps
    }

    /// Ends the loading, as the last statements of a transaction in the staging database.
    ///
    /// - Parameter connectionLimit: the source database's; none may hold before, or it would lock out the workers.
    func seal(fingerprint: String, connectionLimit: Int, epoch: Int) throws -> String {
        let mark = try sealedMark(fingerprint: fingerprint)
        return """
            \(Self.record(.schema, value: "sealing", epoch: epoch));
            DROP SCHEMA \(Self.stateSchema) CASCADE;
            COMMENT ON DATABASE \(name.quoted) IS \(SQL.literal(mark));
            ALTER DATABASE \(name.quoted) CONNECTION LIMIT \(connectionLimit)
            """
    }

    /// The comment that a sealed database bears until it is published.
    func sealedMark(fingerprint: String) throws -> String {
        try DatabaseMark.sealed(identity, database: database, fingerprint: fingerprint).comment()
    }
}

/// Drops a database of Rehome's own, whoever is connected to it.
enum DatabaseDrop {
    static func run(_ name: DatabaseName, at maintenance: Connection) throws(PostgresError) {
        guard maintenance.majorVersion >= 13 else {
            _ = try maintenance.query(
                "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1", [name.text])
            try maintenance.execute("DROP DATABASE IF EXISTS \(name.quoted)")
            return
        }
        try maintenance.execute("DROP DATABASE IF EXISTS \(name.quoted) WITH (FORCE)")
    }
}

/// A hash over everything that was copied of one database.
struct Fingerprint {
    static func of(tables: [RelationName: TableHash], sequences: [SequenceValue], largeObjects: ContentHash) -> String {
        var lines = tables.map { "\($0.key.quoted) \($0.value)" }.sorted()
        lines += sequences.map { "\($0.name.quoted) \($0.lastValue) \($0.isCalled)" }.sorted()
        lines.append("large objects \(largeObjects)")
        var digest = SHA256()
        for line in lines { digest.update(data: Array((line + "\n").utf8)) }
        return digest.finalize().map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }
}
