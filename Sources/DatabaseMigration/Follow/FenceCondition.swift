import FoundationEssentials
import JobContract
import PostgresClient

/// What the fence waits for once the copy keeps up: an instant, a person's command, the new pods.
struct FenceCondition {
    let settings: JobSettings
    /// A session in the control database.
    let control: Connection
    /// The roles that the new pods may log in as. The application's name proves nothing, since any session can set it.
    let doorRoles: [RoleName]
    /// Since when only the doors are waited for.
    private var waitingForDoors: ContinuousClock.Instant?

    init(settings: JobSettings, control: Connection, doorRoles: [RoleName]) {
        (self.settings, self.control, self.doorRoles) = (settings, control, doorRoles)
    }

    enum Reason {
        case instant(StartTime)
        case command
        case doors(wanted: Int)

        var text: String {
            switch self {
            case .instant(let start): start.text
            case .command: "'rehome-job go'"
            case .doors(let wanted):
                "\(wanted == 1 ? "a new pod" : "\(wanted) new pods") of Backstage to wait at the target"
            }
        }
    }

    enum End {
        /// The window is about to begin, and nothing else is waited for.
        case instant
        case other
    }

    /// The application name of a session that waits for the databases (``JobCommand/wait``).
    static func doorName(of settings: JobSettings) -> String {
        // The pod that waits does not know the source, and so not the identity's own hash. A name has 63 bytes at most.
        "rehome/door/\(shortHash(ByteText("\(settings.namespace)/\(settings.instance)/\(settings.generation)/\(settings.direction.rawValue)")))"
    }

    /// The first thing that the fence has to wait for; `nil` if it may fall.
    ///
    /// - Parameter isInWindow: whether the window counts as begun.
    mutating func reasonToWait(isInWindow: Bool = false) throws(PostgresError) -> Reason? {
        if !isInWindow, let start = settings.notBefore, start.instant.timeIntervalSinceNow > 0 {
            return .instant(start)
        }
        if settings.cutover == .onCommand, try !control.query(Self.isCommanded).isTrue { return .command }
        guard settings.doors > 0 else { return nil }
        let since = waitingForDoors ?? .now
        waitingForDoors = since
        guard since.secondsUntilNow < Double(settings.doorPatience) else { return nil }
        let standing =
            try control.query(
                """
                SELECT count(*) FROM pg_catalog.pg_stat_activity
                WHERE application_name = \(literal: ByteText(Self.doorName(of: settings))) AND usename = ANY (\(array: doorRoles.map(\.text)))
                """
            ).integer ?? 0
        return standing >= settings.doors ? nil : .doors(wanted: settings.doors)
    }

    /// Seconds between two looks at the target.
    private static let look = 0.25
    /// Seconds that getting ready for the fence takes, besides rounds.
    private static let preparations = 2.0
    /// A command is good for an hour: whoever gave it days ago does not expect the fence today.
    static let isCommanded: SQL = "SELECT EXISTS (SELECT FROM rehome.command WHERE given > now() - interval '1 hour')"

    /// Waits until it is time for another round.
    ///
    /// - Parameters:
    ///   - pause: seconds until then, unless the wait is over before.
    ///   - lastRound: how long a round takes, in seconds. What is left to do before the fence takes no longer.
    ///   - sleep: sleeps for so many seconds, or until the run is interrupted.
    mutating func wait(
        isolation: isolated (any Actor)? = #isolation, for reason: Reason, atMost pause: Double, lastRound: Double,
        sleep: (Double) async -> Void
    ) async throws -> End {
        if case .instant(let start) = reason {
            let remaining = start.instant.timeIntervalSinceNow
            let lead = 2 * lastRound + Self.preparations
            guard remaining <= lead else {
                await sleep(min(pause, remaining - lead))
                return .other
            }
            if try reasonToWait(isInWindow: true) == nil { return .instant }
            await sleep(max(0, remaining))
            return .other
        }
        let end = ContinuousClock.now + .seconds(pause)
        while ContinuousClock.now < end {
            guard try reasonToWait() != nil else { return .other }
            await sleep(Self.look)
            if Task.isCancelled { return .other }
        }
        return .other
    }
}
