/// When a fence is lifted again if nothing is published (``JobSettings/maxFence``).
struct FenceDeadline: Sendable {
    /// `nil`: never.
    private let instant: ContinuousClock.Instant?

    /// - Parameter seconds: from now.
    init(seconds: Double?) { instant = seconds.map { .now + .seconds($0) } }

    /// Whether there is any.
    var isSet: Bool { instant != nil }

    var hasPassed: Bool { instant.map { $0 <= .now } ?? false }

    /// What is left, for `statement_timeout`: 0 if there is no limit, else at least 1. It is rounded up, so that a statement
    /// which the server ends for it ends after the deadline.
    var milliseconds: Int {
        instant.map { max(1, Int((ContinuousClock.now.duration(to: $0) / .milliseconds(1)).rounded(.up))) } ?? 0
    }
}
