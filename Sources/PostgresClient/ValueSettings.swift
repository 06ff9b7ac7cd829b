/// The settings that decide how values are written as text, and what is computed from them: `TimeZone`, `DateStyle` and
/// the like.
///
/// Both sides send rows under the same settings, ``common``: otherwise equal rows would hash differently. What a schema
/// computes itself (an index, a check, a generated column, a materialized view) has to come out as it does for
/// `pg_dump | psql` and for Backstage, under the settings that the database, the role and the server have. Text that
/// was written under ``common`` is read the same under any of these settings.
public enum ValueSettings: Codable, Sendable, Equatable {
    /// Those under which rows are sent, on either side.
    case common
    /// Whatever the server, the role and the database have set.
    case unset
    /// Those that a database, its role and its server have.
    case own([Setting])

    public struct Setting: Codable, Sendable, Equatable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The values of ``common``. `lc_monetary` is none of these settings: it decides how an amount of money is read,
    /// too.
    public static let shared: [Setting] = [
        Setting(name: "timezone", value: "UTC"), Setting(name: "datestyle", value: "ISO, MDY"),
        Setting(name: "intervalstyle", value: "postgres"), Setting(name: "extra_float_digits", value: "3"),
        Setting(name: "bytea_output", value: "hex"), Setting(name: "lc_numeric", value: "C"),
        Setting(name: "lc_time", value: "C"), Setting(name: "xmlbinary", value: "base64"),
    ]

    /// What a session sets as it begins.
    var atStart: [Setting] {
        switch self {
        case .common: Self.shared
        case .unset: []
        case .own(let settings): settings
        }
    }

    /// Those of ``own(_:)`` that are not the common ones.
    private var different: [Setting] {
        guard case .own(let settings) = self else { return [] }
        return settings.filter { !Self.shared.contains($0) }
    }

    /// The common settings that take the place of ``different``.
    private var common: [Setting] {
        let names = different.map(\.name)
        return Self.shared.filter { names.contains($0.name) }
    }

    /// Statements that set the common settings until the transaction ends, for sending rows; `nil` if the session has
    /// them anyway.
    public var toRead: SQL? { Self.statements(common) }

    /// A statement that sends rows, under the common settings. It has to be alone in its message, or in a transaction
    /// in which the schema computes nothing after it.
    public func reading(_ sql: SQL) -> SQL { toRead.map { "\($0); \(sql)" } ?? sql }

    /// Statements that set the session's own settings again, so that the schema computes under them; `nil` if they are
    /// the common ones.
    public var toCompute: SQL? { Self.statements(different) }

    /// Calls that do what ``toRead`` does, in the middle of a statement.
    public var callsToRead: [SQL] {
        common.map { "pg_catalog.set_config(\(literal: $0.name), \(literal: $0.value), true)" }
    }

    private static func statements(_ settings: [Setting]) -> SQL? {
        guard !settings.isEmpty else { return nil }
        return settings.map { "SET LOCAL \(Identifier(.init($0.name))) = \(literal: $0.value)" as SQL }
            .joined(separator: "; ")
    }
}
