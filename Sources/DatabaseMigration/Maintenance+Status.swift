import JobContract
import PostgresClient

/// What is known of a migration.
public struct MigrationStatus: Sendable {
    public var state: MigrationState
    public var fence: FenceState
    /// A line for each thing besides.
    public var details: [String]
    /// `nil` if nothing is published, or if what was published has been left again.
    public var published: Published?

    /// All of it for people, the state first.
    public var lines: [String] { ["state: \(state.text); \(fence.text)"] + details }
}

extension Maintenance {
    /// Says what state the migration is in.
    ///
    /// - Throws: ``MigrationFailure`` when the target cannot be asked.
    public func status() throws(MigrationFailure) -> MigrationStatus {
        do {
            let target = try sessions.openTarget(DatabaseName(settings.target.database))
            let facts = try ServerFacts(reading: target)
            let published = try PublishedState(target: facts, settings: settings)
            var status = MigrationStatus(state: .notBegun, fence: .unknown(""), details: [], published: nil)
            var raised: String?
            if let stamp = published.stamp {
                raised = stamp.fencedAt
                status.details.append(
                    "published: \(stamp.databases.count) databases at \(stamp.publishedAt): \(stamp.databases.map(\.description).joined(separator: ", "))"
                )
                if case .left = published {} else { status.published = Published(stamp: stamp, at: facts) }
            } else {
                status.details.append("not published")
            }
            for control in try openControls(facts.databases) {
                let attempt = try attempt(at: control)
                status.state = attempt.state
                status.details += attempt.lines
                raised = raised ?? attempt.fencedSince
            }
            for (name, mark) in marks(facts.databases) {
                switch mark {
                case .loading(_, let database): status.details.append("loading: \(database), under the name \(name)")
                case .sealed(_, let database, let contents):
                    status.details.append(
                        "sealed: \(database), under the name \(name), fingerprint \(contents.fingerprint.prefix(12))")
                case .setAside(_, let database, _):
                    status.details.append("set aside: \(database), which an earlier migration left, as \(name)")
                case .published, .control: continue
                }
            }
            let source = look(isPublished: published.stamp != nil, raised: raised, target: target)
            status.fence = source.fence
            status.details += source.lines
            if let stamp = published.stamp {
                if case .left = published {
                    status.state = .left(publishedAt: stamp.publishedAt)
                } else {
                    let working = try ClientSessions.read(at: target).counts(of: sessions.owner)
                    let isAtWork =
                        stamp.databases.contains { working[$0] != nil }
                        && !stamp.databases.contains { source.clients[$0] != nil }
                    status.state = isAtWork ? .done(at: stamp.publishedAt) : .published(at: stamp.publishedAt)
                }
            }
            return status
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }

    private func attempt(at control: Connection) throws -> (
        state: MigrationState, lines: [String], fencedSince: String?
    ) {
        let fencedSince = try ControlDatabase.fenceRecords(at: control).values.map(\.raised).min()
        let row = try control.query(
            "SELECT epoch, kind, \(SQL.timestamp("started")) FROM rehome.attempt ORDER BY epoch DESC LIMIT 1"
        ).rows.first
        guard let row else { return (.notBegun, [], fencedSince) }
        let isRehearsal = row.text(1) == AttemptKind.rehearsal.rawValue
        let started = row.text(2)
        let isRunning = try ControlDatabase.isLocked(at: control)
        let rehearsed = try control.query("SELECT \(SQL.timestamp("max(ended)")) FROM rehome.rehearsal").value
        let end =
            isRehearsal
            ? try control.query(
                "SELECT \(SQL.timestamp("max(ended)")) FROM rehome.rehearsal WHERE ended >= \(literal: row[2] ?? "")::timestamptz"
            ).value.map { "ended \($0)" } : nil
        let line =
            "\(isRehearsal ? "rehearsal" : "attempt") \(row.text(0)), begun \(started): \(isRunning ? "running" : end ?? "failed or killed")"
        var lines = [line]
        let epoch = row.text(0)
        // A control database that an older program left has no such table.
        let hasDelays = try control.query("SELECT pg_catalog.to_regclass('rehome.delay') IS NOT NULL").isTrue
        for delay in try !hasDelays
            ? []
            : control.query(
                "SELECT \(SQL.timestamp("at")), reason FROM rehome.delay WHERE epoch = $1::bigint ORDER BY delay.at",
                [ByteText(epoch)]
            ).rows
        {
            lines.append("fence lifted with nothing published, \(delay.text(0)): \(delay.text(1))")
        }
        if try control.query(FenceCondition.isCommanded).isTrue { lines.append("the word to cut over is given") }
        guard isRunning else {
            return (rehearsed.map { .rehearsed(at: "\($0)") } ?? .interrupted(since: started), lines, fencedSince)
        }
        let round = try control.query(
            "SELECT \(SQL.timestamp("ended")), round, rows, round(seconds::numeric, 2) FROM rehome.progress WHERE epoch = $1::bigint",
            [ByteText(epoch)]
        ).rows.first
        guard let round else { return (.copying(since: started, isRehearsal: isRehearsal), lines, fencedSince) }
        let seconds = Double(round.text(3)) ?? 0
        lines.append(
            "round \(round.text(1)), ended \(round.text(0)), brought \(round.text(2)) rows over in \(round.text(3)) s; the fence would stand for about \(Self.tenths(seconds + 0.5)) s now"
        )
        return (.keepingUp(since: started), lines, fencedSince)
    }

    private static func tenths(_ seconds: Double) -> Double { (seconds * 10).rounded() / 10 }

    /// Looks at the source's fence and clients. A source that cannot be asked is a result too.
    ///
    /// - Parameter raised: since when the fence stands, if it does.
    private func look(
        isPublished: Bool, raised: String?, target: Connection
    ) -> (fence: FenceState, lines: [String], clients: [DatabaseName: Int]) {
        guard settings.hasSource else {
            return (.unknown("its Secret is absent"), ["source: its Secret is absent"], [:])
        }
        do {
            let source = try sessions.openSource(DatabaseName(settings.source.database))
            let fenced = try selected(at: source).filter { $0.readOnlySetting == "on" }.map(\.name.description)
            let clients = try ClientSessions.read(at: source).counts(of: nil)
            guard !fenced.isEmpty else { return (.lifted, ["source: not fenced"], clients) }
            let why = isPublished ? ", as it should be after publishing" : ""
            let seconds = try raised.flatMap {
                try target.query("SELECT extract(epoch FROM now() - \(literal: $0)::timestamptz)::bigint").integer
            }
            return (
                .standing(since: raised, seconds: seconds), ["source: fenced\(why): \(fenced.joined(separator: ", "))"],
                clients
            )
        } catch {
            return (.unknown("it cannot be asked"), ["source: \(error)"], [:])
        }
    }
}
