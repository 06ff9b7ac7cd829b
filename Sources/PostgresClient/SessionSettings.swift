import JobContract

/// The settings of every session of ours, on either side.
///
/// A role or a database may have settings of its own (`ALTER ROLE … SET`, `ALTER DATABASE … SET`). Those that change
/// the text of values, the meaning of statements, or what ends a session are overridden here: a session's own settings
/// win (PostgreSQL manual, "Parameter Interaction via SQL"). They are sent with the connection's first message, so that
/// they hold from the beginning.
struct SessionSettings {
    private let parameters: ConnectionParameters

    init(_ parameters: ConnectionParameters) { self.parameters = parameters }

    /// For libpq's `options`.
    var startupOptions: String {
        (values + Self.always + authorityNeeds + known).map { "-c \($0.name)=\(Self.escaped($0.value))" }.joined(
            separator: " ")
    }

    /// Settings that can only be set once the server's version is known.
    func late(version: Int) -> SQL? {
        guard parameters.traits == nil else { return nil }
        let rest = Self.settings(since: version, isSuperuser: false)
        guard !rest.isEmpty else { return nil }
        return rest.map { "SET \(Identifier(.init($0.name))) = \(literal: $0.value)" as SQL }.joined(separator: "; ")
    }

    private typealias Setting = (name: String, value: String)

    private var values: [Setting] { parameters.values.atStart.map { ($0.name, $0.value) } }

    private var known: [Setting] {
        parameters.traits.map { Self.settings(since: $0.version, isSuperuser: $0.isSuperuser) } ?? []
    }

    /// Settings that every version from 12 on has, and that any role may set.
    private static let always: [Setting] = [
        // What decides how rows are read. It is the same on both sides, so they are read as they were written.
        ("lc_monetary", "C"), ("xmloption", "content"), ("quote_all_identifiers", "off"),
        // The meaning of statements. A temporary object hides nothing of the system's.
        ("search_path", "pg_catalog, pg_temp"), ("standard_conforming_strings", "on"), ("escape_string_warning", "off"),
        ("backslash_quote", "safe_encoding"), ("array_nulls", "on"), ("transform_null_equals", "off"), ("role", "none"),
        ("default_table_access_method", "heap"), ("default_tablespace", ""), ("temp_tablespaces", ""),
        ("check_function_bodies", "off"),
        // Rows that a policy hides must be an error, and not be missing silently.
        ("row_security", "off"), ("synchronize_seqscans", "off"),
        // What would end a session, or make it wait or fail.
        ("statement_timeout", "0"), ("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0"),
        ("default_transaction_isolation", "read committed"), ("default_transaction_deferrable", "off"),
        // The fence is for other sessions. A transaction of ours that must not write says so itself.
        ("default_transaction_read_only", "off"),
        ("local_preload_libraries", ""), ("client_min_messages", "error"), ("jit", "off"), ("exit_on_error", "off"),
    ]

    /// What a session needs besides, by its rights.
    private var authorityNeeds: [Setting] {
        switch parameters.authority {
        case .reader: []
        case .administrator, .owner:
            // The backend notices within half a minute that its client's node is gone.
            [("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "4")]
        }
    }

    private static func settings(since version: Int, isSuperuser: Bool) -> [Setting] {
        var settings: [Setting] = []
        if version >= 140_000 {
            settings.append(("idle_session_timeout", "0"))
            // The backend notices even during an index build that its client has died.
            settings.append(("client_connection_check_interval", "2s"))
        }
        if version >= 160_000 { settings.append(("createrole_self_grant", "")) }
        // `pg_dump` passes on what a server says, and no code of the error.
        if isSuperuser { settings.append(("lc_messages", "C")) }
        if version >= 170_000 {
            settings.append(("transaction_timeout", "0"))
            // Login triggers would run, and might write, in every session of ours.
            if isSuperuser { settings.append(("event_triggers", "off")) }
        }
        if knowsRestrictedRelations(version) {
            settings.append(("restrict_nonsystem_relation_kind", "view, foreign-table"))
        }
        return settings
    }

    /// Whether the server can be told not to read a view in the place of a table (`restrict_nonsystem_relation_kind`),
    /// which it can since the minor releases of August 2024 (CVE-2024-7348).
    private static func knowsRestrictedRelations(_ version: Int) -> Bool {
        let firstMinor = [12: 20, 13: 16, 14: 13, 15: 8, 16: 4]
        return version >= 170_000 || version % 10000 >= firstMinor[version / 10000] ?? .max
    }

    /// Escapes blanks in a value by a backslash (PostgreSQL manual, "Parameter Key Words", `options`).
    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing(" ", with: "\\ ")
    }
}
