/// Limits how much work a server is given by the sessions that share it (``ConnectionParameters/pace``).
///
/// A session asks before each statement, and while it reads rows, for how long it has to wait, and waits.
public protocol WorkPace: Sendable {
    /// For how long the session has to wait before it connects or sends a statement.
    func delayOfStatement() -> Duration
    /// Is told how long a statement, or connecting, has taken until it was answered.
    func statementTook(_ duration: Duration)
    /// For how long the session has to wait before it reads on, having read so many bytes of rows.
    func delayOfRows(bytes: Int) -> Duration
}
