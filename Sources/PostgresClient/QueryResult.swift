import CLibPQ
import JobContract

/// The rows of one statement, as text.
public struct QueryResult: Sendable {
    public let rows: [Row]

    /// One row. A column that does not exist reads like NULL.
    public struct Row: Sendable {
        let fields: [ByteText?]

        public var count: Int { fields.count }
        public subscript(_ column: Int) -> ByteText? { fields.indices.contains(column) ? fields[column] : nil }

        /// For values that the server itself writes in ASCII, such as a time or a version.
        public func text(_ column: Int) -> String {
            self[column].map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        }
        public func integer(_ column: Int) -> Int? { Int(text(column)) }
        /// PostgreSQL writes a boolean as `t` or `f`.
        public func isTrue(_ column: Int) -> Bool { self[column] == "t" }
        public func name<Name: ServerName>(_ column: Int) -> Name { Name(self[column] ?? "") }
        /// A relation whose schema is in one column, and its name in the next.
        public func relation(_ column: Int) -> RelationName {
            RelationName(schema: name(column), name: name(column + 1))
        }
    }

    init(_ result: OpaquePointer) {
        let columns = PQnfields(result)
        rows = (0..<PQntuples(result)).map { row in
            Row(
                fields: (0..<columns).map { column in
                    guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else {
                        return nil
                    }
                    return ByteText(
                        bytes: UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, row, column))))
                })
        }
    }

    /// The first column of the first row.
    public var value: ByteText? { rows.first?[0] }
    /// The same as text, for values that the server itself writes in ASCII; empty for NULL.
    public var text: String { rows.first?.text(0) ?? "" }
    public var integer: Int? { rows.first?.integer(0) }
    public var isTrue: Bool { rows.first?.isTrue(0) ?? false }
    /// The first column of every row, without nulls.
    public var column: [ByteText] { rows.compactMap { $0[0] } }
    public func names<Name: ServerName>() -> [Name] { column.map { Name($0) } }
}
