import JobContract
import PostgresClient

/// The command to cut over, and the new pods that wait.
extension Maintenance {
    /// Gives the command that a migration with `CutoverPolicy.onCommand` waits for.
    ///
    /// - Returns: whether a running attempt will act on it. If not, the next attempt does.
    /// - Throws: ``MigrationFailure`` if nothing is there to be cut over.
    public func go() throws(MigrationFailure) -> Bool {
        do {
            let target = try sessions.openTarget(DatabaseName(settings.target.database))
            let facts = try ServerFacts(reading: target, hasSizes: false)
            if let stamp = try PublishedState(target: facts, settings: settings).stamp {
                throw MigrationFailure(
                    .personMustAct,
                    "the databases were published at \(stamp.publishedAt), so there is nothing to cut over")
            }
            if let control = try openControls(facts.databases).first {
                try control.execute("INSERT INTO rehome.command DEFAULT VALUES")
                return try ControlDatabase.isLocked(at: control)
            }
            throw MigrationFailure(
                .personMustAct, "no attempt of this migration has begun at \(target.place)",
                advice: "The word is for a Job that keeps up and waits: see 'rehome-job status'.")
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }

    /// Waits until everything is published, as a new pod of Backstage does before it starts. The migration sees this
    /// session and counts it (`JobSettings.doors`).
    ///
    /// A target that cannot be reached is asked again: without it the pod could not start anyway.
    ///
    /// - Parameter report: receives lines for people.
    /// - Throws: ``MigrationFailure`` when stopped, or when what is published has been left again.
    public func waitUntilPublished(report: @Sendable (String) -> Void) async throws(MigrationFailure) -> Published {
        var door = sessions
        door.applicationName = FenceCondition.doorName(of: settings)
        var complaint = ""
        while !interrupt.isRaised {
            do {
                let target = try door.openTarget(DatabaseName(settings.target.database))
                if complaint != "waiting" { report("waiting at \(target.place) until the databases are published") }
                complaint = "waiting"
                while !interrupt.isRaised {
                    let facts = try ServerFacts(reading: target, hasSizes: false)
                    switch try PublishedState(target: facts, settings: settings) {
                    case .complete(let stamp), .otherPlan(let stamp): return Published(stamp: stamp, at: facts)
                    case .left(let stamp): throw Migration.left(stamp, at: facts)
                    case .none: Pause.milliseconds(250)
                    }
                }
            } catch let error as PostgresError where error.isTransient {
                if complaint != error.message { report("\(error)") }
                complaint = error.message
                Pause.milliseconds(1000)
            } catch {
                throw MigrationFailure(error, hadContact: false)
            }
        }
        throw MigrationFailure(.retry, "stopped while it waited for the databases to be published")
    }
}
