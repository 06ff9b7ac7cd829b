import JobContract
import PostgresClient

/// Everything that workers need to know of a database that is being copied.
struct OpenedDatabase: Sendable {
    var facts: DatabaseFacts
    var staging: StagingDatabase
    /// Counts how often the database was begun, so that connections into an earlier staging database are not reused.
    var round: Int
    /// The exported snapshot; valid as long as the worker that opened the database keeps its session.
    var snapshot: String
    var catalog: SourceCatalog
    var rowVersions: RowVersions
    var preData: SchemaScript
    var postData: SchemaScript
    /// What of the source's schema is not brought over.
    var leftOut: [LeftOut]
    /// How tables are cut that do not stay whole, by their place in the catalog.
    var ranges: [Int: [TableRange]] = [:]
    /// What an earlier attempt has proved, to be checked again.
    var adopted: Adopted

    var name: DatabaseName { facts.name }
    var site: CopySite {
        CopySite(database: name, staging: staging.name, round: round, snapshot: snapshot)
    }

    enum Adopted: Sendable {
        case nothing
        /// Values of the steps done, by kind and name.
        case steps(StagingDatabase.Steps)
        /// All of it.
        case sealed(fingerprint: String)

        func value(of step: StagingDatabase.Step) -> String? {
            guard case .steps(let steps) = self else { return nil }
            return steps[step.kind]?[step.name]
        }
    }

    /// Cuts large tables, except those that an earlier attempt has copied whole.
    ///
    /// - Returns: false if an earlier attempt has cut them differently, so that what it has copied is of no use.
    mutating func cutTables(limit: Int) -> Bool {
        if case .sealed = adopted { return true }
        var known: Set<ByteText> = []
        for (place, table) in catalog.tables.enumerated() where adopted.value(of: .table(table.name)) == nil {
            let cut = TableRange.cut(table, limit: limit)
            guard !cut.isEmpty else { continue }
            ranges[place] = cut
            for range in cut { known.insert(StagingDatabase.Step.range(table.name, range).name) }
        }
        guard case .steps(let steps) = adopted else { return true }
        let settled = catalog.tables.filter { adopted.value(of: .table($0.name)) != nil }.map { StagingDatabase.Step.name(of: $0.name) + " " }
        return (steps[StagingDatabase.Step.rangeKind] ?? [:]).keys.allSatisfy { name in
            known.contains(name) || settled.contains(where: name.hasPrefix)
        }
    }

    /// Indexes of a table below this many bytes are built together with everything else at the end.
    private static let separateIndexThreshold = 4 * 1024 * 1024

    /// Entries of the post-data section that are built on their own, by their place; for each the table's place and the
    /// statement. A constraint is built as a unique index first, which does not lock out its table's other indexes.
    func separateIndexes() -> [Int: (table: Int, definition: DumpedStatement)] {
        let places = Dictionary(catalog.tables.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
        var indexes: [Int: (table: Int, definition: DumpedStatement)] = [:]
        for (position, entry) in postData.entries.enumerated() {
            guard let (table, kind) = entry.indexedTable(), let place = places[table], let first = entry.statements.first,
                catalog.tables[place].bytes >= Self.separateIndexThreshold
            else { continue }
            switch kind {
            case .index: indexes[position] = (place, first)
            case .constraint(let name):
                if let constraint = constraint(name, of: table) { indexes[position] = (place, constraint.indexDefinition) }
            }
        }
        return indexes
    }

    /// Places of the large tables that are analysed as soon as their last index is built, and not at the end: all but
    /// those for which the end still makes something that ANALYZE looks at.
    func tablesAnalyzedAlone() -> Set<Int> {
        let separate = separateIndexes()
        var others: Set<RelationName> = []
        var hasRoutine = false
        for (position, entry) in postData.entries.enumerated() {
            switch entry.kind {
            case .statistics:
                guard let table = entry.describedTable() else { return [] }
                // What the statistics call may be defined so late because it needs a primary key.
                if hasRoutine { others.insert(table) }
            case .function: hasRoutine = true
            default:
                // A column of an index may have a target of its own, which is set at the end.
                let isComplete = separate[position] != nil && entry.statements.count == 1
                if !isComplete, let table = entry.indexedTable()?.table { others.insert(table) }
            }
        }
        return Set(catalog.tables.indices.filter { place in
            let table = catalog.tables[place]
            return table.bytes >= Self.separateIndexThreshold && table.standsAlone && !others.contains(table.name)
        })
    }

    /// The extended statistics of tables that are analysed on their own: their places among the entries, by table.
    func separateStatistics() -> [Int: [Int]] {
        let places = Dictionary(
            tablesAnalyzedAlone().map { (catalog.tables[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        var statistics: [Int: [Int]] = [:]
        for (position, entry) in postData.entries.enumerated() {
            if let place = entry.describedTable().flatMap({ places[$0] }) { statistics[place, default: []].append(position) }
        }
        return statistics
    }

    /// - Returns: `nil` if an earlier attempt has built it.
    func indexToBuild(at position: Int) -> IndexBuild? {
        let entry = postData.entries[position]
        guard let index = separateIndexes()[position], adopted.value(of: .index(entry.key)) == nil else { return nil }
        return IndexBuild(
            key: entry.key, title: entry.title, label: entry.label, definition: index.definition, tableBytes: catalog.tables[index.table].bytes)
    }

    func constraint(_ name: Identifier, of table: RelationName) -> IndexConstraint? {
        catalog.constraints.first { $0.table == table && $0.name == name }
    }

    var shape: WorkPlan.Shape {
        var indexes: [Int: [Int]] = [:]
        var analyzed: Set<Int> = []
        if case .sealed = adopted {
            // The indexes are there; only the rows are compared again.
        } else {
            for (position, index) in separateIndexes() { indexes[index.table, default: []].append(position) }
            analyzed = tablesAnalyzedAlone()
        }
        return WorkPlan.Shape(
            tables: catalog.tables.map(\.bytes), ranges: ranges.mapValues(\.count), indexes: indexes.mapValues { $0.sorted() },
            analyzed: analyzed,
            hasLargeObjects: !catalog.largeObjects.isEmpty || adopted.value(of: .largeObjects) != nil)
    }
}

/// A database that is complete under its temporary name.
struct SealedDatabase: Sendable {
    var facts: DatabaseFacts
    var staging: StagingDatabase
    var fingerprint: String
    /// The fingerprint as it stands in the seal.
    var seal: String
    var sequences: [SequenceValue]
    var tables: [TableContents]
    /// Roles that own objects at the source.
    var owners: Set<RoleName>
    /// How many rows of each table were copied, and what else proves that the source still has them; `nil` for a
    /// database that has no source.
    var rows: [RelationName: Int]
    var rowVersions: RowVersions?
    /// What was changed on purpose, and the fingerprint with it; for the stamp.
    var changes: [DeliberateChange]
    var leftOut: [LeftOut]
    /// `nil` for a database that has no source.
    var schemas: SchemaHashes?
    var publishedFingerprint: String
}
