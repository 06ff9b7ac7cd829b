import JobContract
import PostgresClient

/// Something that happened in a migration, to be reported to people. `seconds` is how long it took, unless the case
/// says otherwise.
public enum MigrationEvent: Sendable {
    case connected(side: Side, place: String, version: String, isEncrypted: Bool)
    /// A server is not there yet, and is asked again for so many more seconds.
    case awaitingServer(side: Side, place: String, reason: String, seconds: Double)
    case finding(Finding)
    case planned(databases: Int, bytes: Int)
    /// - Parameter seconds: how long the wait still takes.
    case waitingForStart(until: String, seconds: Double)
    case startReached
    case waitingForOtherAttempt
    /// Databases that the source has got since the run began.
    case appeared(databases: [DatabaseName])
    /// Another pod leads; this one helps it.
    case helping
    case fenced(databases: [DatabaseName], endedSessions: Int, leftOpen: Bool, seconds: Double)
    case fenceLifted(databases: [DatabaseName])
    case opened(database: DatabaseName, tables: Int, bytes: Int, adopted: Adoption, seconds: Double)
    /// - Parameter verifySeconds: how much of the seconds went into reading the rows back.
    case copied(
        database: DatabaseName, table: RelationName, rows: Int, bytes: Int, seconds: Double, verifySeconds: Double)
    /// A range of a table that is cut into several; also from a helping pod.
    case copiedRange(
        database: DatabaseName, table: RelationName, blocks: String, rows: Int, bytes: Int, seconds: Double)
    case rechecked(database: DatabaseName, table: RelationName, rows: Int, seconds: Double)
    case indexed(database: DatabaseName, index: String, seconds: Double)
    case analyzed(database: DatabaseName, table: RelationName, seconds: Double)
    /// What of the source's schema is not brought over.
    case leftOut(database: DatabaseName, objects: [LeftOut])
    case rebuilding(database: DatabaseName, reason: String)
    /// How far the copy is, every 15 seconds.
    case progress(CopyProgress)
    /// What is being done, after 15 seconds without another event.
    ///
    /// - Parameter seconds: since it was begun.
    case working(on: String, seconds: Double)
    /// Everything of a database is at the target as one snapshot showed it; rounds keep it up from here on.
    case copiedDatabase(database: DatabaseName, rows: Int, seconds: Double)
    /// What has changed at the source since the round before is at the target too.
    case round(RoundSummary)
    case postponed(database: DatabaseName, reason: String)
    /// Everything is ready, and the cut-over waits for this.
    case keepingUp(for: String)
    /// The fence was lifted again, with nothing published.
    ///
    /// - Parameters:
    ///   - attempt: how many tries of the cut-over have failed.
    ///   - seconds: until the next try.
    case cutOverPutOff(reason: String, attempt: Int, seconds: Double)
    case sealed(database: DatabaseName, fingerprint: String, seconds: Double)
    case sourceMoved(attempt: Int)
    case verified(database: DatabaseName, rows: Int, differences: Int)
    case proved(databases: Int)
    case answerLost
    /// - Parameters:
    ///   - seconds: how long the publishing transaction took.
    ///   - fenced: seconds from the fence to the publication; `nil` without a fence.
    case published(databases: [DatabaseName], setAside: [DatabaseName: DatabaseName], seconds: Double, fenced: Double?)
    case alreadyPublished(databases: [DatabaseName], at: String)
    case leftOver(databases: [DatabaseName])

    public enum Side: String, Sendable { case source, target }

    /// What an attempt found of an earlier one.
    public enum Adoption: String, Sendable {
        case none, partial
    }
}

/// Receives events from any thread.
public typealias EventSink = @Sendable (MigrationEvent) -> Void
