import JobContract

/// One statement of a schema as `pg_dump` wrote it, without its semicolon.
///
/// Whoever made an object at the source chose its name, and with it bytes of this text.
public struct DumpedStatement: Sendable, Hashable, Codable {
    public let bytes: [UInt8]
    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    public var sql: SQL { SQL(dumped: bytes) }

    public init(from decoder: any Decoder) throws { bytes = try ByteText(from: decoder).bytes }
    public func encode(to encoder: any Encoder) throws { try ByteText(bytes: bytes).encode(to: encoder) }
}
