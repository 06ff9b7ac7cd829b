import CLibPQ
import Glibc
import JobContract

/// Statements and their results (PostgreSQL manual, "Asynchronous Command Processing").
extension Connection {
    /// Runs one or more statements separated by semicolons, in one round trip, as one implicit transaction
    /// (PostgreSQL manual, "Multiple Statements in a Simple Query").
    ///
    /// - Returns: one result per statement.
    /// - Throws: ``PostgresError``, with the index of the statement that failed; of the kind `unsendable` for SQL of
    ///   the source's schema in a session that is not its owner's.
    @discardableResult
    public func execute(_ sql: SQL) throws(PostgresError) -> [QueryResult] {
        try send(sql)
        var results: [QueryResult] = []
        while true {
            switch try nextStep(statement: sql) {
            case .result(let result): results.append(result)
            case .end: return results
            case .copyIn, .copyOut:
                throw PostgresError(
                    kind: .statementFailed, place: place, message: "a COPY where none was expected",
                    statement: sql.description)
            }
        }
    }

    /// Runs one statement and returns its rows. Parameters are text; `nil` is NULL.
    public func query(_ sql: SQL, _ parameters: [ByteText?] = []) throws(PostgresError) -> QueryResult {
        guard parameters.allSatisfy({ $0?.bytes.contains(0) != true }) else {
            throw unsendable("a parameter holds a zero byte", sql)
        }
        let values = parameters.map { $0.flatMap { Self.copy($0) } }
        defer { for value in values { free(value) } }
        let pointers = values.map { UnsafePointer<CChar>($0) }
        try send(sql) { PQsendQueryParams(handle, $0, Int32(parameters.count), nil, pointers, nil, nil, 0) }
        return try onlyResult(of: sql)
    }

    /// Runs one statement whose only parameter is binary and returns its result.
    public func query(_ sql: SQL, binary: [UInt8]) throws(PostgresError) -> QueryResult {
        try send(sql) { text in
            binary.withUnsafeBytes { bytes in
                // libpq has copied the value into its own buffer when it returns.
                let values = [bytes.baseAddress?.assumingMemoryBound(to: CChar.self)]
                return PQsendQueryParams(handle, text, 1, nil, values, [Int32(bytes.count)], [1], 0)
            }
        }
        return try onlyResult(of: sql)
    }

    /// Runs one statement and returns the first column of its first row in binary form.
    public func binaryValue(_ sql: SQL) throws(PostgresError) -> [UInt8]? {
        try send(sql) { PQsendQueryParams(handle, $0, 0, nil, nil, nil, nil, 1) }
        var value: [UInt8]?
        _ = try onlyResult(of: sql) { result in
            guard PQntuples(result) > 0, PQgetisnull(result, 0, 0) == 0 else { return }
            value = Array(
                UnsafeRawBufferPointer(start: PQgetvalue(result, 0, 0), count: Int(PQgetlength(result, 0, 0))))
        }
        return value
    }

    private func onlyResult(
        of sql: SQL, inspect: ((OpaquePointer) -> Void)? = nil
    ) throws(PostgresError) -> QueryResult {
        var only: QueryResult?
        while true {
            switch try nextStep(statement: sql, inspect: inspect) {
            case .result(let result): only = result
            case .end:
                guard let only else {
                    throw PostgresError(
                        kind: .connectionLost, place: place, message: "no answer to a statement",
                        statement: sql.description)
                }
                return only
            case .copyIn, .copyOut:
                throw PostgresError(
                    kind: .statementFailed, place: place, message: "a COPY where none was expected",
                    statement: sql.description)
            }
        }
    }

    // MARK: Step by step

    /// The next step of a batch of statements.
    public enum Step: Sendable {
        /// A statement is done.
        case result(QueryResult)
        /// The server waits for rows.
        case copyIn
        /// The server sends rows.
        case copyOut
        /// All statements are done.
        case end
    }

    /// Sends a batch. Its results are read by ``nextStep(statement:inspect:)``.
    public func send(_ sql: SQL) throws(PostgresError) {
        try send(sql) { PQsendQuery(handle, $0) }
    }

    private func send(_ sql: SQL, by body: (UnsafePointer<CChar>) -> Int32) throws(PostgresError) {
        guard !sql.bytes.contains(0) else { throw unsendable("a statement holds a zero byte", sql) }
        guard !sql.isForeign || parameters.authority == .owner else {
            throw unsendable(
                "a statement of the source's schema was about to be run by a session that is not its owner's", sql)
        }
        try awaitTurn()
        let accepted = (sql.bytes + [0]).withUnsafeBytes { bytes in
            bytes.baseAddress.map { body($0.assumingMemoryBound(to: CChar.self)) } ?? 0
        }
        guard accepted == 1 else { throw failure(result: nil, statement: nil, index: nil) }
        statementsDone = 0
        try flush()
    }

    private func unsendable(_ message: String, _ sql: SQL) -> PostgresError {
        PostgresError(kind: .unsendable, place: place, message: message, statement: sql.description)
    }

    /// Waits for the next step of the batch that was sent last.
    ///
    /// - Throws: ``PostgresError`` of the statement that failed, after the rest of the batch was read; of the kind
    ///   `stalled` if the server no longer works on it (``patience``).
    public func nextStep(
        statement: SQL? = nil, inspect: ((OpaquePointer) -> Void)? = nil
    ) throws(PostgresError) -> Step {
        try awaitResult()
        guard let result = PQgetResult(handle) else {
            endTurn()
            return .end
        }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COPY_IN, PGRES_COPY_OUT:
            endTurn()
            return PQresultStatus(result) == PGRES_COPY_IN ? .copyIn : .copyOut
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            statementsDone += 1
            inspect?(result)
            return .result(QueryResult(result))
        default:
            let error = failure(result: result, statement: statement, index: statementsDone)
            endTurn()
            try drain()
            throw error
        }
    }

    /// Reads the rest of a failed batch, so that the connection can be used again.
    func drain() throws(PostgresError) {
        while !isBroken {
            try awaitResult()
            guard let rest = PQgetResult(handle) else { return }
            let status = PQresultStatus(rest)
            PQclear(rest)
            if status == PGRES_COPY_IN { PQputCopyEnd(handle, "an earlier statement of the batch failed") }
            if status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH { return }
        }
    }
}
