import PostgresClient

/// Moves rows from one connection to another and hashes them on the way.
///
/// Both connections belong to the caller for the whole length of a table; no row becomes a Swift value.
struct CopyPump {
    /// Rows are sent in batches of about this many bytes: large enough that a batch's cost is that of its bytes.
    static let batchSize = 128 * 1024

    let table: TableContents
    private let counter: RowCounter?
    /// What the counter has been told already.
    private var counted = (rows: 0, bytes: 0)
    private(set) var hash = TableHash()
    private let batch = RowBatch(capacity: Self.batchSize)

    init(table: TableContents, counter: RowCounter? = nil) {
        (self.table, self.counter) = (table, counter)
    }

    /// Sends every row of the source's running COPY into the target's running COPY.
    ///
    /// - Parameter isLast: whether the target's COPY ends here; otherwise another COPY of the source goes into it as
    ///   well.
    mutating func run(from source: Connection, into target: Connection, isLast: Bool = true) throws(PostgresError)
        -> TableHash
    {
        var bytes = hash.base.bytes
        while true {
            switch try source.readRow({ row throws(PostgresError) in try take(row, into: target) }) {
            case .row:
                guard hash.base.bytes - bytes >= Self.batchSize else { continue }
                try source.awaitTurn(afterReading: hash.base.bytes - bytes)
                bytes = hash.base.bytes
            case .pending:
                // The source has nothing ready, so the target gets what is there.
                if batch.count >= Self.batchSize / 4 { try send(to: target) }
                try source.awaitRows()
            case .end:
                try send(to: target)
                if isLast { try target.endRows() }
                return hash
            }
        }
    }

    @inline(__always)
    private mutating func take(_ row: UnsafeRawBufferPointer, into target: Connection) throws(PostgresError) {
        let base = Self.add(row, of: table, to: &hash)
        if batch.append(base, endingLine: base.count < row.count) {
            if batch.count >= Self.batchSize { try send(to: target) }
        } else {
            // Larger than a batch: straight through, without a copy of our own.
            try send(to: target)
            try target.putRows(base)
            if base.count < row.count {
                _ = batch.append(UnsafeRawBufferPointer(start: nil, count: 0), endingLine: true)
            }
        }
    }

    private mutating func send(to target: Connection) throws(PostgresError) {
        try batch.drain { bytes throws(PostgresError) in try target.putRows(bytes) }
        counter?.add(hash.base.rows - counted.rows, hash.base.bytes - counted.bytes)
        counted = (hash.base.rows, hash.base.bytes)
    }

    /// Only hashes the rows of a running COPY.
    static func hash(
        _ table: TableContents, from connection: Connection, counter: RowCounter? = nil
    ) throws(PostgresError) -> TableHash {
        var hash = TableHash()
        var (count, rows) = (0, 0)
        while true {
            switch try connection.readRow({ row in
                _ = add(row, of: table, to: &hash)
                count += row.count
                rows += 1
            }) {
            case .row:
                guard count >= batchSize else { continue }
                try connection.awaitTurn(afterReading: count)
                counter?.add(rows, count)
                (count, rows) = (0, 0)
            case .pending: try connection.awaitRows()
            case .end:
                counter?.add(rows, count)
                return hash
            }
        }
    }

    /// Adds a row to the hashes.
    ///
    /// - Returns: what the target takes: the whole row, or its base columns without a newline.
    @inline(__always)
    private static func add(
        _ row: UnsafeRawBufferPointer, of table: TableContents, to hash: inout TableHash
    ) -> UnsafeRawBufferPointer {
        guard !table.generatedColumns.isEmpty else {
            hash.base.add(row)
            return row
        }
        // COPY escapes a tab inside a value, so the last tabs are the borders of the last columns.
        var border = row.count
        for _ in table.generatedColumns {
            border = row[..<border].lastIndex(of: UInt8(ascii: "\t")) ?? 0
        }
        let base = UnsafeRawBufferPointer(rebasing: row[..<border])
        hash.base.add(base)
        hash.generated.add(UnsafeRawBufferPointer(rebasing: row[border...]))
        return base
    }
}

/// Rows on their way, in one piece of memory that is used again and again.
final class RowBatch {
    private let bytes: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(capacity: Int) {
        // Room for one more row beyond the size at which the batch is sent.
        bytes = .allocate(byteCount: capacity * 2, alignment: 16)
    }

    deinit { bytes.deallocate() }

    /// - Returns: false, and takes nothing, if the row does not fit.
    @inline(__always)
    func append(_ row: UnsafeRawBufferPointer, endingLine: Bool) -> Bool {
        guard count + row.count < bytes.count, let base = bytes.baseAddress else { return false }
        if let start = row.baseAddress { (base + count).copyMemory(from: start, byteCount: row.count) }
        count += row.count
        if endingLine {
            bytes[count] = UInt8(ascii: "\n")
            count += 1
        }
        return true
    }

    func drain(_ body: (UnsafeRawBufferPointer) throws(PostgresError) -> Void) throws(PostgresError) {
        guard count > 0 else { return }
        try body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        count = 0
    }
}
