import JobContract
import PostgresClient

extension MigrationEvidence.Table {
    /// What a stamp says of its tables.
    static func list(_ stamp: Stamp) -> [Self] {
        let changed = Dictionary((stamp.changed ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let changes = Dictionary(
            stamp.changes.compactMap { change in
                change.table.map { (StagingDatabase.Step.name(of: $0), change.words) }
            }, uniquingKeysWith: { "\($0); \($1)" })
        return (stamp.tables ?? []).map { table in
            guard let pair = changed[table.name] else {
                return Self(name: table.name.description, .init(TableHash(table.hash)))
            }
            var entry = Self(name: table.name.description, .init(TableHash(pair.published)))
            guard pair.copied != pair.published else { return entry }
            entry.source = .init(TableHash(pair.copied))
            entry.change = changes[table.name]
            return entry
        }
    }

    /// A table of a rehearsal.
    ///
    /// - Parameter isUnproved: whether the settings accept that its generated columns differ. Then nobody has looked
    ///   whether they do.
    init(_ name: RelationName, _ hash: TableHash, isUnproved: Bool) {
        var hash = hash
        if isUnproved { hash.generated = ContentHash() }
        self.init(name: name.description, .init(hash))
        if isUnproved { change = "generated columns may differ, as accepted" }
    }

    private init(name: String, _ contents: Contents) {
        self.init(name: name, rows: contents.rows, bytes: contents.bytes, hash: contents.hash)
    }
}

extension MigrationEvidence.Table.Contents {
    fileprivate init(_ hash: TableHash?) {
        self.init(
            rows: hash?.base.rows ?? 0, bytes: hash?.base.bytes ?? 0,
            hash: hash.map { $0.base.digits + ($0.generated.rows > 0 ? " " + $0.generated.digits : "") } ?? "")
    }
}

extension MigrationEvidence.Database {
    /// Whether the target held what was read at the source, everything alike.
    public var isEqual: Bool { sourceHash == targetHash && tables.allSatisfy { $0.change == nil } }
}

extension ContentHash {
    /// The hash without the counts.
    fileprivate var digits: String { description.split(separator: ":").last.map(String.init) ?? "" }
}
