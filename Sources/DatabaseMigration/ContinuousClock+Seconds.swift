extension ContinuousClock.Instant {
    /// Seconds that have passed since.
    var secondsUntilNow: Double {
        let components = duration(to: .now).components
        return Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
