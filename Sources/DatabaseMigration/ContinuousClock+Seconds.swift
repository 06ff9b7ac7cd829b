extension ContinuousClock.Instant {
    /// Seconds that have passed since.
    public var secondsUntilNow: Double { duration(to: .now) / .seconds(1) }
}
