import JobContract

/// A name of an object at a server, without quotes: bytes in the encoding of its database, compared as the server
/// compares.
public protocol ServerName: Hashable, Comparable, Sendable, Codable, CustomStringConvertible, ExpressibleByStringLiteral
{
    var text: ByteText { get }
    init(_ text: ByteText)
}

extension ServerName {
    public init(stringLiteral text: String) { self.init(ByteText(text)) }
    public init(_ text: String) { self.init(ByteText(text)) }
    public init(from decoder: any Decoder) throws { self.init(try ByteText(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }

    /// For people, with escapes for invisible characters. Never a part of SQL, which is made by ``SQL``.
    public var description: String { text.description }

    public static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

/// The name of a schema, a relation, a column, a setting, or any other object without a type of its own here.
public struct Identifier: ServerName {
    public let text: ByteText
    public init(_ text: ByteText) { self.text = text }

    /// The longest name in bytes. PostgreSQL cuts a longer one, and only sends a NOTICE (`NAMEDATALEN - 1`).
    public static let maximumLength = 63
}

/// The name of a database.
public struct DatabaseName: ServerName {
    public let text: ByteText
    public init(_ text: ByteText) { self.text = text }
}

/// The name of a role.
public struct RoleName: ServerName {
    public let text: ByteText
    public init(_ text: ByteText) { self.text = text }
}

/// A table, sequence, view or other relation: schema and name.
public struct RelationName: Hashable, Comparable, Sendable, CustomStringConvertible, Codable {
    public var schema: Identifier
    public var name: Identifier

    public init(schema: Identifier, name: Identifier) {
        self.schema = schema
        self.name = name
    }

    public var description: String { "\(schema).\(name)" }

    public static func < (a: RelationName, b: RelationName) -> Bool { (a.schema, a.name) < (b.schema, b.name) }
}
