import JobContract
import PostgresClient

/// The databases that stayed at the target when this instance was moved away from it.
///
/// A move back finds them under the names that it wants: fenced, and stale from the first write after the cut-over on.
/// They are recognised by the stamps of their copies, which hold the `system_identifier` of the server that they were
/// copied from and a fingerprint of their content.
struct FormerDatabases {
    /// The stamps of the copies, by database; all of them are at the source now.
    let stamps: [DatabaseName: Stamp]
    /// All databases that were moved together, those included that have gone from the source since.
    let names: Set<DatabaseName>

    init(source: ServerFacts, target: ServerFacts, settings: JobSettings) {
        var stamps: [DatabaseName: Stamp] = [:]
        for database in source.databases {
            guard case .published(let stamp)? = DatabaseMark(comment: database.comment),
                stamp.database == database.name,
                Self.isEarlier(stamp.migration, than: settings), stamp.target == source.systemIdentifier,
                stamp.migration.source == target.systemIdentifier
            else { continue }
            stamps[database.name] = stamp
        }
        self.stamps = stamps
        names = Set(stamps.values.flatMap(\.databases))
    }

    /// Whether a migration is the one that a run of these settings leads back from.
    static func isEarlier(_ identity: MigrationIdentity, than settings: JobSettings) -> Bool {
        guard identity.isOf(settings), identity.direction != settings.direction else { return false }
        return settings.direction == .rollback
            ? identity.generation == settings.generation : identity.generation < settings.generation
    }

    /// Whether a database at the target is stale: it holds what was copied from it, and nothing newer.
    ///
    /// - Returns: `nil` for a database that was not left behind. `reason` says what proves that it is stale, or what
    ///   speaks against that.
    func look(at database: DatabaseFacts, sessions: Sessions) throws -> (isStale: Bool, reason: String)? {
        guard names.contains(database.name) else { return nil }
        let isFenced = database.readOnlySetting == "on"
        guard let stamp = stamps[database.name], !stamp.fingerprint.isEmpty else {
            // Its copy was dropped at the source, so there is nothing to compare it with.
            return isFenced
                ? (true, "it was moved away at \(stamps.values.map(\.publishedAt).max() ?? "") and is fenced since")
                : (false, "it was moved away, is not fenced any more, and its copy at the source is gone")
        }
        guard database.takesConnections else {
            return (false, "it takes no connections, so nobody can look at what it holds")
        }
        let found = try ContentFingerprint(reading: sessions.openOwned(database.name))
        let unfenced = isFenced ? "" : ", though it is not fenced any more"
        if found.all == stamp.fingerprint {
            return (true, "it holds what was moved away at \(stamp.publishedAt), and nothing newer\(unfenced)")
        }
        if found.rows == stamp.rowsFingerprint {
            return (
                true,
                "its rows are those that were moved away at \(stamp.publishedAt), and only sequences have moved since, as a crash of the server moves them\(unfenced)"
            )
        }
        return (false, "it has been written to since it was moved away at \(stamp.publishedAt)")
    }

    /// What is wrong with the source or the target of a way back. There has to be a stamp of the forward migration at
    /// the source. It has to be written for that server, and to name the target as the server that was left.
    static func absence(source: ServerFacts, target: ServerFacts, settings: JobSettings) -> Finding {
        let stamps = source.databases.compactMap { database -> Stamp? in
            guard case .published(let stamp)? = DatabaseMark(comment: database.comment),
                isEarlier(stamp.migration, than: settings)
            else { return nil }
            return stamp
        }
        guard let stamp = stamps.first else {
            return .error(
                "no database at \(source.place) bears the stamp of migration \(settings.generation) of \(settings.namespace)/\(settings.instance), so there is nothing to go back from",
                "Check REHOME_GENERATION and the source: in a rollback it is the server that was moved to.")
        }
        guard stamp.target == source.systemIdentifier else {
            return .error(
                "the stamps at \(source.place) were written for another server (\(stamp.target))",
                "It is a copy of the published server. Use that one.")
        }
        return .warning(
            "\(target.place) is not the server that was moved away from (system identifier \(target.systemIdentifier), not \(stamp.migration.source)): its volume was made anew",
            "Going back works all the same, as long as no database of a wanted name is there.")
    }
}
