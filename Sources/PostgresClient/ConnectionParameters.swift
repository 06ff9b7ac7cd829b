import CLibPQ
import JobContract

/// Everything that a connection to one database needs.
public struct ConnectionParameters: Sendable {
    public var server: JobSettings.Server
    public var database: DatabaseName
    /// Shown in `pg_stat_activity`, for people. No session counts as ours because of it, since any client can set it.
    public var applicationName: String
    /// The rights of the session, which decide what it may be used for.
    public var authority: Authority
    /// The settings under which values are written as text and the schema computes values.
    public var values = ValueSettings.common
    /// What is known of the server from an earlier session.
    public var traits: ServerTraits?
    /// Seconds until an attempt to connect is given up.
    public var connectTimeout: Double = 20
    /// Lists the session for as long as it lives.
    public var register: SessionRegister?
    /// Limits what the server is given to do, together with other sessions; `nil` where nobody has to be spared.
    public var pace: (any WorkPace)?

    /// The rights that a session has.
    public enum Authority: Sendable {
        /// Reads the source.
        case reader
        /// Makes databases and roles at the target. Runs nothing that comes from the source's schema.
        case administrator
        /// Has logged in as the owner of what is copied, so that code of the source's schema runs with the owner's
        /// rights.
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

    /// The server's name in a ``SessionRegister``.
    public var serverLabel: String { "\(server.host):\(server.port)" }

    /// libpq's keywords (PostgreSQL manual, "Parameter Key Words"). There is always a `user`, so that libpq does not
    /// look into the passwd file, in which an OpenShift uid has no entry.
    var keywords: [(String, ByteText)] {
        var words: [(String, ByteText)] = [
            ("host", ByteText(server.host)), ("port", ByteText(String(server.port))), ("user", server.user),
            ("password", ByteText(server.password)), ("dbname", database.text),
            ("application_name", ByteText(applicationName)),
            ("sslmode", ByteText(server.tls.rawValue)), ("gssencmode", "disable"),
            ("options", ByteText(SessionSettings(self).startupOptions)),
            // If the peer vanishes without a word, that is noticed within about half a minute.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "4"),
            ("tcp_user_timeout", "30000"),
        ]
        if let authentication { words.append(("require_auth", ByteText(authentication))) }
        if server.tls != .disable && !server.caFile.isEmpty { words.append(("sslrootcert", ByteText(server.caFile))) }
        return words
    }

    /// A server without a verified certificate could ask for the password in plain text, so only methods that prove its
    /// knowledge are allowed. libpq can refuse the others since version 16 (`require_auth`).
    private var authentication: String? {
        guard PQlibVersion() >= 160_000, server.tls == .disable || server.tls == .require else { return nil }
        return "!password"
    }

    /// The same as environment variables for `pg_dump`, so that neither the password nor an odd database name is in its
    /// argv.
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

/// The facts that decide which settings a server knows, and which of them a session may set.
public struct ServerTraits: Sendable, Equatable {
    /// `PQserverVersion`: 150018 for 15.18.
    public var version: Int
    public var isSuperuser: Bool
    /// Whether its messages are in English, as long as nobody sets another language for a session.
    public var hasEnglishMessages: Bool

    public init(version: Int, isSuperuser: Bool, hasEnglishMessages: Bool) {
        self.version = version
        self.isSuperuser = isSuperuser
        self.hasEnglishMessages = hasEnglishMessages
    }
}
