import FoundationEssentials
import JobContract
import PostgresClient

extension Migration {
    /// What a pre-copy may need before the window: so many seconds, and three times as long as a small server takes
    /// that copies so many bytes in a second.
    private static let allowance = (bytesPerSecond: 10_000_000.0, seconds: 600.0)

    /// Waits until it is time to begin, with no connection open and nothing fenced. That is at `JobSettings.notBefore`,
    /// or earlier by as long as the pre-copy may take.
    ///
    /// - Throws: ``MigrationFailure`` at once when the run is interrupted meanwhile.
    public func waitForStart() async throws(MigrationFailure) {
        guard let start = settings.notBefore else { return }
        var lead = settings.precopy ? Self.allowance.seconds : 0
        if settings.precopy, start.instant.timeIntervalSinceNow > lead {
            lead += 3 * Double(bytesToCopy()) / Self.allowance.bytesPerSecond
        }
        var isFirst = true
        // The wall clock is read again and again: it may be set, and timers stand still while a node is suspended.
        while !interrupt.isRaised {
            let seconds = start.instant.timeIntervalSinceNow - lead
            guard seconds > 0 else {
                if !isFirst { report(.startReached) }
                return
            }
            report(.waitingForStart(until: start.text, seconds: seconds))
            isFirst = false
            await wait(seconds: min(seconds, Self.logInterval))
        }
        throw MigrationFailure(
            .retry, "the run was stopped while it waited for \(start.text); nothing was begun",
            advice: "The next attempt waits on.")
    }

    /// What the selected databases hold; 0 if the source cannot be asked yet.
    private func bytesToCopy() -> Int {
        guard settings.hasSource,
            let source = try? sessions(name: firstName).openSource(DatabaseName(settings.source.database)),
            let databases = try? DatabaseFacts.read(source, hasSizes: true)
        else { return 0 }
        return SourceSelection(settings).select(databases).reduce(0) { $0 + $1.bytes }
    }

    /// Waits for so many seconds, or until the run is interrupted.
    func wait(seconds: Double) async { await interrupt.raised(within: seconds) }
}

extension Interrupt {
    /// Waits until it is raised, or the task cancelled, but for no longer than so many seconds.
    func raised(within seconds: Double) async {
        await withTaskGroup { group in
            group.addTask { await self.raised() }
            group.addTask { try? await Task.sleep(for: .seconds(seconds)) }
            await group.next()
            group.cancelAll()
        }
    }
}
