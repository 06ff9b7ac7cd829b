import JobContract
import PostgresClient

/// Brings a staging database from one snapshot of the source to the next, in one transaction with its state.
struct RoundTransaction {
    /// What of a database is brought over in one round.
    struct Work {
        var deltas: [TableDelta] = []
        /// Places of tables whose waiting changes are made.
        var waiting: [Int] = []
        /// Places of tables that are copied again as a whole.
        var replaced: [Int] = []
        var sequences: [SequenceValue] = []
        /// Materialized views that are refreshed.
        var refreshed: [RelationName] = []

        var isEmpty: Bool {
            deltas.isEmpty && waiting.isEmpty && replaced.isEmpty && sequences.isEmpty && refreshed.isEmpty
        }
    }

    /// What a round has moved.
    struct Moved: Sendable {
        var rows = 0
        var bytes = 0
        /// The new hashes of the tables that have changed, by the tables' places.
        var hashes: [Int: TableHash] = [:]
    }

    let database: DatabaseName
    let tables: [FollowedTable]
    /// Sessions in transactions of the older and of the newer snapshot.
    let older: Connection
    let newer: Connection
    let staging: Connection
    let changes: DeliberateChanges
    let memory: MemoryBudget
    let interrupt: Interrupt
    let epoch: Int
    /// Tables that foreign keys of the target point to.
    let referenced: Set<RelationName>
    /// A statement that limits how long each of the others may take.
    let limit: SQL
    let progress: RoundProgress

    /// A temporary table with at least this many rows is analysed.
    private static let analyzed = 500

    /// - Parameters:
    ///   - prepared: places of tables whose temporary tables exist; those that are made are added.
    ///   - mayCommit: asked when everything has been read. If it returns false, the transaction is rolled back.
    /// - Returns: `nil` if the transaction was rolled back.
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/mismatch`` where the target did not hold what it should.
    func run(_ work: Work, prepared: inout Set<Int>, mayCommit: () throws -> Bool) throws -> Moved? {
        let widest =
            (work.deltas.map(\.table) + work.waiting + work.replaced).map { tables[$0].contents.widestRow }.max() ?? 0
        var made = prepared
        let moved = try memory.whileHolding(widest, interrupt: interrupt) {
            try transfer(work, prepared: &made, mayCommit: mayCommit)
        }
        if moved != nil { prepared = made }
        return moved
    }

    private func transfer(_ work: Work, prepared: inout Set<Int>, mayCommit: () throws -> Bool) throws -> Moved? {
        progress.expect(
            work.deltas.reduce(0) { $0 + $1.goneCount + $1.newCount }
                + work.replaced.reduce(0) { $0 + tables[$1].hash.base.rows })
        let tableChanges = work.deltas.map { delta in
            Change(delta: delta, statements: DeltaStatements(table: tables[delta.table], number: delta.table))
        }
        try staging.send(script(work, tableChanges, prepared: &prepared))
        var moved = Moved()
        let (gone, new) = try send(tableChanges)
        for delta in work.deltas {
            let table = tables[delta.table]
            var hash = table.hash
            if delta.goneCount > 0 {
                let removed = try returned(of: table)
                let sent = gone[delta.table] ?? TableHash()
                if case .key = table.identity {
                    guard removed.base.rows == delta.goneCount else {
                        throw mismatch(
                            table, "\(delta.goneCount) rows were to be removed, and \(removed.base.rows) were")
                    }
                    hash -= removed
                } else {
                    guard isEqual(removed, sent) else {
                        throw mismatch(
                            table,
                            "\(sent.base.rows) rows were to be removed, and what was removed (\(removed.base.rows) rows) hashes differently"
                        )
                    }
                    hash -= sent
                }
            }
            if delta.newCount > 0 {
                let added = try returned(of: table)
                let sent = new[delta.table] ?? TableHash()
                guard isEqual(added, sent) else {
                    throw mismatch(
                        table,
                        "\(sent.base.rows) rows were added, and what the target holds of them (\(added.base.rows) rows) hashes differently"
                    )
                }
                hash += sent
                moved.bytes += sent.base.bytes
            }
            moved.rows += delta.goneCount + delta.newCount
            moved.hashes[delta.table] = hash
        }
        for place in work.waiting {
            let table = tables[place]
            var (wanted, found) = (table.hash, table.hash)
            wanted -= table.waiting?.gone ?? TableHash()
            wanted += table.waiting?.new ?? TableHash()
            found -= try returned(of: table)
            found += try returned(of: table)
            guard isEqual(found, wanted) else {
                throw mismatch(
                    table,
                    "\(table.waiting?.rows ?? 0) changes were made that had waited, and what the target holds then hashes differently"
                )
            }
            moved.hashes[place] = wanted
        }
        for place in work.replaced {
            let table = tables[place]
            let sent = try replace(table)
            guard isEqual(try returned(of: table), sent) else {
                throw mismatch(
                    table, "\(sent.base.rows) rows were copied again, and what the target holds hashes differently")
            }
            moved.rows += sent.base.rows
            moved.bytes += sent.base.bytes
            moved.hashes[place] = sent
        }
        progress.begin(work.refreshed.isEmpty ? "committing" : "filling materialized views", in: database)
        try CopyStream.expectEnd(at: staging)
        guard try mayCommit() else {
            try staging.execute("ROLLBACK")
            return nil
        }
        var batch = SQLBatch()
        for (place, hash) in moved.hashes.sorted(by: { $0.key < $1.key }) {
            batch.append(
                "recording \(tables[place].name)",
                StagingDatabase.record(
                    .table(tables[place].name), value: changes.proof(of: hash, tables[place].contents), epoch: epoch))
        }
        batch.append("committing", "COMMIT")
        try batch.run(on: staging)
        if setsSequencesApart(work) { try SequenceValue.set(work.sequences, at: staging) }
        return moved
    }

    /// Whether there are more sequences than one transaction should lock.
    private func setsSequencesApart(_ work: Work) -> Bool { work.sequences.count > SequenceValue.atOnce }

    /// All statements of the round in one message: the server waits for us only where a COPY takes rows.
    private func script(_ work: Work, _ tableChanges: [Change], prepared: inout Set<Int>) -> SQL {
        let values = staging.parameters.values
        var script: [SQL] = ["BEGIN", limit]
        for change in tableChanges where prepared.insert(change.delta.table).inserted {
            script += change.statements.creation
        }
        script += Self.taking(tableChanges)
        for (delta, statements) in tableChanges.map({ ($0.delta, $0.statements) }) {
            if delta.goneCount >= Self.analyzed { script.append(statements.analyzeGone) }
            if delta.goneCount > 0 { script += [values.toRead, statements.removal].compactMap { $0 } }
            if delta.newCount > 0 { script += [values.toCompute, statements.addition(values)].compactMap { $0 } }
        }
        for place in work.waiting {
            let statements = DeltaStatements(table: tables[place], number: place, waits: true)
            script += [
                values.toRead, statements.settlement, statements.analyzeGone, statements.removal, values.toCompute,
                statements.addition(values),
            ].compactMap { $0 }
        }
        for place in work.replaced {
            script += DeltaStatements(table: tables[place], number: place).replacement(
                isReferenced: referenced.contains(tables[place].name), values)
        }
        if !setsSequencesApart(work) { script += work.sequences.map(\.statement) }
        if !work.refreshed.isEmpty, let compute = values.toCompute { script.append(compute) }
        script += work.refreshed.map { "REFRESH MATERIALIZED VIEW \($0)" }
        return script.joined(separator: ";\n")
    }

    /// What is brought over of one table, and how.
    struct Change {
        var delta: TableDelta
        var statements: DeltaStatements
    }

    /// More versions than this are asked for in several messages. A busy source may let each message wait.
    private static let versionsPerMessage = 10_000

    /// Changes that follow each other, together as long as they are of few versions.
    private static func groups(_ changes: [Change]) -> [[Change]] {
        var groups: [[Change]] = []
        var versions = 0
        for change in changes {
            let count = change.delta.goneCount + change.delta.newCount
            if let last = groups.indices.last, versions + count <= versionsPerMessage {
                groups[last].append(change)
                versions += count
            } else {
                groups.append([change])
                versions = count
            }
        }
        return groups
    }

    /// The COPYs that take the rows, in the order in which they are sent.
    static func taking(_ changes: [Change]) -> [SQL] {
        groups(changes).flatMap { group in
            group.filter { $0.delta.goneCount > 0 }.map(\.statements.takeGone)
                + group.filter { $0.delta.newCount > 0 }.map(\.statements.takeNew)
        }
    }

    /// Sends all rows that are gone and that are new.
    ///
    /// - Returns: what was sent, by table.
    func send(_ changes: [Change]) throws -> (gone: [Int: TableHash], new: [Int: TableHash]) {
        var gone: [Int: TableHash] = [:]
        var new: [Int: TableHash] = [:]
        for group in Self.groups(changes) {
            let ofGone = group.filter { $0.delta.goneCount > 0 }.map {
                Wanted(table: $0.delta.table, addresses: $0.delta.gone, contents: $0.statements.goneContents)
            }
            gone.merge(try send(ofGone, from: older)) { $1 }
            let ofNew = group.filter { $0.delta.newCount > 0 }.map {
                Wanted(table: $0.delta.table, addresses: $0.delta.new, contents: tables[$0.delta.table].contents)
            }
            new.merge(try send(ofNew, from: newer)) { $1 }
        }
        return (gone, new)
    }

    /// Versions of one table that are read at the source.
    private struct Wanted {
        /// The table's place.
        var table: Int
        /// By the places of the parts that hold them.
        var addresses: [Int: [TupleAddress]]
        /// What is read of each.
        var contents: TableContents
    }

    /// Sends versions of several tables, which one message asks for, into the COPYs that the target has begun.
    ///
    /// - Returns: what was sent, by table.
    private func send(_ wanted: [Wanted], from source: Connection) throws -> [Int: TableHash] {
        guard !wanted.isEmpty else { return [:] }
        let reads = wanted.map { want in
            want.addresses.sorted { $0.key < $1.key }.flatMap { part, addresses in
                TupleAddress.pieces(addresses).map {
                    DeltaStatements.read(want.contents, in: tables[want.table].parts[part].name, $0)
                }
            }
        }
        try source.send(reads.flatMap { $0 }.joined(separator: "; "))
        var sent: [Int: TableHash] = [:]
        for (want, reads) in zip(wanted, reads) {
            let table = tables[want.table]
            progress.begin(table.name.description, in: database)
            try CopyStream.expect(.in, at: staging, for: table.name)
            var pump = CopyPump(table: want.contents, counter: progress.counter)
            for number in reads.indices {
                try CopyStream.expect(.out, at: source, for: table.name)
                sent[want.table] = try pump.run(from: source, into: staging, isLast: number == reads.indices.last)
            }
        }
        try CopyStream.expectEnd(at: source)
        return sent
    }

    private func replace(_ table: FollowedTable) throws -> TableHash {
        progress.begin("\(table.name) as a whole", in: database)
        try newer.send(table.contents.copyOut())
        try CopyStream.expect(.in, at: staging, for: table.name)
        try CopyStream.expect(.out, at: newer, for: table.name)
        var pump = CopyPump(table: table.contents, counter: progress.counter)
        let hash = try pump.run(from: newer, into: staging)
        try CopyStream.expectEnd(at: newer)
        return hash
    }

    private func returned(of table: FollowedTable) throws -> TableHash {
        try CopyStream.expect(.out, at: staging, for: table.name)
        let hash = try CopyPump.hash(table.contents, from: staging)
        try CopyStream.expectResult(at: staging, for: table.name)
        return hash
    }

    private func isEqual(_ found: TableHash, _ wanted: TableHash) -> Bool {
        found == wanted || changes.acceptsGeneratedColumns && found.base == wanted.base
    }

    private func mismatch(_ table: FollowedTable, _ what: String) -> MigrationFailure {
        MigrationFailure(
            .mismatch, "\(database).\(table.name): \(what)",
            advice:
                "Nothing was published. Run the Job again; if it happens again, look for a program that writes into the staging databases at the target, or for a proxy between the servers."
        )
    }
}
