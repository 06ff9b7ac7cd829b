import FoundationEssentials
import JobContract
import PostgresClient

/// What Rehome writes into the comment of a database at the target (`COMMENT ON DATABASE`).
///
/// A comment is the one piece of state that moves with a rename, is set in the same transaction, and can be read
/// without connecting to the database.
enum DatabaseMark: Sendable {
    /// The database that holds an attempt's lock, epoch and fence records.
    case control(MigrationIdentity)
    /// A staging database that is being filled.
    case loading(MigrationIdentity, database: DatabaseName)
    /// A staging database that is complete and verified.
    case sealed(MigrationIdentity, database: DatabaseName, SealedContents)
    /// A database under its final name.
    case published(Stamp)
    /// A database that an earlier migration has left or published, and that was renamed to make room; with the comment
    /// that it had.
    case setAside(MigrationIdentity, database: DatabaseName, comment: ByteText?)

    private struct Envelope: Codable {
        var rehome: String
        var migration: MigrationIdentity?
        var database: DatabaseName?
        var sealed: SealedContents?
        var stamp: Stamp?
        var comment: ByteText?
    }

    /// - Returns: `nil` for a comment that is not Rehome's.
    init?(comment: ByteText?) {
        guard let comment, comment.hasPrefix("{"),
            let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(comment.bytes))
        else { return nil }
        switch (envelope.rehome, envelope.migration, envelope.database) {
        case ("control", let migration?, _): self = .control(migration)
        case ("loading", let migration?, let database?): self = .loading(migration, database: database)
        case ("sealed", let migration?, let database?):
            guard let contents = envelope.sealed else { return nil }
            self = .sealed(migration, database: database, contents)
        case ("published", _, _):
            guard let stamp = envelope.stamp else { return nil }
            self = .published(stamp)
        case ("set aside", let migration?, let database?):
            self = .setAside(migration, database: database, comment: envelope.comment)
        default: return nil
        }
    }

    /// The comment's text: JSON with sorted keys.
    func comment() throws -> ByteText {
        let envelope =
            switch self {
            case .control(let migration): Envelope(rehome: "control", migration: migration)
            case .loading(let migration, let database):
                Envelope(rehome: "loading", migration: migration, database: database)
            case .sealed(let migration, let database, let contents):
                Envelope(rehome: "sealed", migration: migration, database: database, sealed: contents)
            case .published(let stamp): Envelope(rehome: "published", stamp: stamp)
            case .setAside(let migration, let database, let comment):
                Envelope(rehome: "set aside", migration: migration, database: database, comment: comment)
            }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteText(bytes: try encoder.encode(envelope))
    }
}

extension ServerFacts {
    /// The stamps that were written in the same publishing transaction as one of them.
    func stamps(publishedWith stamp: Stamp) -> [Stamp] {
        databases.compactMap { database in
            guard case .published(let other)? = DatabaseMark(comment: database.comment), other.attempt == stamp.attempt
            else { return nil }
            return other
        }
    }
}

/// The comment that a database had before Rehome wrote its own.
enum SourceComment {
    /// A database that was published by an earlier migration, and moves again, passes on what its stamp kept.
    static func original(of database: DatabaseFacts) -> ByteText? {
        guard case .published(let stamp)? = DatabaseMark(comment: database.comment) else { return database.comment }
        return stamp.sourceComment
    }
}

/// Hashes of both sides' schemas, as one version of `pg_dump` wrote them.
public struct SchemaHashes: Codable, Hashable, Sendable {
    /// `pg_dump`'s major version: another one writes other text.
    public var program: Int
    public var source: String
    public var target: String
}

/// The comment of a published database: what was moved, when, and with which fingerprint.
public struct Stamp: Codable, Sendable {
    public var migration: MigrationIdentity
    /// The target cluster's `system_identifier`: a stamp copied along with its database proves nothing elsewhere.
    public var target: String
    /// Hash of the settings that chose what is moved.
    public var plan: String
    public var attempt: String
    /// This database.
    public var database: DatabaseName
    /// All databases that were published in the same transaction.
    public var databases: [DatabaseName]
    /// RFC 3339, the target server's clock.
    public var publishedAt: String
    /// SHA-256 over the hashes of all tables, sequences and large objects, as copied; empty for a new database.
    public var fingerprint: String
    /// The same without the values of sequences; `nil` in stamps of versions that did not say.
    public var rowsFingerprint: String?
    /// The same over what the target held when it was published. It differs from ``fingerprint`` only by deliberate
    /// changes.
    public var published: String
    /// What was changed on purpose after the copy.
    public var changes: [DeliberateChange]
    /// The source database's own comment, whose place the stamp has taken.
    public var sourceComment: ByteText?
    /// `default_transaction_read_only` of the source database before the fence; `nil` if it was not set.
    public var fencedFrom: ByteText?
    /// RFC 3339, the target server's clock: when the fence was raised; `nil` without one.
    public var fencedAt: String?
    /// Sessions in the source database when the fence was raised: where there were some, ``AfterCheck`` expects some.
    public var sessions: Int?
    /// What of the source's schema was not brought over; `nil` in stamps of versions that did not say.
    public var leftOut: [LeftOut]?
    /// What both sides' dumps were when they were compared; `nil` for a database that had no source.
    public var schemas: SchemaHashes?
    /// Rows that were moved, of all tables.
    public var rows: Int?
    /// Rows of `catalogTable` that were moved; `nil` where there is no such table.
    public var entities: Int?
    /// How the run went. This property and all that follow are `nil` in stamps of versions that did not say.
    public var run: RunRecord?
    /// What was done for this database, and when.
    public var work: [WorkSpan]?
    /// Each table and what it hashed to.
    var tables: [SealedContents.Table]?
    /// Tables that were or may have been changed on purpose.
    var changed: [ChangedTable]?
    /// Tables that an earlier attempt had copied.
    public var tablesFromBefore: Int?

    /// Descriptions of a table's ``TableHash``: of what was copied, and of what the target held when it was published.
    struct ChangedTable: Codable, Sendable, Equatable {
        /// As in ``SealedContents``.
        var name: ByteText
        var copied: String
        var published: String
    }

    /// Where Backstage keeps the entities of its catalog as they are shown, one in a row.
    static let catalogTable: Identifier = "final_entities"
}
