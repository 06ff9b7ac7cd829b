import CLibPQ

/// The rows of one statement, as text.
public struct QueryResult: Sendable {
    public let rows: [[String?]]
    /// Rows that the statement touched (`PQcmdTuples`); 0 where the command does not count.
    public let affected: Int

    init(_ result: OpaquePointer) {
        let columns = PQnfields(result)
        rows = (0..<PQntuples(result)).map { row in
            (0..<columns).map { column in
                guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else { return nil }
                return String(cString: value)
            }
        }
        affected = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// The first column of the first row.
    public var value: String? { rows.first?.first ?? nil }
    public var integer: Int? { value.flatMap { Int($0) } }
    /// PostgreSQL writes a boolean as `t` or `f`.
    public var isTrue: Bool { value == "t" }
    /// The first column of every row, nulls left out.
    public var column: [String] { rows.compactMap { $0.first ?? nil } }
}
