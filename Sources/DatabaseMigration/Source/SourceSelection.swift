import JobContract
import PostgresClient

/// Which databases of the source a run moves: those that the patterns choose and that are Backstage's.
///
/// Forward, the source is the operator's own server, and everything on it is Backstage's, except what Rehome has made
/// or set aside there. Back, the source may be shared with others. So only those databases move that were moved there,
/// and those that Backstage's role has made since.
struct SourceSelection {
    private let patterns: DatabaseSelection
    private let settings: JobSettings

    init(_ settings: JobSettings) {
        self.settings = settings
        patterns = DatabaseSelection(include: settings.include, exclude: settings.exclude)
    }

    func mayMove(_ name: DatabaseName) -> Bool { patterns.selects(name) }

    /// - Parameter databases: all databases of the source.
    func select(_ databases: [DatabaseFacts]) -> [DatabaseFacts] {
        var stamps: [DatabaseName: Stamp] = [:]
        for database in databases {
            if case .published(let stamp)? = DatabaseMark(comment: database.comment), stamp.migration.isOf(settings) {
                stamps[database.name] = stamp
            }
        }
        let asides = Set(stamps.values.map { SetAsideDatabase.suffix(of: $0.migration) })
        let owners = Set(databases.filter { stamps[$0.name] != nil }.map(\.owner))
        return databases.filter { database in
            guard !database.isTemplate, mayMove(database.name), !asides.contains(where: database.name.text.hasSuffix)
            else { return false }
            switch DatabaseMark(comment: database.comment) {
            case .control?, .loading?, .sealed?, .setAside?: return false
            case .published?: return settings.direction == .forward || stamps[database.name] != nil
            case nil: return settings.direction == .forward || owners.contains(database.owner)
            }
        }
    }
}
