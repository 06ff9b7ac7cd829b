import JobContract
import PostgresClient

/// Changes that cannot be made yet, since their tables are being filled or indexed.
extension RoundTransaction {
    /// Brings changes into temporary tables, where they wait.
    ///
    /// - Parameter mayCommit: asked when everything has been read. If it returns false, the transaction is rolled back.
    /// - Returns: what came, by the tables' places; `nil` if the transaction was rolled back.
    func keep(_ deltas: [TableDelta], mayCommit: () throws -> Bool) throws -> [Int: FollowedTable.WaitingChanges]? {
        let widest = deltas.map { tables[$0.table].contents.widestRow }.max() ?? 0
        return try memory.whileHolding(widest, interrupt: interrupt) {
            progress.expect(deltas.reduce(0) { $0 + $1.goneCount + $1.newCount })
            let changes = deltas.map { delta in
                Change(
                    delta: delta,
                    statements: DeltaStatements(table: tables[delta.table], number: delta.table, waits: true))
            }
            var script: [SQL] = ["BEGIN", limit]
            for change in changes where tables[change.delta.table].waiting == nil {
                script += change.statements.creation
            }
            try staging.send((script + Self.taking(changes)).joined(separator: ";\n"))
            let (gone, new) = try send(changes)
            try CopyStream.expectEnd(at: staging)
            guard try mayCommit() else {
                try staging.execute("ROLLBACK")
                return nil
            }
            try staging.execute("COMMIT")
            return Dictionary(
                deltas.map { delta in
                    (
                        delta.table,
                        FollowedTable.WaitingChanges(
                            gone: gone[delta.table] ?? TableHash(), new: new[delta.table] ?? TableHash())
                    )
                }, uniquingKeysWith: { first, _ in first })
        }
    }
}
