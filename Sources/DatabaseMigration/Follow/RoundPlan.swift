import PostgresClient

/// Decides, from what was found at the source, how a round brings each table over.
struct RoundPlan {
    /// If more rows of a table than this have changed, it is copied again as a whole.
    static let limit = 300_000

    private(set) var work = RoundTransaction.Work()
    /// Tables that cannot be brought over, since they were truncated or rewritten after the new snapshot.
    private(set) var behind: [Int] = []
    /// The relations that are read. Each must still have its file when everything has been read.
    private(set) var partsRead: [FollowedTable.Part] = []

    /// - Parameters:
    ///   - found: changes by table; materialized views come after the tables.
    ///   - files: as the new snapshot shows them.
    ///   - referenced: tables that TRUNCATE refuses.
    ///   - sequences: those whose values have changed.
    init(
        _ found: ChangeSearch.Found, tables: [FollowedTable], views: [FollowedTable.Part], files: SourceFiles,
        referenced: Set<RelationName>,
        sequences: [SequenceValue]
    ) {
        work.sequences = sequences
        let deltas = Dictionary(found.deltas.map { ($0.table, $0) }, uniquingKeysWith: { first, _ in first })
        for (position, table) in tables.enumerated() where table.hasRows {
            let entries = table.parts.compactMap { files[$0.oid] }
            let hasItsFiles =
                table.isCurrent && entries.count == table.parts.count
                && entries.allSatisfy { entry in
                    table.parts.contains { $0.oid == entry.part.oid && $0.file == entry.fileNow }
                }
            let isReadable = entries.allSatisfy { $0.fileNow == $0.part.file }
            guard hasItsFiles || isReadable else {
                behind.append(position)
                continue
            }
            partsRead += entries.map(\.part)
            let delta = deltas[position]
            if !hasItsFiles || found.overflowing.contains(position)
                || delta.map({ Self.isReplaced(table, $0, referenced: referenced) }) ?? false
            {
                work.replaced.append(position)
            } else if let delta {
                work.deltas.append(delta)
            }
        }
        for (number, view) in views.enumerated() {
            let position = tables.count + number
            if deltas[position] != nil || found.overflowing.contains(position) || files[view.oid]?.fileNow != view.file
            {
                work.refreshed.append(view.name)
            }
        }
    }

    /// Whether the table is copied again as a whole. If most rows have changed, that is less work, provided that the
    /// table can be truncated.
    private static func isReplaced(_ table: FollowedTable, _ delta: TableDelta, referenced: Set<RelationName>) -> Bool {
        guard table.canBeFollowed else { return true }
        guard table.isCopied else { return false }
        return delta.goneCount * 2 > table.hash.base.rows && delta.goneCount > 1000 && !referenced.contains(table.name)
    }
}
