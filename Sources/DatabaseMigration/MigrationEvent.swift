import JobContract
import PostgresClient

/// Something that happened in a migration, for whoever tells it to people.
public enum MigrationEvent: Sendable {
    case connected(side: Side, place: String, version: String, isEncrypted: Bool)
    case finding(Finding)
    case planned(databases: Int, bytes: Int)
    case waitingForStart(until: String, seconds: Double)
    case startReached
    case waitingForOtherAttempt
    /// Another pod leads; this one does what it is asked to.
    case helping
    /// Rehearsed copies that were dropped, since their databases have been written to.
    case outdated(databases: [DatabaseName])
    case fenced(databases: [DatabaseName], endedSessions: Int, seconds: Double)
    case fenceLifted(databases: [DatabaseName])
    case opened(database: DatabaseName, tables: Int, bytes: Int, adopted: Adoption, seconds: Double)
    /// - Parameter verifySeconds: how much of the seconds went into reading the rows back.
    case copied(database: DatabaseName, table: RelationName, rows: Int, bytes: Int, seconds: Double, verifySeconds: Double)
    /// A part of a table that is cut, in a helping pod too.
    case copiedRange(database: DatabaseName, table: RelationName, blocks: String, rows: Int, bytes: Int, seconds: Double)
    case rechecked(database: DatabaseName, table: RelationName, rows: Int, seconds: Double)
    case indexed(database: DatabaseName, index: String, seconds: Double)
    case analyzed(database: DatabaseName, table: RelationName, seconds: Double)
    /// What of the source's schema is not brought over.
    case leftOut(database: DatabaseName, objects: [LeftOut])
    case rebuilding(database: DatabaseName, reason: String)
    case sealed(database: DatabaseName, fingerprint: String, seconds: Double)
    /// Transactions have come and gone at the source, and none of them changed a row.
    case unchanged(databases: Int, seconds: Double)
    case sourceMoved(attempt: Int)
    case verified(database: DatabaseName, rows: Int, differences: Int)
    case proved(databases: Int)
    case answerLost
    case published(databases: [DatabaseName], setAside: [DatabaseName: DatabaseName], seconds: Double)
    case alreadyPublished(databases: [DatabaseName], at: String)
    case leftOver(databases: [DatabaseName])

    public enum Side: String, Sendable { case source, target }

    /// What an attempt found of an earlier one.
    public enum Adoption: String, Sendable {
        case none, partial, sealed
    }
}

/// Receives events from any thread.
public typealias EventSink = @Sendable (MigrationEvent) -> Void
