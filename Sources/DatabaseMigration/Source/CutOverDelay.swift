import JobContract
import PostgresClient

/// Why a fence was lifted with nothing published, although another try may succeed.
enum CutOverDelay: Error {
    /// It would have taken longer than ``JobSettings/maxFence``; what took the time.
    case tooLong(doing: String)
    /// Somebody wrote in spite of the fence.
    case sourceMoves(lastRounds: Int)
    /// A database could not be brought up to date, and why.
    case behind(DatabaseName, String)
    /// The entries that are made after the last round take longer than ``JobSettings/maxFence``.
    case sealing(DatabaseName)
    case appeared([DatabaseName])

    var text: String {
        switch self {
        case .tooLong(let what): "\(what) within the time that the fence may stand"
        case .sourceMoves(let rounds): "the source was written to in spite of the fence, at \(rounds) looks in a row"
        case .behind(let name, let reason): "database \(name): \(reason)"
        case .sealing(let name):
            "database \(name): making what the rounds could not have (foreign keys and triggers, where the target's role may not set session_replication_role; domains' constraints; rights that the owner lacks) did not end within the time that the fence may stand"
        case .appeared(let names):
            "databases have appeared at the source: \(names.map(\.description).joined(separator: ", "))"
        }
    }

    /// The same delay, or ``sealing(_:)`` if one seal alone took more than half of the time that the fence may stand:
    /// the next one would take as long.
    ///
    /// - Parameter seals: seconds that each database's seal has spent on entries that are made after the rounds.
    func blaming(_ seals: [DatabaseName: Double], maxFence: Double?) -> CutOverDelay {
        guard case .tooLong = self, let maxFence, let slowest = seals.max(by: { $0.value < $1.value }),
            slowest.value > maxFence / 2
        else { return self }
        return .sealing(slowest.key)
    }

    /// The failure of an attempt that cannot try again.
    func failure(hasFence: Bool, place: String) -> MigrationFailure {
        switch self {
        case .sourceMoves(let rounds):
            MigrationFailure(
                .retry,
                "\(place): the source keeps being written to; \(rounds) times in a row it was not still at the last look",
                advice: hasFence
                    ? "Some session writes in spite of the fence: a role with default_transaction_read_only = off, or a maintenance job. Stop it."
                    : "Without a fence all writers must be stopped: scale Backstage, its workflows and the data index to 0."
            )
        case .appeared:
            MigrationFailure(
                .retry, text, advice: "The next attempt takes them along; stop Backstage if more keep coming.")
        case .sealing:
            MigrationFailure(
                .personMustAct, text,
                advice:
                    "Nothing was published, and writes go on. Let the target's role set session_replication_role (a superuser; since PostgreSQL 15: GRANT SET ON PARAMETER session_replication_role), or raise spec.migration.maxFence."
            )
        case .tooLong, .behind:
            MigrationFailure(
                .retry, text, advice: "Nothing was published. The next attempt goes on from what is copied.")
        }
    }
}

/// Counts tries of the cut-over that have failed.
struct CutOverDelays {
    private(set) var total = 0
    private var moves = 0
    private var sealings = 0

    /// The attempt gives up when somebody wrote in spite of so many fences: another one would not help.
    private static let mostMoves = 3
    /// The attempt gives up when so many seals took too long: checking every row takes as long the next time.
    private static let mostSealings = 2

    mutating func count(_ reason: CutOverDelay) {
        total += 1
        switch reason {
        case .sourceMoves: moves += 1
        case .sealing: sealings += 1
        case .tooLong, .behind, .appeared: break
        }
    }

    var allowAnotherTry: Bool { moves < Self.mostMoves && sealings < Self.mostSealings }
    /// Seconds until the next try: 5, 10, 20 and so on, at most ten minutes.
    var pause: Double { min(600, 2.5 * Double(1 << min(total, 10))) }
}
