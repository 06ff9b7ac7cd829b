/// One connection of a plugin's pool, with a thread that does one thing again and again.
final class LiveWriter: Sendable {
    let activity: LiveActivity
    let bell = Bell()
    private let number: Int
    private let stage: LiveStage
    private let seed: UInt64

    init(_ activity: LiveActivity, number: Int, stage: LiveStage, seed: UInt64) {
        self.activity = activity
        self.number = number
        self.stage = stage
        self.seed = seed
    }

    /// Writes until the stage is closed, or moves.
    func run() -> LiveRecord {
        var record = LiveRecord()
        var session: PlainSession?
        var generator = SeededGenerator(seed: seed)
        var serial = 0
        let scene = stage.scene
        // Requests wait for new pods. Otherwise not all begin at the same instant.
        let first = scene.hasMoved ? 0 : activity.period * Double(generator.number(0...999)) / 1000
        var next = WallClock.now() + first
        while true {
            let wait = next - WallClock.now()
            if let session {
                if wait > 0, session.idle(seconds: wait, bell: bell) == .endOfSession {
                    record.ends.append((activity.database, WallClock.now()))
                    stage.wasRefused()
                }
            } else {
                bell.wait(seconds: wait)
            }
            guard !stage.isClosed, stage.scene.moves == scene.moves else { return record }
            if session?.isBroken == true { session = nil }
            // The next turn comes at once after the end of a session, as a request does that was waiting for it.
            if session != nil, WallClock.now() < next { continue }
            guard !scene.hasMoved || stage.mayFollow(self) else {
                next = WallClock.now() + 1
                continue
            }
            serial += 1
            var turn = LiveRecord.Transaction(
                database: activity.database, writer: number, serial: serial, start: WallClock.now(), end: 0,
                outcome: .unknown,
                isAfterMove: scene.hasMoved)
            transact(&turn, session: &session, at: scene.server, &generator, &record)
            turn.end = WallClock.now()
            record.transactions.append(turn)
            switch turn.outcome {
            case .committed, .failed:
                next = max(next + activity.period, turn.end)
                if turn.outcome == .committed, scene.hasMoved { stage.hasFollowed(self) }
            case .refused, .unknown:
                stage.wasRefused()
                // Where it has moved to, the database appears at any moment.
                next = turn.end + (scene.hasMoved ? 0.01 : min(activity.period, 0.5))
            }
        }
    }

    private func transact(
        _ transaction: inout LiveRecord.Transaction, session: inout PlainSession?, at server: PostgresServer,
        _ generator: inout SeededGenerator, _ record: inout LiveRecord
    ) {
        var isCommitting = false
        do throws(PlainSession.Failure) {
            let open =
                if let session { session } else {
                    try PlainSession(
                        to: server, database: activity.database, application: "backstage",
                        // Nothing may wait for ever when the test is over.
                        settings: ["statement_timeout": "60s", "lock_timeout": "30s"])
                }
            session = open
            var turn = LiveTurn(
                number: transaction.serial, generator: generator, roundSeconds: stage.roundSeconds, session: open)
            defer { generator = turn.generator }
            try turn.read("BEGIN")
            try activity.turn(&turn)
            try turn.write(
                LiveBackstage.ledger, "INSERT INTO \(LiveBackstage.ledger) VALUES (\(number), \(transaction.serial))")
            isCommitting = true
            try turn.read("COMMIT")
            transaction.outcome = .committed
            transaction.rows = turn.rows
            if !transaction.isAfterMove { record.statements += turn.statements }
        } catch {
            if session?.isBroken != false {
                // Before COMMIT was sent nothing can have been committed.
                transaction.outcome = isCommitting ? .unknown : .refused(error.state ?? "no connection")
                session = nil
                return
            }
            let isRefusal = error.state == "25006" || error.state?.hasPrefix("57P") == true
            transaction.outcome = isRefusal ? .refused(error.state ?? "") : .failed("\(error)")
            _ = try? session?.run("ROLLBACK")
        }
    }
}
