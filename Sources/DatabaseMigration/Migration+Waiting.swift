import FoundationEssentials
import JobContract
import PostgresClient

extension Migration {
    /// Waits for ``JobSettings/notBefore``, with no connection open and nothing fenced.
    ///
    /// - Throws: ``MigrationFailure`` at once when the run is interrupted meanwhile.
    public func waitForStart() async throws(MigrationFailure) {
        guard let start = settings.notBefore else { return }
        var isFirst = true
        // The wall clock is asked again and again: it may be set, and a suspended node's timers stand still.
        while !interrupt.isRaised {
            let seconds = start.instant.timeIntervalSinceNow
            guard seconds > 0 else {
                if !isFirst { report(.startReached) }
                return
            }
            report(.waitingForStart(until: start.text, seconds: seconds))
            isFirst = false
            await wait(seconds: min(seconds, Self.secondsBetweenReports))
        }
        throw MigrationFailure(
            .retry, "the run was stopped while it waited for \(start.text); nothing was begun", advice: "The next attempt waits on.")
    }

    private static let secondsBetweenReports = 600.0

    private func wait(seconds: Double) async {
        let interrupt = interrupt
        await withTaskGroup { group in
            group.addTask { await interrupt.raised() }
            group.addTask { try? await Task.sleep(for: .seconds(seconds)) }
            await group.next()
            group.cancelAll()
        }
    }
}
