/// Finds out whether a server is still at work on a statement that takes long.
///
/// An index build sends nothing for as long as it takes, so no deadline can tell it from a network that has gone
/// silent. Keepalives and `tcp_user_timeout` do not help where a proxy or a load balancer answers for the server. So
/// the server is asked over another connection (PostgreSQL manual, `pg_stat_activity`).
struct Liveness {
    /// How many answers in a row must be bad. One would not do, since the statement's own answer may be on its way.
    private static let badAnswers = 4

    private var bad = 0

    /// Asks once.
    ///
    /// - Returns: true when the statement has to be given up.
    mutating func isLost(askingAbout connection: Connection) -> Bool {
        switch Self.ask(about: connection) {
        case .atWork: bad = 0
        case .gone: bad += 1
        case .unknown: break
        }
        return bad >= Self.badAnswers
    }

    private enum Answer { case atWork, gone, unknown }

    private static func ask(about connection: Connection) -> Answer {
        do {
            let other = try connection.sibling()
            // If the backend waits for its client while the client waits for it, something was lost between them.
            let row = try other.query(
                """
                SELECT pg_catalog.pg_backend_pid(), EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = \(connection.backendPID) AND state = 'active'
                               AND wait_event IS DISTINCT FROM 'ClientRead' AND wait_event IS DISTINCT FROM 'ClientWrite')
                """
            ).rows.first
            // A pooler reports process numbers of its own, by which no backend can be found.
            guard let row, row.integer(0) == other.backendPID else { return .unknown }
            return row.isTrue(1) ? .atWork : .gone
        } catch {
            switch error.kind {
            case .notConnected(.tooManyConnections), .interrupted: return .unknown
            default: return .gone
            }
        }
    }
}
