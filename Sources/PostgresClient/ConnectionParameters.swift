import JobContract

/// Everything that a connection to one database needs.
public struct ConnectionParameters: Sendable {
    public var server: JobSettings.Server
    public var database: DatabaseName
    /// Shown in `pg_stat_activity`; this is how an attempt knows its own sessions again.
    public var applicationName: String
    /// Seconds until an attempt to connect is given up.
    public var connectTimeout: Double = 20

    public init(server: JobSettings.Server, database: DatabaseName, applicationName: String) {
        self.server = server
        self.database = database
        self.applicationName = applicationName
    }

    /// For messages: host, port and database, never a credential.
    public var place: String { "\(server.host):\(server.port)/\(database)" }

    /// libpq's keywords (PostgreSQL manual, 34.1.2). Always a `user`, so that libpq asks no passwd file: an
    /// OpenShift uid has no entry there.
    var keywords: [(String, String)] {
        var words: [(String, String)] = [
            ("host", server.host), ("port", String(server.port)), ("user", server.user),
            ("password", server.password), ("dbname", database.text), ("application_name", applicationName),
            ("client_encoding", "UTF8"), ("sslmode", server.tls.rawValue), ("gssencmode", "disable"),
            // A peer that vanished without a word is found within about half a minute.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "4"),
            ("tcp_user_timeout", "30000"),
        ]
        if server.tls != .disable && !server.caFile.isEmpty { words.append(("sslrootcert", server.caFile)) }
        return words
    }

    /// The same as environment variables, for `pg_dump`: neither the password nor an odd database name in its argv.
    public var environment: [String: String] {
        var variables = [
            "PGHOST": server.host, "PGPORT": String(server.port), "PGUSER": server.user,
            "PGPASSWORD": server.password, "PGDATABASE": database.text, "PGAPPNAME": applicationName,
            "PGSSLMODE": server.tls.rawValue, "PGGSSENCMODE": "disable",
            "PGCONNECT_TIMEOUT": String(Int(connectTimeout)),
        ]
        if server.tls != .disable && !server.caFile.isEmpty { variables["PGSSLROOTCERT"] = server.caFile }
        return variables
    }
}
