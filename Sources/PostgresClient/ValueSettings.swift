/// What decides how values are written as text, and what is computed from them: the time zone, the date's style and the
/// like.
///
/// Rows are read by the same settings on both sides, or equal rows would hash differently. What a schema computes of itself
/// (an index, a check, a generated column, a materialized view) has to come out as it does for `pg_dump | psql` and for
/// Backstage: by the settings that the database, the role and the server have. None of these settings changes how a row
/// that was written by the common ones is read.
public enum ValueSettings: Codable, Sendable, Equatable {
    /// Those by which rows are read on either side.
    case common
    /// Whatever the server, the role and the database say.
    case unset
    /// A database's own.
    case own([Setting])

    public struct Setting: Codable, Sendable, Equatable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// `lc_monetary` is none of them: it decides how an amount of money is read.
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

    /// A session's own settings where they are not the common ones.
    private var different: [Setting] {
        guard case .own(let settings) = self else { return [] }
        return settings.filter { !Self.shared.contains($0) }
    }

    /// The common settings in the place of those.
    private var common: [Setting] {
        let names = different.map(\.name)
        return Self.shared.filter { names.contains($0.name) }
    }

    /// Has a session read rows by the common settings until its transaction ends; `nil` where it does so anyway.
    public var toRead: SQL? { Self.statements(common) }

    /// A statement that reads rows; alone in its message, or in a transaction that computes nothing after it.
    public func reading(_ sql: SQL) -> SQL { toRead.map { "\($0); \(sql)" } ?? sql }

    /// Has a session compute by its own settings again; `nil` where it has no others.
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
