import PostgresClient

/// The statements that bring one table of the target from one snapshot of the source to the next.
///
/// Rows come into temporary tables, which a session keeps empty between rounds. RETURNING gives back what is removed
/// and added, so the hashes are those of what the target really held and holds.
struct DeltaStatements {
    let table: FollowedTable
    /// The table's place, which makes the names of the temporary tables unique in a session.
    let number: Int
    /// Whether the rows wait there for a later transaction.
    var waits = false

    private var contents: TableContents { table.contents }
    private var goneTable: SQL { waits ? "pg_temp.rehome_waiting_gone_\(number)" : "pg_temp.rehome_gone_\(number)" }
    private var newTable: SQL { waits ? "pg_temp.rehome_waiting_new_\(number)" : "pg_temp.rehome_new_\(number)" }

    /// The columns by which rows that are gone are found.
    var goneColumns: [Identifier] {
        switch table.identity {
        case .key(let key): key
        case .row: contents.columns
        }
    }

    /// What is read of rows that are gone: only the key, where there is one.
    var goneContents: TableContents {
        guard case .key(let key) = table.identity else { return contents }
        var keys = contents
        (keys.columns, keys.generatedColumns) = (key, [])
        return keys
    }

    /// Makes the temporary tables, with the types of the columns and without their constraints.
    var creation: [SQL] {
        [(goneTable, goneColumns), (newTable, contents.columns)].map { name, columns in
            "CREATE TEMPORARY TABLE \(name) ON COMMIT \(waits ? "PRESERVE" : "DELETE") ROWS AS SELECT \(list: columns) FROM \(contents.scope) WITH NO DATA"
        }
    }

    /// Takes out rows that have come and gone: those that stand in both temporary tables, as often as in both. What is
    /// left of those that are gone are rows of the table.
    var settlement: SQL {
        func numbered(_ name: SQL) -> SQL {
            "SELECT r.ctid AS place, \(text("r")) AS row, row_number() OVER (PARTITION BY \(text("r"))) AS number FROM \(name) r"
        }
        return """
            WITH gone AS (\(numbered(goneTable))), new AS (\(numbered(newTable))),
                 pairs AS MATERIALIZED (SELECT gone.place AS gone, new.place AS new FROM gone JOIN new USING (row, number)),
                 removed AS (DELETE FROM \(goneTable) WHERE ctid = ANY (ARRAY(SELECT gone FROM pairs)))
            DELETE FROM \(newTable) WHERE ctid = ANY (ARRAY(SELECT new FROM pairs))
            """
    }

    var disposal: SQL { "DROP TABLE \(goneTable), \(newTable)" }

    private func text(_ alias: SQL) -> SQL {
        "ROW(\(list: contents.columns.map { "\(alias).\($0)" as SQL }))::text COLLATE \"C\""
    }

    var takeGone: SQL { "COPY \(goneTable) FROM STDIN" }
    var takeNew: SQL { "COPY \(newTable) FROM STDIN" }
    /// Without statistics the planner takes a temporary table for a small one.
    var analyzeGone: SQL { "ANALYZE \(goneTable)" }

    /// Reads the versions at the source.
    static func read(_ contents: TableContents, in part: RelationName, _ addresses: ArraySlice<TupleAddress>) -> SQL {
        "COPY (SELECT \(list: contents.columns + contents.generatedColumns) FROM ONLY \(part) t WHERE t.ctid = ANY (\(TupleAddress.array(addresses)))) TO STDOUT"
    }

    private var returned: SQL {
        "RETURNING \(list: (contents.columns + contents.generatedColumns).map { "t.\($0)" as SQL })"
    }

    var removal: SQL {
        switch table.identity {
        case .key(let key):
            let match = key.map { "t.\($0) = g.\($0)" as SQL }.joined(separator: " AND ")
            return
                "COPY (DELETE FROM ONLY \(table.name) AS t USING \(goneTable) AS g WHERE \(match) \(returned)) TO STDOUT"
        case .row(let probe):
            return "COPY (\(countedRemoval(probe)) \(returned)) TO STDOUT"
        }
    }

    /// Removes rows by their text: of those with the same text, as many as are gone, no matter which.
    private func countedRemoval(_ probe: RowIdentity.Probe?) -> SQL {
        func hits(on join: SQL, where condition: SQL) -> SQL {
            """
            SELECT t.ctid AS place, row_number() OVER (PARTITION BY d.row) AS number, d.count FROM d JOIN ONLY \(table.name) AS t ON \(join) \
            WHERE \(condition) AND \(text("t")) = d.row
            """
        }
        let value: SQL = probe.map { "g.\($0.column)" } ?? "true"
        var branches = [hits(on: probe.map { "t.\($0.column) = d.value" } ?? "true", where: "true")]
        if let probe, probe.isNullable {
            branches.append(hits(on: "t.\(probe.column) IS NULL", where: "d.value IS NULL"))
        }
        return """
            WITH d AS MATERIALIZED (SELECT \(text("g")) AS row, \(value) AS value, count(*) AS count FROM \(goneTable) g GROUP BY 1, 2),
                 hits AS (\(branches.joined(separator: " UNION ALL ")))
            DELETE FROM ONLY \(table.name) AS t WHERE t.ctid = ANY (ARRAY(SELECT place FROM hits WHERE number <= count))
            """
    }

    /// Adds rows, and reads what the table holds of them.
    ///
    /// - Parameter values: the session's. While rows are added, they decide what the table computes from them. Once the
    ///   last row is in, the common settings take their place, so that RETURNING writes values as the source does.
    func addition(_ values: ValueSettings) -> SQL {
        let insertion: SQL = """
            INSERT INTO \(table.name) AS t (\(list: contents.columns)) OVERRIDING SYSTEM VALUE \
            SELECT \(list: contents.columns) FROM \(newTable) \(returned)
            """
        guard values.toRead != nil else { return "COPY (\(insertion)) TO STDOUT" }
        return """
            COPY (WITH added AS (\(insertion)), settled AS MATERIALIZED \
            (SELECT \(list: values.callsToRead) FROM (SELECT count(*) FROM added) AS all_of_them) \
            SELECT added.* FROM settled CROSS JOIN added) TO STDOUT
            """
    }

    /// Empties the table, takes all rows and gives them back.
    ///
    /// - Parameters:
    ///   - isReferenced: whether a foreign key of another table points here: TRUNCATE refuses then (PostgreSQL manual,
    ///     TRUNCATE).
    ///   - values: of the session.
    func replacement(isReferenced: Bool, _ values: ValueSettings) -> [SQL] {
        let empty: SQL = isReferenced ? "DELETE FROM \(contents.scope)" : "TRUNCATE \(contents.scope)"
        return [values.toCompute, empty, contents.copyIn(isFrozen: !isReferenced), values.toRead, contents.copyOut()]
            .compactMap { $0 }
    }
}
