/// How old a held snapshot is, and whether that is too old.
///
/// The source keeps the row versions that a snapshot sees, and Backstage's queries pass over all of them. So the more is
/// changed, the sooner a snapshot is too old.
struct SnapshotAge: Sendable {
    /// A try to renew a snapshot.
    struct Try: Sendable {
        var end: ContinuousClock.Instant
        /// How long it took, and how much of that was work: the rest is what the pace has made it wait.
        var seconds: Double
        var work: Double
    }

    var taken: ContinuousClock.Instant
    /// How many rows were changed in a second while the snapshot before was held; `nil` if nobody knows.
    var rowsPerSecond: Double?
    /// The last try, even if it came to nothing.
    var lastTry: Try?

    init(taken: ContinuousClock.Instant) { self.taken = taken }

    /// Seconds after which a snapshot may be old, and after which it is whatever was changed.
    private static let limits = 2.0...15.0
    /// Rows that may change while a snapshot is held.
    private static let mostRows = 500.0
    /// Between two tries passes at least so many times what the last one has worked, and as much time as it took: the
    /// copy must go on. Where blocks that have changed cannot be found, a round reads all of a large database.
    private static let workApart = 5.0

    var isOld: Bool {
        let seconds = taken.secondsUntilNow
        guard seconds > Self.limits.lowerBound else { return false }
        if let lastTry {
            guard lastTry.end.secondsUntilNow > max(lastTry.seconds, Self.workApart * lastTry.work) else {
                return false
            }
        }
        return seconds > Self.limits.upperBound || seconds * (rowsPerSecond ?? .infinity) > Self.mostRows
    }
}
