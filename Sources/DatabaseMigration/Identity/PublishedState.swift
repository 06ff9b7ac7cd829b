import JobContract
import PostgresClient

/// What the stamps at a target say of one migration, before anything connects to the source.
enum PublishedState {
    /// No database bears a stamp of this migration.
    case none
    /// Every database of the plan is published.
    case complete(Stamp)
    /// Published, but by settings that chose other databases.
    case otherPlan(Stamp)
    /// Published once, and left again since: the databases are fenced, which only a migration away from here does.
    case left(Stamp)

    /// The stamp of what is published, whatever became of it; `nil` if nothing is.
    var stamp: Stamp? {
        switch self {
        case .none: nil
        case .complete(let stamp), .otherPlan(let stamp), .left(let stamp): stamp
        }
    }

    /// - Throws: ``MigrationFailure`` when a stamp contradicts what is there: some of the databases are missing, or the
    ///   stamp was written for another server.
    init(target: ServerFacts, settings: JobSettings) throws {
        let stamps = target.databases.compactMap { database -> (DatabaseName, Stamp)? in
            guard case .published(let stamp)? = DatabaseMark(comment: database.comment),
                stamp.migration.matches(settings)
            else { return nil }
            return (database.name, stamp)
        }
        guard let (_, first) = stamps.max(by: { $0.1.publishedAt < $1.1.publishedAt }) else {
            self = .none
            return
        }
        let label = "\(settings.namespace)/\(settings.instance)"
        if let (name, stamp) = stamps.first(where: { $0.1.target != target.systemIdentifier }) {
            throw MigrationFailure(
                .personMustAct,
                "\(target.place): database \(name) bears a stamp of \(label) that was written for another server (\(stamp.target))",
                advice:
                    "It was copied here from a published target. Remove its comment if this server is to be the target, "
                    + "or raise spec.migration.generation to start a new migration.")
        }
        let bearers = Dictionary(stamps.map { ($0.0, $0.1) }, uniquingKeysWith: { first, _ in first })
        let isLeft = bearers.contains { name, stamp in
            stamp.fencedFrom != "on" && target.database(name)?.readOnlySetting == "on"
        }
        guard !isLeft else {
            self = .left(first)
            return
        }
        let missing = first.databases.filter { bearers[$0]?.attempt != first.attempt }
        guard missing.isEmpty else {
            let failure = MigrationFailure(
                .personMustAct,
                "\(target.place): \(label) was published at \(first.publishedAt) with \(first.databases.count) databases, but "
                    + "\(missing.map(\.description).joined(separator: ", ")) no longer bear that stamp",
                advice:
                    "They were dropped, renamed or replaced since. Nothing was changed by this run; find out by whom, "
                    + "and raise spec.migration.generation if the data is to be copied again.")
            // If another database has the name by now, more has happened than a drop.
            guard first.plan == PlanHash.of(settings), missing.allSatisfy({ target.database($0) == nil }) else {
                throw failure
            }
            throw DroppedSince(stamp: first, names: missing, target: target, failure: failure)
        }
        self = first.plan == PlanHash.of(settings) ? .complete(first) : .otherPlan(first)
    }
}

/// Everything was published, in one transaction, and some of the databases are not there any more.
///
/// Whether that was before or after the cut-over, the target cannot tell: a plugin that was given up and a loss look
/// the same. So this is a failure, unless somebody knows that the receipt had been left.
struct DroppedSince: Error {
    var stamp: Stamp
    var names: [DatabaseName]
    var target: ServerFacts
    var failure: MigrationFailure
}
