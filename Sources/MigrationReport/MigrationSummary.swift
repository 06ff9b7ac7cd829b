import DatabaseMigration
import PostgresClient
import Presentation
import Synchronization

/// What moved, gathered from the events of a run.
public final class MigrationSummary: Sendable {
    private struct Totals {
        var tables = 0
        var rows = 0
        var bytes = 0
        var checkedAgain = 0
        var isSealed = false
    }

    /// What happened after the first copy.
    private struct Ending {
        var rounds = 0
        var rows = 0
        var fenced: Double?
        /// Whether this pod has helped another one, which then verifies the databases.
        var hasHelped = false
    }

    private let totals = Mutex<[DatabaseName: Totals]>([:])
    private let ending = Mutex(Ending())
    private let start = ContinuousClock.now

    public init() {}

    public func record(_ event: MigrationEvent) {
        ending.withLock { ending in
            switch event {
            case .round(let round):
                ending.rounds += 1
                ending.rows += round.rows
            case .published(_, _, _, let fenced): ending.fenced = fenced
            case .helping: ending.hasHelped = true
            default: break
            }
        }
        totals.withLock { totals in
            switch event {
            case .copied(let database, _, let rows, let bytes, _, _):
                totals[database, default: Totals()].tables += 1
                totals[database, default: Totals()].rows += rows
                totals[database, default: Totals()].bytes += bytes
            case .rechecked(let database, _, let rows, _):
                totals[database, default: Totals()].tables += 1
                totals[database, default: Totals()].rows += rows
                totals[database, default: Totals()].checkedAgain += 1
            case .rebuilding(let database, _): totals[database] = Totals()
            case .sealed(let database, _, _): totals[database, default: Totals()].isSealed = true
            default: break
            }
        }
    }

    /// A table with a line per database, and a last line with the sum.
    public func table() -> String {
        let totals = totals.withLock { $0 }
        let ending = ending.withLock { $0 }
        guard !totals.isEmpty else { return "" }
        var lines = [["database", "tables", "rows", "copied", "from before", ""]]
        for (name, total) in totals.sorted(by: { $0.key < $1.key }) {
            lines.append([
                name.description, "\(total.tables)", Units.count(total.rows), Units.bytes(total.bytes),
                total.checkedAgain == 0 ? "-" : "\(total.checkedAgain) tables",
                total.isSealed ? "verified" : ending.hasHelped ? "another pod's share is not counted" : "incomplete",
            ])
        }
        var text = TextTable.text(lines, textColumns: [0, 5])
        let seconds = start.secondsUntilNow
        let rows = totals.values.reduce(0) { $0 + $1.rows }
        let bytes = totals.values.reduce(0) { $0 + $1.bytes }
        text +=
            "\n\(totals.count) databases, \(Units.count(rows)) rows, \(Units.bytes(bytes)) copied in \(Units.seconds(seconds))"
        if ending.rounds > 0 {
            text += "\n\(ending.rounds) rounds brought \(Units.count(ending.rows)) rows over that changed meanwhile"
        }
        if let fenced = ending.fenced {
            text += "\nwrites were refused for \(Units.seconds(fenced)) until everything was published"
        }
        return text
    }
}
