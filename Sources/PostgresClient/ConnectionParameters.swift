import CLibPQ
import JobContract

/// Everything that a connection to one database needs.
public struct ConnectionParameters: Sendable {
    public var server: JobSettings.Server
    public var database: DatabaseName
    /// Shown in `pg_stat_activity`, for people. No session counts as ours because of it: anybody can take any name.
    public var applicationName: String
    /// Whose rights the session has, and so what it may be used for.
    public var authority: Authority
    /// How values are written as text, and by what the schema computes.
    public var values = ValueSettings.common
    /// What is known of the server from an earlier session.
    public var traits: ServerTraits?
    /// Seconds until an attempt to connect is given up.
    public var connectTimeout: Double = 20
    /// Where the session is listed as long as it lives.
    public var register: SessionRegister?

    /// Whose rights a session has.
    public enum Authority: Sendable {
        /// Reads the source.
        case reader
        /// Makes databases and roles at the target; runs nothing that comes from the source's schema.
        case administrator
        /// Has logged in as the owner of what is copied, so whatever the source's schema does, it does as the owner.
        case owner
    }

    public init(
        server: JobSettings.Server, database: DatabaseName, applicationName: String, authority: Authority,
        traits: ServerTraits? = nil
    ) {
        self.server = server
        self.database = database
        self.applicationName = applicationName
        self.authority = authority
        self.traits = traits
    }

    /// For messages: host, port and database, never a credential.
    public var place: String { "\(VisibleText.of(server.host)):\(server.port)/\(database)" }

    /// The server, as a ``SessionRegister`` tells it from others.
    public var serverLabel: String { "\(server.host):\(server.port)" }

    /// libpq's keywords (PostgreSQL manual, 34.1.2). Always a `user`, so that libpq asks no passwd file: an
    /// OpenShift uid has no entry there.
    var keywords: [(String, ByteText)] {
        var words: [(String, ByteText)] = [
            ("host", ByteText(server.host)), ("port", ByteText(String(server.port))), ("user", server.user),
            ("password", ByteText(server.password)), ("dbname", database.text),
            ("application_name", ByteText(applicationName)),
            ("sslmode", ByteText(server.tls.rawValue)), ("gssencmode", "disable"),
            ("options", ByteText(SessionSettings(self).startupOptions)),
            // A peer that vanished without a word is found within about half a minute.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "4"),
            ("tcp_user_timeout", "30000"),
        ]
        if let authentication { words.append(("require_auth", ByteText(authentication))) }
        if server.tls != .disable && !server.caFile.isEmpty { words.append(("sslrootcert", ByteText(server.caFile))) }
        return words
    }

    /// A server that nobody vouches for may ask for the password itself; it gets proofs only. libpq knows how to refuse
    /// since version 16 (PostgreSQL manual, 34.1.2, `require_auth`).
    private var authentication: String? {
        guard PQlibVersion() >= 160_000, server.tls == .disable || server.tls == .require else { return nil }
        return "!password"
    }

    /// The same as environment variables, for `pg_dump`: neither the password nor an odd database name in its argv.
    public var environment: [String: ByteText] {
        var variables: [String: ByteText] = [
            "PGHOST": ByteText(server.host), "PGPORT": ByteText(String(server.port)), "PGUSER": server.user,
            "PGPASSWORD": ByteText(server.password), "PGDATABASE": database.text,
            "PGAPPNAME": ByteText(applicationName),
            "PGSSLMODE": ByteText(server.tls.rawValue), "PGGSSENCMODE": "disable",
            "PGCONNECT_TIMEOUT": ByteText(String(Int(connectTimeout))),
            "PGOPTIONS": ByteText(SessionSettings(self).startupOptions),
        ]
        if let authentication { variables["PGREQUIREAUTH"] = ByteText(authentication) }
        if server.tls != .disable && !server.caFile.isEmpty { variables["PGSSLROOTCERT"] = ByteText(server.caFile) }
        return variables
    }
}

/// What decides which settings a server knows, and which of them a session may set.
public struct ServerTraits: Sendable, Equatable {
    /// `PQserverVersion`: 150018 for 15.18.
    public var version: Int
    public var isSuperuser: Bool

    public init(version: Int, isSuperuser: Bool) {
        self.version = version
        self.isSuperuser = isSuperuser
    }
}
