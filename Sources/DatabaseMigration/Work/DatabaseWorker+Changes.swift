import PostgresClient

extension DatabaseWorker {
    /// Looks again at the tables that were or may have been changed on purpose, and at nothing else.
    ///
    /// - Parameter copied: what the tables hashed to when they were copied.
    /// - Returns: what the target's tables hash to now, and how that differs.
    func deliberateChanges(
        _ database: OpenedDatabase, copied: [RelationName: TableHash]
    ) throws -> (changes: [DeliberateChange], tables: [RelationName: TableHash]) {
        var found = copied
        var list = changes.made(to: database.catalog.tables).map(\.change)
        let staging = try staging(of: database)
        for table in database.catalog.tables {
            let isChanged = list.contains { $0.table == table.name }
            guard isChanged || changes.acceptsGeneratedColumns && !table.generatedColumns.isEmpty else { continue }
            let now = try context.memory.whileHolding(table.widestRow, interrupt: sessions.interrupt) { try CopyStream.hash(table, at: staging) }
            found[table.name] = now
            if !isChanged && now != copied[table.name] { list.append(DeliberateChange(kind: .generatedColumns, table: table.name)) }
        }
        return (list, found)
    }
}
