import JobContract
import PostgresClient

/// Everything that workers need to know of a database that is being copied.
struct OpenedDatabase: Sendable {
    var facts: DatabaseFacts
    var staging: StagingDatabase
    /// The settings under which the schema computes values at the target.
    var values: ValueSettings
    /// Counts how often the database was begun again, so that connections into an earlier staging database are not
    /// reused.
    var restarts: Int
    /// The exported snapshot. Its follower holds it, until a round replaces it by another.
    var snapshot: String
    /// When it was taken.
    var snapshotTaken: ContinuousClock.Instant
    var catalog: SourceCatalog
    var preData: SchemaScript
    var postData: SchemaScript
    /// When each entry of the section post-data is made.
    var stages: [EntryStage]
    /// Objects of the source that are not brought over.
    var leftOut: [LeftOut]
    /// The settings of extensions as they were copied, and those that could not be.
    var extensionSettings: CopiedExtensionSettings = .init()
    /// Whether the snapshot is another one than that by which the catalog was read.
    var isRenewed = false
    /// Whether large tables are read piece by piece, so that the snapshot can be renewed in between.
    var isReadInPieces = false
    /// The ranges of tables that are cut, by the table's place in the catalog.
    var ranges: [Int: [TableRange]] = [:]
    /// What an earlier attempt has recorded, to be checked again: values of the steps, by kind and name.
    var adopted: StagingDatabase.Steps = [:]
    /// Tables that are referenced by foreign keys which an earlier attempt has made.
    var referenced: Set<RelationName> = []

    var name: DatabaseName { facts.name }
    /// A hash of both sections, as the state records it.
    var schemaHash: String { Self.schemaHash(preData, postData) }
    static func schemaHash(_ preData: SchemaScript, _ postData: SchemaScript) -> String {
        "\(preData.hash)\(postData.hash)"
    }
    var site: CopySite {
        CopySite(
            database: name, staging: staging.name, values: values, restarts: restarts, snapshot: snapshot,
            referenced: referenced.sorted())
    }

    func adopted(_ step: StagingDatabase.Step) -> String? { adopted[step.kind]?[step.name] }

    /// What takes back what the seal has made.
    var sealUndo: SealUndo { SealUndo(postData.entries, stages) }

    /// Whether the seal makes something that may take long.
    var hasLateEntries: Bool { stages.contains { $0 != .beforeRounds } }

    /// Keys of the entries that stay made when it is unsealed.
    var keysBeforeRounds: [String] { entries(in: .beforeRounds).map(\.key) }

    func entries(in stage: EntryStage) -> [SchemaScript.Entry] {
        zip(postData.entries, stages).filter { $1 == stage }.map(\.0)
    }

    /// Cuts large tables, except those that an earlier attempt has copied whole.
    ///
    /// - Returns: false if an earlier attempt has cut them differently, so that what it has copied is of no use.
    mutating func cutTables(limit: Int) -> Bool {
        var known: Set<ByteText> = []
        for (place, table) in catalog.tables.enumerated() where adopted(.table(table.name)) == nil {
            let cut = TableRange.cut(table, limit: limit)
            guard !cut.isEmpty else { continue }
            ranges[place] = cut
            for range in cut { known.insert(StagingDatabase.Step.range(table.name, range).name) }
        }
        let settled = catalog.tables.filter { adopted(.table($0.name)) != nil }.map {
            StagingDatabase.Step.name(of: $0.name) + " "
        }
        return (adopted[StagingDatabase.Step.rangeKind] ?? [:]).keys.allSatisfy { name in
            known.contains(name) || settled.contains(where: name.hasPrefix)
        }
    }

    /// Indexes of a table below this many bytes are built together with everything else at the end.
    private static let separateIndexThreshold = 4 * 1024 * 1024

    /// Entries of the section post-data that are built on their own, by their places; each with its table's place and
    /// the statement. A constraint is built as a unique index first, which does not lock out the builds of the table's
    /// other indexes.
    func separateIndexes() -> [Int: (table: Int, definition: DumpedStatement)] {
        let places = Dictionary(
            catalog.tables.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
        var indexes: [Int: (table: Int, definition: DumpedStatement)] = [:]
        for (position, entry) in postData.entries.enumerated() {
            guard let (table, kind) = entry.indexedTable(), let place = places[table],
                let first = entry.statements.first,
                catalog.tables[place].bytes >= Self.separateIndexThreshold
            else { continue }
            switch kind {
            case .index: indexes[position] = (place, first)
            case .constraint(let name):
                if let constraint = constraint(name, of: table) {
                    indexes[position] = (place, constraint.indexDefinition)
                }
            }
        }
        return indexes
    }

    /// The places of the large tables that are analysed as soon as their last index is built, and not at the end. Left
    /// out are those for which something that ANALYZE looks at is only made at the end.
    func tablesAnalyzedAlone() -> Set<Int> {
        let separate = separateIndexes()
        var others: Set<RelationName> = []
        var hasRoutine = false
        for (position, entry) in postData.entries.enumerated() {
            switch entry.kind {
            case .statistics:
                guard let table = entry.describedTable() else { return [] }
                // The statistics may call a function. One that needs a primary key is only made at the end.
                if hasRoutine { others.insert(table) }
            case .function: hasRoutine = true
            default:
                // A column of an index may have a statistics target of its own, which is only set at the end.
                let isComplete = separate[position] != nil && entry.isDefinedByOneStatement
                if !isComplete, let table = entry.indexedTable()?.table { others.insert(table) }
            }
        }
        return Set(
            catalog.tables.indices.filter { place in
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
            if let place = entry.describedTable().flatMap({ places[$0] }) {
                statistics[place, default: []].append(position)
            }
        }
        return statistics
    }

    /// - Returns: `nil` if an earlier attempt has built it.
    func indexToBuild(at position: Int) -> IndexBuild? {
        let entry = postData.entries[position]
        guard let index = separateIndexes()[position], adopted(.index(entry.key)) == nil,
            adopted(.entry(entry.key)) == nil
        else { return nil }
        return IndexBuild(
            key: entry.key, title: entry.title, label: entry.label, definition: index.definition,
            tableBytes: catalog.tables[index.table].bytes)
    }

    /// The pieces that a table, or a range of it, is read in.
    func pieces(of table: TableContents, within range: TableRange? = nil) -> [TableRange?] {
        // What an earlier attempt has copied is only hashed, without a pause. Where it has made unique indexes already,
        // no row may be there twice, not even for a while.
        guard isReadInPieces, !table.isRoot, !table.columns.isEmpty, table.widestRow < MemoryBudget.wideRow,
            adopted(.table(table.name)) == nil, !StagingDatabase.Step.hasParts(adopted)
        else { return [range] }
        let pieces = TableRange.pieces(of: table, within: range)
        return pieces.count > 1 ? pieces : [range]
    }

    func constraint(_ name: Identifier, of table: RelationName) -> IndexConstraint? {
        catalog.constraints.first { $0.table == table && $0.name == name }
    }

    var hasLargeObjects: Bool { !catalog.largeObjects.isEmpty || adopted(.largeObjects) != nil }

    var shape: WorkPlan.Shape {
        var indexes: [Int: [Int]] = [:]
        for (position, index) in separateIndexes() { indexes[index.table, default: []].append(position) }
        return WorkPlan.Shape(
            tables: catalog.tables.map(\.bytes),
            wide: Set(catalog.tables.indices.filter { catalog.tables[$0].widestRow >= MemoryBudget.wideRow }),
            ranges: ranges.mapValues(\.count),
            inPieces: Set(catalog.tables.indices.filter { pieces(of: catalog.tables[$0]).count > 1 }),
            indexes: indexes.mapValues { $0.sorted() },
            analyzed: tablesAnalyzedAlone(),
            hasLargeObjects: hasLargeObjects)
    }
}
