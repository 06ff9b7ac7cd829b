/// A point in time on the monotonic clock, which no time service changes.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(seconds: Double) { end = .now + .seconds(seconds) }

    var remainingMilliseconds: Int32 {
        Int32(clamping: max(0, Int(ContinuousClock.now.duration(to: end) / .milliseconds(1))))
    }
}
