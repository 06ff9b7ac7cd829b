import DatabaseMigration
import Logging
import PostgresClient

/// One event as one line of a log.
public struct EventLine: Sendable, Equatable {
    public var level: Logger.Level
    public var text: String

    public init(_ event: MigrationEvent) {
        switch event {
        case .connected(let side, let place, let version, let isEncrypted):
            self.init(
                .info,
                "connected to the \(side.rawValue), \(place), PostgreSQL \(version), \(isEncrypted ? "TLS" : "no TLS")")
        case .awaitingServer(let side, let place, let reason, let seconds):
            self.init(
                .notice,
                "the \(side.rawValue), \(place), is not there yet, and is asked again for up to \(Units.seconds(seconds)): \(reason)"
            )
        case .finding(let finding):
            let level: Logger.Level =
                switch finding.severity {
                case .error: .error
                case .warning: .warning
                case .note: .notice
                }
            self.init(level, [finding.message, finding.advice].compactMap { $0 }.joined(separator: ". "))
        case .planned(let databases, let bytes):
            self.init(.info, "moving \(databases) databases, \(Units.bytes(bytes)) on disk")
        case .waitingForStart(let start, let seconds):
            self.init(.notice, "waiting until \(start), \(Units.seconds(seconds)) from now; nothing is fenced")
        case .startReached:
            self.init(.notice, "the wait is over")
        case .appeared(let databases):
            self.init(
                .notice, "new at the source, to be moved along: \(databases.map(\.description).joined(separator: ", "))"
            )
        case .progress(let progress): self.init(.info, Self.text(progress))
        case .working(let what, let seconds):
            self.init(.info, "still at work: \(what), for \(Units.seconds(seconds))")
        case .copiedDatabase(let database, let rows, let seconds):
            self.init(
                .info,
                "\(database): everything is at the target as one snapshot showed it, \(Units.count(rows)) rows, schema compared (finished in \(Units.seconds(seconds)))"
            )
        case .round(let round): self.init(round)
        case .postponed(let database, let reason):
            self.init(.warning, "\(database): not brought up to date in this round: \(reason)")
        case .keepingUp(let reason):
            self.init(.notice, "the copy keeps up with the source; the fence waits for \(reason)")
        case .cutOverPutOff(let reason, let attempt, let seconds):
            self.init(
                .warning,
                "the fence was lifted and nothing is published: \(reason). Try \(attempt + 1) follows in \(Units.seconds(seconds)); until then the copy keeps up"
            )
        case .helping:
            self.init(.info, "another pod leads the migration; helping it")
        case .waitingForOtherAttempt:
            self.init(.notice, "another attempt of this migration holds the lock; waiting for it to end")
        case .fenced(let databases, let ended, let leftOpen, let seconds):
            let sessions =
                leftOpen
                ? "sessions left open until the proof, read-only unless they ask for more" : "sessions told to end"
            self.init(
                .info,
                "fenced \(databases.count) databases at the source in \(Units.seconds(seconds)); \(ended) \(sessions)")
        case .fenceLifted(let databases):
            self.init(.notice, "fence lifted from \(databases.count) databases at the source")
        case .opened(let database, let tables, let bytes, let adopted, let seconds):
            let adoption =
                switch adopted {
                case .none: "schema brought over"
                case .partial: "taken up where an earlier attempt ended"
                }
            self.init(
                .info, "\(database): \(tables) tables, \(Units.bytes(bytes)); \(adoption) in \(Units.seconds(seconds))")
        case .copied(let database, let table, let rows, let bytes, let seconds, _):
            self.init(
                Self.level(bytes: bytes, seconds: seconds),
                "\(database).\(table): \(Units.count(rows)) rows, \(Units.bytes(bytes)) copied and verified in \(Units.seconds(seconds))"
            )
        case .copiedRange(let database, let table, let blocks, let rows, let bytes, let seconds):
            self.init(
                .info,
                "\(database).\(table): blocks \(blocks), \(Units.count(rows)) rows, \(Units.bytes(bytes)) copied in \(Units.seconds(seconds))"
            )
        case .rechecked(let database, let table, let rows, let seconds):
            self.init(
                Self.level(bytes: 0, seconds: seconds),
                "\(database).\(table): \(Units.count(rows)) rows checked again at the source in \(Units.seconds(seconds))"
            )
        case .indexed(let database, let index, let seconds):
            self.init(
                Self.level(bytes: 0, seconds: seconds), "\(database): built index \(index) in \(Units.seconds(seconds))"
            )
        case .analyzed(let database, let table, let seconds):
            self.init(
                Self.level(bytes: 0, seconds: seconds), "\(database).\(table): analysed in \(Units.seconds(seconds))")
        case .leftOut(let database, let objects):
            self.init(.warning, "\(database): left out: \(Self.list(objects))")
        case .rebuilding(let database, let reason):
            self.init(.warning, "\(database): beginning again, since \(reason)")
        case .sealed(let database, let fingerprint, let seconds):
            self.init(
                .info,
                "\(database): complete, everything compared with the source (fingerprint \(fingerprint.prefix(12)), finished in \(Units.seconds(seconds)))"
            )
        case .verified(let database, let rows, let differences):
            self.init(
                .info, "\(database): \(Units.count(rows)) rows compared with the source's, \(differences) differences")
        case .sourceMoved(let attempt):
            self.init(.warning, "the source has moved since the last round, and is looked at again (turn \(attempt))")
        case .proved(let databases):
            self.init(.info, "the source has not changed since the last round of \(databases) databases")
        case .answerLost:
            self.init(.warning, "the answer to COMMIT was lost; the stamps at the target say that it was committed")
        case .published(let databases, let aside, let seconds, let fenced):
            let moved =
                aside.isEmpty
                ? ""
                : "; set aside: "
                    + aside.sorted { $0.key < $1.key }.map { "\($0.key) as \($0.value)" }.joined(separator: ", ")
            self.init(
                .notice,
                "published \(databases.count) databases in one transaction, \(Units.seconds(seconds))\(fenced.map { "; writes were refused for \(Units.seconds($0)) until then" } ?? "")\(moved)"
            )
        case .alreadyPublished(let databases, let time):
            self.init(.notice, "\(databases.count) databases were published at \(time); nothing to copy")
        case .leftOver(let databases):
            self.init(
                .notice,
                "left at the target: \(databases.map(\.description).joined(separator: ", ")); the next attempt takes them up, 'rehome-job clean' removes them"
            )
        }
    }

    /// The objects that are left out, by kind.
    private static func list(_ objects: [LeftOut]) -> String {
        Dictionary(grouping: objects, by: \.kind).sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, objects in
            "\(kind.rawValue): \(objects.map(\.title).joined(separator: "; "))"
        }.joined(separator: ". ")
    }

    /// What is large or takes long is in every log; anything else only in a verbose one.
    private static func level(bytes: Int, seconds: Double) -> Logger.Level {
        bytes >= 10_000_000 || seconds >= 2 ? .info : .debug
    }

    private static func text(_ progress: CopyProgress) -> String {
        let work = progress.work.map { "\($0.database): \($0.what) (\($0.words))" }
        let rows = progress.rowsTotal.map { " of about \(Units.count($0))" } ?? ""
        var parts = [
            "\(Units.bytes(progress.bytesDone)) of \(Units.bytes(progress.bytesTotal)) on disk",
            "\(Units.count(progress.rowsDone))\(rows) rows",
        ]
        if progress.bytesPerSecond > 0 { parts.append("\(Units.bytes(Int(progress.bytesPerSecond)))/s") }
        parts.append("\(Int(progress.fraction * 100)) % of the work")
        if let left = progress.secondsLeft { parts.append("about \(Units.seconds(left)) left") }
        return "copying for \(Units.seconds(progress.seconds)): \(parts.joined(separator: ", "))"
            + (work.isEmpty ? "" : "; at work: \(work.joined(separator: "; "))")
    }

    private init(_ round: RoundSummary) {
        var text =
            "round \(round.number): \(Units.count(round.rows)) rows of \(round.databases) databases brought over in \(Units.seconds(round.seconds)), \(Units.bytes(round.bytes))"
        if round.replaced > 0 { text += "; \(round.replaced) tables copied again" }
        if !round.begunAgain.isEmpty {
            text += "; begun again: \(round.begunAgain.map(\.description).joined(separator: ", "))"
        }
        if !round.behind.isEmpty { text += "; behind: \(round.behind.map(\.description).joined(separator: ", "))" }
        self.init(round.isWorthTelling || !round.begunAgain.isEmpty || !round.behind.isEmpty ? .info : .debug, text)
    }

    init(_ level: Logger.Level, _ text: String) {
        self.level = level
        self.text = text
    }
}

extension CopyProgress.Work {
    /// For how long, and how far.
    var words: String {
        var words = [Units.seconds(seconds)]
        if !detail.isEmpty { words.append(detail) }
        if let rows { words.append("\(Units.count(rows))\(ofRows.map { " of about \(Units.count($0))" } ?? "") rows") }
        if let fraction { words.append("\(Int(fraction * 100)) %") }
        return words.joined(separator: ", ")
    }
}
