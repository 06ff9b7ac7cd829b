import JobContract

/// One statement of a schema as `pg_dump` wrote it, without its semicolon.
///
/// Parts of the text, such as names, were chosen by whoever made the object at the source, so it is not trusted.
public struct DumpedStatement: Sendable, Hashable, Codable {
    public let bytes: [UInt8]
    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    public var sql: SQL { SQL(dumped: bytes) }

    public init(from decoder: any Decoder) throws { bytes = try ByteText(from: decoder).bytes }
    public func encode(to encoder: any Encoder) throws { try ByteText(bytes: bytes).encode(to: encoder) }
}
