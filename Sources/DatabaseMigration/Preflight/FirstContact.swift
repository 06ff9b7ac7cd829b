import PostgresClient

/// Opens the first session with a server that may not be there yet. If all manifests are applied at once, the server's
/// Service and pod are there only some seconds after the Job's pod.
struct FirstContact {
    let side: MigrationEvent.Side
    /// Seconds for which a server that is not there is asked again.
    let patience: Double
    let interrupt: Interrupt
    let report: EventSink

    private static let secondsBetweenTries = 1.0

    /// - Parameter connect: tries once.
    /// - Throws: what `connect` throws: at once if another try would not help, as with a wrong password, else after
    ///   ``patience``.
    func open(_ connect: () throws(PostgresError) -> Connection) throws(PostgresError) -> Connection {
        let begin = ContinuousClock.now
        let words = RepeatedWords()
        while true {
            var failure: PostgresError
            do {
                return try connect()
            } catch {
                failure = error
            }
            guard failure.isTransient, failure.kind != .interrupted, patience > 0 else { throw failure }
            let left = patience - begin.secondsUntilNow
            guard left > 0 else {
                failure.message += "; asked again for \(Int(patience)) s"
                throw failure
            }
            if words.areDue(failure.message) {
                report(
                    .awaitingServer(side: side, place: failure.place, reason: failure.message, seconds: left))
            }
            guard !interrupt.isRaised(within: min(Self.secondsBetweenTries, left)) else {
                failure.kind = .interrupted
                failure.message = "stopped while waiting for the server: \(failure.message)"
                throw failure
            }
        }
    }
}
