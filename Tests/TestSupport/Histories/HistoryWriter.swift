/// One session of a history, on a thread of its own, that comes again whenever it is ended.
final class HistoryWriter: Sendable {
    let bell = Bell()
    private let script: HistoryScript
    private let server: PostgresServer
    private let stage: HistoryStage
    private let settings: [String: String]

    init(_ script: HistoryScript, on server: PostgresServer, stage: HistoryStage, settings: [String: String]) {
        (self.script, self.server, self.stage, self.settings) = (script, server, stage, settings)
    }

    /// Whether it stops once things are to calm down.
    private var isTroublemaker: Bool { if case .writer = script.role { false } else { true } }
    /// Whether it would keep the Job from its work before it has begun, or be over too soon.
    private var waitsForJob: Bool {
        switch script.role {
        case .preparing, .lifting, .databases, .schema: true
        default: false
        }
    }
    private var database: String { if case .databases = script.role { "postgres" } else { History.database } }
    private var isOver: Bool { stage.isClosed || isTroublemaker && stage.isCalm }

    /// A transaction that was prepared and waits for its end.
    private struct Prepared {
        var name: String
        var commits: Bool
        var due: Double
    }

    func run() -> HistoryRecord {
        var (script, record) = (script, HistoryRecord())
        var session: PlainSession?
        var prepared: Prepared?
        while waitsForJob, !stage.hasBegun, !isOver { pause(0.1) }
        let limit: Double = if case .lifting(let seconds) = script.role { WallClock.now() + seconds } else { .infinity }
        while !isOver, WallClock.now() < limit, let turn = script.next() {
            do throws(PlainSession.Failure) {
                let open = if let session, !session.isBroken { session } else { try connect() }
                session = open
                try perform(turn, at: open, name: "\(script.number)-\(script.turns)", &prepared, &record)
            } catch {
                note(error, of: turn, in: &record)
                // Whatever is open is rolled back by the server.
                if session?.isBroken == false, (try? session?.run("ROLLBACK")) == nil { session = nil }
                pause(0.03)
            }
            if let waiting = prepared {
                pause(waiting.due - WallClock.now())
                end(waiting, &session, &record)
                prepared = nil
            }
            pause(turn.rest)
        }
        return record
    }

    private func connect() throws(PlainSession.Failure) -> PlainSession {
        // Nothing may wait for ever when the history is over.
        let limits = ["statement_timeout": "20s", "lock_timeout": isTroublemaker ? "2s" : "300ms"]
        return try PlainSession(
            to: server, database: database, application: "history", settings: settings.merging(limits) { own, _ in own }
        )
    }

    private func perform(
        _ turn: HistoryTurn, at session: PlainSession, name: String, _ prepared: inout Prepared?,
        _ record: inout HistoryRecord
    ) throws(PlainSession.Failure) {
        for step in turn.steps {
            // What was done is remembered, even if the history is over by now.
            if case .mark(let mark) = step {
                record.marks.append((mark, WallClock.now()))
                continue
            }
            guard !isOver else {
                if session.isInTransaction { try session.run("ROLLBACK") }
                return
            }
            switch step {
            case .run(let sql): try session.run(sql)
            case .copy(let sql, let rows): try session.copy(sql, rows: rows)
            case .elsewhere(let sql, let database):
                try PlainSession(to: server, database: database, application: "history").run(sql)
            case .pause(let seconds): pause(seconds)
            case .mark: break
            case .prepare(let commits, let after):
                // Known before the server knows it, in case the answer is lost.
                prepared = Prepared(name: "history-\(name)", commits: commits, due: WallClock.now() + after)
                try session.run("PREPARE TRANSACTION 'history-\(name)'")
            }
        }
        record.done += 1
    }

    /// Ends a prepared transaction, which neither a fence nor the end of its session has ended.
    private func end(_ prepared: Prepared, _ session: inout PlainSession?, _ record: inout HistoryRecord) {
        for _ in 0..<200 {
            do throws(PlainSession.Failure) {
                let open = if let session, !session.isBroken { session } else { try connect() }
                session = open
                try open.run("\(prepared.commits ? "COMMIT" : "ROLLBACK") PREPARED '\(prepared.name)'")
                return
            } catch {
                // It was never prepared.
                if error.state == "42704" { return }
                bell.wait(seconds: 0.05)
            }
        }
        record.mistakes.append("\(prepared.name) could not be ended")
    }

    /// Until the time is over, or the history is.
    private func pause(_ seconds: Double) {
        guard seconds > 0, !isOver else { return }
        bell.wait(seconds: seconds)
    }

    private func note(_ failure: PlainSession.Failure, of turn: HistoryTurn, in record: inout HistoryRecord) {
        let state = failure.state ?? "no connection"
        switch state {
        // Read-only, session ended, server not there.
        case "25006", "57P01", "57P03", "08006", "no connection": record.refused += 1
        // What no other session can bring about: the history says something that is no SQL, or the server is at fault.
        case "42601", "42883", "42804", "XX001", "XX002": record.mistakes.append("\(failure) in \(turn.steps)")
        default: record.stumbled[state, default: 0] += 1
        }
    }
}
