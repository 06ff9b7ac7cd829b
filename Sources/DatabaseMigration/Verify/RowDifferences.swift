import JobContract
import PostgresClient

/// Finds the first rows of a table that are not the same on both sides, by their keys.
///
/// Both servers send the key and the hash of every row in the order of the keys, and the two streams are merged. So
/// memory stays small whatever the table's size, and no other column leaves a server.
actor RowDifferences {
    private let executor = BlockingExecutor(label: "row differences")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let source: Connection
    private let target: Connection
    private let limit: Int

    /// - Parameter limit: how many rows of a table are named.
    init(limit: Int, source: sending Connection, target: sending Connection) {
        self.limit = limit
        self.source = source
        self.target = target
    }

    func find(in table: TableContents) throws -> [DifferingRow] {
        let key = try Self.key(of: table.name, at: source)
        let statement = Self.statement(table, key: key)
        var ours = RowStream(connection: source, keyColumns: key)
        var theirs = RowStream(connection: target, keyColumns: key)
        try ours.begin(statement, of: table)
        try theirs.begin(statement, of: table)
        var found: [DifferingRow] = []
        // Both streams are read to their ends, so that the connections can be used again.
        while ours.current != nil || theirs.current != nil {
            guard let place = Self.place(ours.current, theirs.current) else {
                try ours.advance()
                try theirs.advance()
                continue
            }
            if found.count < limit, let row = place == .onlyTarget ? theirs.current : ours.current {
                found.append(DifferingRow(key: row.key(names: key), place: place))
            }
            if place != .onlyTarget { try ours.advance() }
            if place != .onlySource { try theirs.advance() }
        }
        return found
    }

    /// - Returns: `nil` where both have the same row.
    private static func place(_ ours: RowStream.Row?, _ theirs: RowStream.Row?) -> DifferingRow.Place? {
        guard let ours else { return .onlyTarget }
        guard let theirs else { return .onlySource }
        if ours.fields.lexicographicallyPrecedes(theirs.fields) { return .onlySource }
        if theirs.fields.lexicographicallyPrecedes(ours.fields) { return .onlyTarget }
        return ours.digest == theirs.digest ? nil : .both
    }

    /// Columns that identify a row: the primary key's, else those of another unique index without nulls.
    private static func key(of table: RelationName, at connection: Connection) throws(PostgresError) -> [Identifier] {
        try connection.query(
            """
            WITH chosen AS (
                SELECT i.indexrelid, i.indrelid, i.indkey, i.indnkeyatts FROM pg_catalog.pg_index i
                WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                                  WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull)
                ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1)
            SELECT a.attname FROM chosen c CROSS JOIN unnest(c.indkey) WITH ORDINALITY k (attnum, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.indrelid AND a.attnum = k.attnum
            WHERE k.place <= c.indnkeyatts ORDER BY k.place
            """, [StagingDatabase.Step.name(of: table)]
        ).names()
    }

    /// Keys are sent and ordered as hexadecimal text, which sorts the same on any server. A table without a key is
    /// ordered by the rows' hashes alone.
    private static func statement(_ table: TableContents, key: [Identifier]) -> SQL {
        let fields = key.map { #"encode(convert_to(\#($0)::text, getdatabaseencoding()), 'hex') COLLATE "C""# as SQL }
        let columns = fields + [#"md5(ROW(\#(list: table.columns + table.generatedColumns))::text) COLLATE "C""#]
        let order = (1...columns.count).map { "\($0)" as SQL }
        return
            "\(ReadLock.statements(for: [table.name], withPartitions: table.isRoot))COPY (SELECT \(list: columns) FROM \(table.scope) ORDER BY \(list: order)) TO STDOUT"
    }
}

/// The rows of a running COPY, one at a time: keys and a hash, all hexadecimal.
private struct RowStream {
    struct Row {
        /// Key columns; the hash where there are none.
        var fields: [String]
        var digest: String

        func key(names: [Identifier]) -> [DifferingRow.KeyColumn] {
            zip(names, fields).map { .init(column: $0, value: Self.text($1)) }
        }

        private static func text(_ hexadecimal: String) -> ByteText {
            let digits = Array(hexadecimal.utf8)
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { start in
                UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16) ?? 0
            }
            return ByteText(bytes: bytes)
        }
    }

    let connection: Connection
    let keyColumns: [Identifier]
    private(set) var current: Row?

    init(connection: Connection, keyColumns: [Identifier]) {
        self.connection = connection
        self.keyColumns = keyColumns
    }

    mutating func begin(_ statement: SQL, of table: TableContents) throws {
        try connection.send(statement)
        try CopyStream.expect(.out, at: connection, for: table.name)
        try advance()
    }

    mutating func advance() throws {
        while true {
            var line: [UInt8] = []
            switch try connection.readRow({ line = Array($0) }) {
            case .pending: try connection.awaitRows()
            case .end:
                current = nil
                try CopyStream.expectEnd(at: connection)
                return
            case .row:
                var fields = String(decoding: line.dropLast(), as: UTF8.self).split(
                    separator: "\t", omittingEmptySubsequences: false
                ).map(String.init)
                let digest = fields.popLast() ?? ""
                current = Row(fields: keyColumns.isEmpty ? [digest] : fields, digest: digest)
                return
            }
        }
    }
}
