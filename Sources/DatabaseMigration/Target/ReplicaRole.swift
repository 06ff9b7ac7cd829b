import JobContract
import PostgresClient

/// Whether sessions of the owner at the target may work as a replica does, without firing triggers.
///
/// Foreign keys and triggers can then exist while rows are still brought over, so none of them has to be made under
/// the fence (PostgreSQL manual, `session_replication_role`). A superuser may work so, and from version 15 on it
/// may grant the right to others. If it is granted here, it is revoked at the end.
enum ReplicaRole: Sendable, Equatable {
    case available
    /// Given by this attempt, or by one that has died.
    case granted
    case unavailable

    var isAvailable: Bool { self != .unavailable }

    private static let parameter: Identifier = "session_replication_role"
    static let setting: SQL = "SET \(parameter) = 'replica'"

    /// Finds out whether the owner may set `session_replication_role`, and tries to grant it the right if not. The
    /// control database has the record of the grant before it is made.
    static func obtain(_ sessions: Sessions, control: ControlDatabase) throws -> ReplicaRole {
        // A provider may let its administrators set it though they are no superusers; only trying tells.
        if canSet(sessions) { return try control.hasGranted(parameter) ? .granted : .available }
        guard control.connection.majorVersion >= 15, sessions.hasOwnerOfItsOwn else { return .unavailable }
        try control.recordGrant(of: parameter)
        do {
            try control.connection.execute("GRANT SET ON PARAMETER \(parameter) TO \(sessions.owner)")
            return .granted
        } catch {
            guard error.state == .insufficientPrivilege else { throw error }
            try control.forgetGrants()
            return .unavailable
        }
    }

    private static func canSet(_ sessions: Sessions) -> Bool {
        (try? sessions.openOwned(DatabaseName(sessions.target.database)).execute(setting)) != nil
    }

    /// Revokes the right that was granted, by this attempt or by one that has died.
    static func release(from owner: RoleName, control: Connection) throws(PostgresError) {
        guard try control.query("SELECT EXISTS (SELECT FROM rehome.granted)").isTrue else { return }
        try control.execute("REVOKE SET ON PARAMETER \(parameter) FROM \(owner); DELETE FROM rehome.granted")
    }
}
