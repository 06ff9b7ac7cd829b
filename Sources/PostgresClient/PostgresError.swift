/// A failure in talking to a server, with the server and the statement that it is about.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// No connection came about.
        case notConnected(NotConnected)
        /// The connection broke. Whether the statement that was running has taken effect is unknown.
        case connectionLost
        /// The server refused a statement.
        case statementFailed
        /// No byte was moved for too long.
        case stalled
        /// The program is being stopped.
        case interrupted
        /// The statement could not be sent; a bug of ours.
        case unsendable
    }

    /// Why there is no connection, as far as libpq's message tells.
    public enum NotConnected: Sendable, Equatable {
        case unreachable
        case wrongCredentials
        case untrustedCertificate
        case wrongHostName
        case noTLS
        case noSuchDatabase
        case tooManyConnections
        case notReady
        /// The server has no disk, memory or process left for another session.
        case outOfResources
        case refused
        /// A pooler between us and the server.
        case pooler
    }

    static func interrupted(at place: String) -> PostgresError {
        PostgresError(kind: .interrupted, place: place, message: "stopped while waiting for the server")
    }

    public var kind: Kind
    /// Where it happened, as `host:port/database`.
    public var place: String
    public var message: String
    public var state: SQLState?
    public var detail: String?
    public var hint: String?
    /// The functions in which it happened, innermost first; never a row's content.
    public var context: [String] = []
    /// The table that it is about, if the server says so.
    public var relation: RelationName?
    /// The constraint that was violated.
    public var constraint: Identifier?
    /// The beginning of the statement; never a row's content.
    public var statement: String?
    /// Which statement of a batch failed, from 0.
    public var statementIndex: Int?

    /// Whether the same may succeed later although nobody changes anything here.
    public var isTransient: Bool {
        switch kind {
        case .connectionLost, .stalled, .interrupted: true
        case .notConnected(let reason):
            switch reason {
            case .unreachable, .tooManyConnections, .notReady, .outOfResources: true
            case .wrongCredentials, .untrustedCertificate, .wrongHostName, .noTLS, .noSuchDatabase, .refused, .pooler:
                false
            }
        case .statementFailed: state?.isTransient ?? false
        case .unsendable: false
        }
    }

    public var description: String {
        var text = "\(place): \(message)"
        if let state { text += " (SQLSTATE \(state))" }
        if let detail { text += "; detail: \(detail)" }
        if let hint { text += "; hint: \(hint)" }
        if !context.isEmpty { text += "; in \(context.joined(separator: ", in "))" }
        if let statement { text += "; statement: \(statement)" }
        if let advice { text += ". \(advice)" }
        return text
    }

    /// What to do next, if that is known.
    public var advice: String? {
        guard case .notConnected(let reason) = kind else { return nil }
        return reason.advice
    }
}

extension PostgresError.NotConnected {
    /// What to do next, if that is known.
    public var advice: String? {
        switch self {
        case .unreachable:
            "Nothing answers there: check the host, the port, network policies and firewalls, and that the server runs."
        case .wrongCredentials: "Check the user and the password in the Secret."
        case .untrustedCertificate:
            "The server's certificate is not signed by an authority in the mounted CA file (wrong CA): "
                + "put the server's CA bundle into the certificate Secret."
        case .wrongHostName:
            "The certificate is valid, but for other names than the host that was asked for (wrong host name): "
                + "use a name that the certificate lists."
        case .noTLS: "The server offers no TLS: switch it on there, or set the mode to 'disable' knowingly."
        case .noSuchDatabase: "Name an existing database to connect to first."
        case .tooManyConnections: "All connection slots are taken: fewer workers, or a larger max_connections."
        case .notReady: "The server is starting, stopping or recovering."
        case .outOfResources: "The server has no disk, memory or processes left for another session: make room there."
        case .pooler:
            "A connection pooler answers there; connect to the server itself: a snapshot, a lock and a setting belong to one session."
        case .refused: nil
        }
    }
}

extension PostgresError.NotConnected {
    /// libpq 15 gives no code for a failed connection, so its message has to be searched.
    init(message: String) {
        let known: [(String, Self)] = [
            ("certificate verify failed", .untrustedCertificate),
            ("root certificate file", .untrustedCertificate),
            ("could not read root certificate", .untrustedCertificate),
            ("does not match host name", .wrongHostName),
            ("could not get server's host name", .wrongHostName),
            ("server does not support SSL", .noTLS),
            ("password authentication failed", .wrongCredentials),
            ("no password supplied", .wrongCredentials),
            ("no pg_hba.conf entry", .refused),
            // pgbouncer's error for settings in a connection's first message.
            ("unsupported startup parameter", .pooler),
            ("authentication method requirement", .wrongCredentials),
            ("too many", .tooManyConnections),
            ("remaining connection slots", .tooManyConnections),
            ("the database system is", .notReady),
            // `strerror`'s text for ENOSPC, and the server's own for its error classes 53 and 54.
            ("No space left on device", .outOfResources),
            ("out of memory", .outOfResources),
            ("out of shared memory", .outOfResources),
            ("could not fork new process", .outOfResources),
            ("could not connect", .unreachable),
            ("Connection refused", .unreachable),
            ("could not translate host name", .unreachable),
            ("timeout expired", .unreachable),
            ("timed out", .unreachable),
            ("unreachable", .unreachable),
            ("No route to host", .unreachable),
            ("server closed the connection", .unreachable),
            ("Connection reset", .unreachable),
            ("could not receive data", .unreachable),
            ("could not send", .unreachable),
            ("SSL SYSCALL error", .unreachable),
        ]
        let match = known.first { message.contains($0.0) }?.1
        if let match {
            self = match
        } else if message.contains("database \"") && message.contains("does not exist") {
            self = .noSuchDatabase
        } else if message.contains("role \"") && message.contains("does not exist") {
            self = .wrongCredentials
        } else {
            self = .refused
        }
    }
}
