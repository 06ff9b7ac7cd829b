/// The name of a database, unquoted.
public struct DatabaseName: Hashable, Comparable, Sendable, CustomStringConvertible, Codable {
    public var text: String

    public init(_ text: String) { self.text = text }

    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// Longest name in bytes; PostgreSQL cuts a longer one with no more than a NOTICE (`NAMEDATALEN - 1`).
    public static let maximumLength = 63

    public var description: String { text }
    public var quoted: String { SQL.identifier(text) }

    public static func < (a: DatabaseName, b: DatabaseName) -> Bool { a.text < b.text }
}

/// A table, sequence, view or other relation: schema and name, unquoted.
public struct RelationName: Hashable, Comparable, Sendable, CustomStringConvertible, Codable {
    public var schema: String
    public var name: String

    public init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    public var description: String { "\(schema).\(name)" }
    public var quoted: String { "\(SQL.identifier(schema)).\(SQL.identifier(name))" }

    public static func < (a: RelationName, b: RelationName) -> Bool { (a.schema, a.name) < (b.schema, b.name) }
}

/// Quoting: the only place where a value becomes a piece of SQL.
public enum SQL {
    /// A quoted identifier (PostgreSQL manual, 4.1.1).
    public static func identifier(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// A quoted string constant; with a backslash inside, an escape string, so that
    /// `standard_conforming_strings` does not matter (PostgreSQL manual, 4.1.2).
    public static func literal(_ text: String) -> String {
        let doubled = text.replacing("'", with: "''")
        return doubled.contains("\\") ? "E'" + doubled.replacing("\\", with: "\\\\") + "'" : "'" + doubled + "'"
    }

    /// A constant, or NULL.
    public static func literal(_ text: String?) -> String { text.map { literal($0) as String } ?? "NULL" }
}
