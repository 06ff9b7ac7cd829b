import CLibPQ
import Glibc

/// COPY (PostgreSQL manual, "Functions Associated with the COPY Command"). Rows stay in libpq's memory.
extension Connection {
    /// The result of trying to read a row.
    public enum CopyRead: Sendable {
        /// A row was handed over.
        case row
        /// No whole row is here yet.
        case pending
        /// The last row has been read.
        case end
    }

    /// Hands over the next row of a COPY TO STDOUT if it is here already; never waits.
    ///
    /// In text format a row ends with its newline. The bytes are libpq's, and are freed after `body`.
    ///
    /// - Throws: ``PostgresError`` if the connection is lost, or what `body` throws.
    @inline(__always)
    public func readRow(_ body: (UnsafeRawBufferPointer) throws(PostgresError) -> Void) throws(PostgresError)
        -> CopyRead
    {
        var buffer: UnsafeMutablePointer<CChar>?
        let length = PQgetCopyData(handle, &buffer, 1)
        switch length {
        case 0: return .pending
        case -1: return .end
        case 1...:
            defer { PQfreemem(buffer) }
            try body(UnsafeRawBufferPointer(start: buffer, count: Int(length)))
            return .row
        default: throw failure(result: nil, statement: nil, index: statementsDone)
        }
    }

    /// Waits until more of a COPY has arrived.
    ///
    /// - Throws: ``PostgresError``, of the kind `stalled` after ``stallTimeout`` seconds without a byte.
    public func awaitRows() throws(PostgresError) {
        guard try wait(for: Int16(POLLIN), until: Deadline(seconds: stallTimeout)) else { throw stalled() }
        try consumeInput()
    }

    /// Sends rows, or parts of rows: the server does not care where one call ends and the next begins (PostgreSQL
    /// manual, "Functions for Sending COPY Data").
    ///
    /// Returns only when libpq's buffer is empty again. A non-blocking `PQputCopyData` never reports that the buffer is
    /// full, but lets it grow without bound.
    ///
    /// - Throws: ``PostgresError``, of the kind `stalled` after ``stallTimeout`` seconds without a byte in either
    ///   direction.
    public func putRows(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
        // A large row is sent in pieces, so that libpq's buffer stays small.
        let piece = 256 * 1024
        var start = 0
        while start < bytes.count {
            let count = min(piece, bytes.count - start)
            let base = bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
            guard PQputCopyData(handle, base, Int32(count)) == 1 else {
                throw failure(result: nil, statement: nil, index: statementsDone)
            }
            try flush()
            start += count
        }
    }

    /// Ends a COPY FROM STDIN. The next step tells whether the server has accepted the rows.
    public func endRows() throws(PostgresError) {
        guard PQputCopyEnd(handle, nil) == 1 else { throw failure(result: nil, statement: nil, index: statementsDone) }
        try flush()
    }
}
